"""One time limit for a request that takes many solves: each may use its share of what is left."""

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

from optimizer.solution import Limits


class SharedTime:
    """limits: of all solves together. solves: how many there will be. clock: seconds that only go up.

    What a solve leaves of its share is there for those after it.
    """

    def __init__(self, limits: Limits, solves: int, clock: Callable[[], float] = perf_counter) -> None:
        self._limits, self._solves, self._clock = limits, solves, clock
        self._ends_at = clock() + limits.time_limit_s

    def next(self) -> Limits | None:
        """The limits of the next solve; None when no time is left."""
        left_s = self._ends_at - self._clock()
        share_s = left_s / max(self._solves, 1)
        self._solves -= 1
        return replace(self._limits, time_limit_s=share_s) if left_s > 0 else None

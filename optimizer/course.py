"""How a solve goes on: its phases, how long each took, and what is reported of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import numpy as np

from optimizer.clock import Clock
from optimizer.proof import Proof
from optimizer.solution import Progress

Phase = Literal["greedy", "bound", "improve", "screen", "core", "judge", "conflicts"]


class Course:
    """seconds: what each phase has taken so far, by its name."""

    def __init__(self, proof: Proof, clock: Clock, on_progress: Callable[[Progress], None] | None) -> None:
        self.seconds: dict[str, float] = {}
        self._proof, self._clock, self._on_progress = proof, clock, on_progress

    @contextmanager
    def phase(self, phase: Phase) -> Iterator[None]:
        """Count what runs inside to a phase, and report where the solve stands after it."""
        start = self._clock.elapsed_s()
        yield
        now = self._clock.elapsed_s()
        self.seconds[phase] = self.seconds.get(phase, 0.0) + now - start
        self.report(phase)

    def report(self, phase: Phase) -> None:
        """Say what is known by now, to who asked for it."""
        if self._on_progress is not None:
            value = self._proof.incumbent.value if self._proof.incumbent.plan is not None else None
            bound = self._proof.bound if np.isfinite(self._proof.bound) else None
            gap = None if value is None or bound is None else self._proof.gap()
            self._on_progress(Progress(phase, value, bound, gap, self._clock.elapsed_s()))

"""Time limit and stop flag of one solve."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from optimizer.linear_model import Interrupter

_POLL_S = 0.05


class Clock:
    """Seconds since the start, what is left of them, and whether somebody asked to stop.

    As a context it watches the stop flag from a thread, so that a solver deep in a long call ends too.
    """

    def __init__(self, time_limit_s: float, should_stop: Callable[[], bool] | None = None) -> None:
        self._start = time.perf_counter()
        self._limit_s = time_limit_s
        self._should_stop = should_stop
        self._done = threading.Event()
        self._thread: threading.Thread | None = None
        self.interrupter = Interrupter() if should_stop is not None else None
        self._running: list[Callable[[], None]] = []
        self.stopped = False

    def elapsed_s(self) -> float:
        """Seconds since the clock was made."""
        return time.perf_counter() - self._start

    def left_s(self) -> float:
        """Seconds left, not below 0."""
        return max(self._limit_s - self.elapsed_s(), 0.0)

    def over(self) -> bool:
        """Whether time is up or a stop was asked for."""
        if self._should_stop is not None and not self.stopped and self._should_stop():
            self.stopped = True
        return self.stopped or self.left_s() <= 0.0

    def end(self) -> None:
        """Let time be up now: what was looked for is found."""
        self._limit_s = 0.0

    @contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """Within this context ``stop`` is called, from a thread, again and again once time is up or somebody asked."""
        self._running.append(stop)
        try:
            yield
        finally:
            self._running.remove(stop)

    def __enter__(self) -> "Clock":
        if self._should_stop is not None:
            self._thread = threading.Thread(target=self._watch, name="stop-flag", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(_POLL_S):
            if self.over() and self.interrupter is not None:
                self.interrupter.interrupt()
                for stop in tuple(self._running):
                    stop()

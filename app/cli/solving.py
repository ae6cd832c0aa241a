"""A solve that a person watches: progress on a terminal, and Ctrl-C keeps the best plan."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any, Generic, TypeVar

from rich.console import Console
from rich.status import Status

from app.cli.edge import EXIT_INTERRUPTED
from app.services.answers.value import OnProgress
from app.services.run import ShouldStop
from optimizer.solution import Progress

QUIET_S = 1.0
"""Solves that are done by then show no progress."""

_TICK_S = 0.1

Result = TypeVar("Result")


class _Watched(Generic[Result]):
    """Work in a thread of its own, so that this one is free for signals while the solver computes."""

    def __init__(self, work: Callable[[OnProgress, ShouldStop], Result]) -> None:
        self.stop = threading.Event()
        self.future: Future[Result] = Future()
        self.progress: Progress | None = None
        self.began = time.monotonic()
        self._thread = threading.Thread(target=self._run, args=(work,), name="solve", daemon=True)

    def start(self) -> None:
        """Begin, unless it has begun."""
        if self._thread.ident is None:
            self._thread.start()

    def _run(self, work: Callable[[OnProgress, ShouldStop], Result]) -> None:
        try:
            self.future.set_result(work(self._note, self.stop.is_set))
        except BaseException as error:  # raised again in the thread that waits
            self.future.set_exception(error)

    def _note(self, progress: Progress) -> None:
        self.progress = progress


def watch(work: Callable[[OnProgress, ShouldStop], Result], console: Console) -> Result:
    """Run ``work``; show its progress when ``console`` is a terminal and it takes longer than a moment.

    The first Ctrl-C asks it to stop and keep its best plan, a second one ends the process. The work begins inside
    the ``try``: an interrupt that comes at once must be caught as well.
    """
    watched = _Watched(work)
    while True:
        try:
            watched.start()
            _wait_for(watched, console)
            return watched.future.result()
        except KeyboardInterrupt:
            if watched.stop.is_set():
                # The solver's thread cannot be ended from here, and whoever asks twice means it.
                os._exit(EXIT_INTERRUPTED)
            watched.stop.set()


def _wait_for(watched: _Watched[Any], console: Console) -> None:
    wait([watched.future], QUIET_S)
    if console.is_terminal and not watched.future.done():
        with console.status("solving") as status:
            while not watched.future.done():
                _show(status, watched)
                wait([watched.future], _TICK_S)
    while not watched.future.done():
        wait([watched.future], QUIET_S)


def _show(status: Status, watched: _Watched[Any]) -> None:
    if watched.stop.is_set():
        status.update("stopping with the best plan so far; Ctrl-C again ends at once")
        return
    progress = watched.progress
    if progress is None:
        return
    parts: list[str] = [f"{time.monotonic() - watched.began:.0f} s", progress.phase]
    if progress.value is not None:
        parts.append(f"value {progress.value:,.1f}")
    if progress.bound is not None:
        parts.append(f"bound {progress.bound:,.1f}")
    if progress.relative_gap is not None:
        parts.append(f"gap {progress.relative_gap:.2g}")
    status.update(", ".join(parts) + "; Ctrl-C keeps the best plan")

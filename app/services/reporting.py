"""Between a solve and its row: progress goes there, orders to stop come from there."""

import threading
from types import TracebackType
from typing import Self

from app.errors import Unavailable
from app.storage import jobs
from app.storage.database import Database
from app.storage.jobs import Order
from app.wire.optimization import ProgressState
from optimizer.solution import Progress

_TICK_S = 0.2


class Reporter:
    """While its block runs: writes progress a few times a second, and asks whether to go on.

    A database that is away is no reason to stop: the solve goes on, and its result waits.
    """

    def __init__(self, database: Database, job_id: str, claim: int) -> None:
        self._database, self._job_id, self._claim = database, job_id, claim
        self._ended = threading.Event()
        self._order: Order = "go on"
        self._latest: Progress | None = None
        self._written: Progress | None = None
        self._thread = threading.Thread(target=self._report, name="reporter", daemon=True)

    @property
    def is_lost(self) -> bool:
        """Whether the result is nobody's any more: erased, or taken over by another process."""
        return self._order == "lost"

    def on_progress(self, progress: Progress) -> None:
        """Take a moment of the solve."""
        self._latest = progress

    def should_stop(self) -> bool:
        """Whether the solve shall end with its best plan."""
        return self._order != "go on"

    def _report(self) -> None:
        while not self._ended.wait(_TICK_S):
            try:
                self._exchange()
            except Unavailable:
                continue

    def _exchange(self) -> None:
        with self._database.reading() as session:
            self._order = jobs.order(session, self._job_id, self._claim)
        latest = self._latest
        if self._order == "lost" or latest is None or latest is self._written:
            return
        state = ProgressState(
            phase=latest.phase,
            value=latest.value,
            bound=latest.bound,
            relative_gap=latest.relative_gap,
            elapsed_s=latest.elapsed_s,
        )
        with self._database.writing() as session:
            jobs.report(session, self._job_id, self._claim, state.model_dump_json())
        self._written = latest

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

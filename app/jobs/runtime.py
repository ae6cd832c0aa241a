"""All that runs in the background of one process: built in ``app.main``, started and ended with it."""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from app.errors import Unavailable
from app.jobs.engine import Engine
from app.jobs.keeper import Chore, Keeper
from app.jobs.pool import Pool, Workers
from app.jobs.process import Limits
from app.services import readiness, warm_up
from app.services.resource import service_version
from app.services.solving import Ended
from app.services.webhooks.attempts import Observe
from app.services.webhooks.sender import LONGEST_STOP_S, Sender
from app.settings import Settings
from app.storage.database import Database
from app.storage.jobs import Claimed
from app.storage.tables import ExecutorRow
from app.telemetry.traces import Traces

_log = logging.getLogger("creatormix.jobs")

_AWAY_S = 1.0
"""How long to wait before a database that is away, or not set up yet, is asked again."""

Kind = Literal["serve", "worker"]


SOLVING_NICE, ASKING_NICE, READING_NICE = 10, 5, 0
"""What nobody waits for gives way to what somebody does: on a busy machine calls and questions stay quick."""


def solving_pool(settings: Settings, size: int, nice: int) -> Pool:
    """Processes that are ready to read and to solve."""
    return Pool(size, Limits(settings.solve_memory_bytes, nice), partial(warm_up.warm_up, settings))


MakePool = Callable[[Settings, int, int], Workers]


def new_executor_id() -> str:
    """A name for this process that no other process of the service has or had."""
    return f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"


class Runtime:
    """The engine, where this process solves, the keeper, and who sends webhooks.

    on_end: is told of every solve that ended here. on_attempt: of every webhook that was tried here.
    executor_id: what this process is entered as.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        kind: Kind,
        *,
        on_end: Callable[[Claimed, Ended], None],
        on_attempt: Observe | None = None,
        chores: Sequence[Chore] = (),
        processes: MakePool = solving_pool,
        traces: Traces,
        executor_id: str | None = None,
    ) -> None:
        solves = kind == "worker" or settings.serve_solves or database.is_sqlite
        slots = settings.concurrent_solves if solves else 0
        self.executor_id = executor_id or new_executor_id()
        self._grace_s = settings.shutdown_grace.total_seconds()
        self._sender = Sender(database, settings, on_attempt)
        self._slots = slots
        self._pool: Workers | None = None
        self.engine: Engine | None = None
        if slots:
            self._pool = processes(settings, slots, SOLVING_NICE)
            self.engine = Engine(settings, database, self._pool, self.executor_id, self._telling(on_end), traces)
        now = datetime.now(UTC)
        me = ExecutorRow(
            id=self.executor_id, kind=kind, slots=0, version=service_version(), started_at=now, beat=0, beat_at=now
        )
        self._database = database
        self._ended = threading.Event()
        self._starter = threading.Thread(target=self._begin_later, name="starter", daemon=True)
        self._keeper = Keeper(database, me, running=self._running, poke=self.poke, slots=self._slots_now, chores=chores)

    def start(self) -> None:
        """Begin, as soon as the schema is there."""
        if self._pool is not None:
            self._pool.start()
        if not self._begun():
            self._starter.start()

    def _begun(self) -> bool:
        try:
            if not readiness.schema_is_there(self._database):
                return False
            self._keeper.start()
        except Unavailable:
            return False
        if self.engine is not None:
            self.engine.start()
        self._sender.start()
        return True

    def _begin_later(self) -> None:
        while not self._ended.wait(_AWAY_S) and not self._begun():
            pass

    def poke(self) -> None:
        """There may be work now."""
        self._sender.wake()
        if self.engine is not None:
            self.engine.poke()

    def drain(self) -> None:
        """Take up nothing more."""
        if self.engine is not None:
            self.engine.drain()

    def close(self) -> None:
        """End: what runs may end in time, the rest goes back to the queue."""
        self._ended.set()
        if self._starter.is_alive():
            self._starter.join()
        if self.engine is not None:
            self.engine.close(self._grace_s)
        self._sender.stop(min(self._grace_s, LONGEST_STOP_S))
        self._keeper.close()

    def _telling(self, on_end: Callable[[Claimed, Ended], None]) -> Callable[[Claimed, Ended], None]:
        """``on_end``, and the sender looks at once whether somebody is to be told."""

        def told(job: Claimed, ended: Ended) -> None:
            self._sender.wake()
            on_end(job, ended)

        return told

    def _slots_now(self) -> int:
        """None before a process stands ready: who only starts, or fails to, solves nothing, and /readyz says so."""
        return self._slots if self.engine is not None and self.engine.has_started() else 0

    def _running(self) -> set[tuple[str, int]]:
        return set() if self.engine is None else self.engine.running()

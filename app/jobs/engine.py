"""Takes queued optimizations up, one for each free process, and sees that each ends somehow."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime

from app.errors import Unavailable
from app.jobs.pool import ClosedError, Workers
from app.jobs.process import OverrunError, WorkerDiedError, how_it_ended
from app.services import solving
from app.services.solving import Ended
from app.settings import Settings
from app.storage import jobs
from app.storage.database import Database
from app.storage.jobs import Claimed
from app.telemetry.ids import working_for
from app.telemetry.traces import Traces
from app.wire.optimization import Failure

_log = logging.getLogger("creatormix.jobs")

_POLL_S = 0.05
"""How long a process waits before it asks again for work that another one has queued."""
_POLL_ALONE_S = 0.5
"""The same on SQLite, where the only process that queues also pokes."""
_AWAY_S = 1.0
_STARTING_S = 0.1


class Engine:
    """Claims while a process of its pool is free. on_end is told of every solve, from any thread."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        pool: Workers,
        executor_id: str,
        on_end: Callable[[Claimed, Ended], None],
        traces: Traces,
    ) -> None:
        self._traces = traces
        self._settings, self._database, self._pool = settings, database, pool
        self._executor_id, self._on_end = executor_id, on_end
        self._poll_s = _POLL_ALONE_S if database.is_sqlite else _POLL_S
        self._free = threading.Semaphore(pool.size)
        self._poked = threading.Event()
        self._draining = threading.Event()
        self._draining_since = 0.0
        self._has_started = False
        self._lock = threading.Lock()
        self._running: dict[Claimed, threading.Thread] = {}
        self._claimer = threading.Thread(target=self._claim_on, name="claimer", daemon=True)

    def start(self) -> None:
        """Begin to take up work."""
        self._claimer.start()

    def poke(self) -> None:
        """There may be work now."""
        self._poked.set()

    def has_started(self) -> bool:
        """Whether a process of the pool has ever stood ready; before that nothing can be solved here."""
        self._has_started = self._has_started or self._pool.is_ready()
        return self._has_started

    def running(self) -> set[tuple[str, int]]:
        """What is being solved here: ids with their claims."""
        with self._lock:
            return {(job.id, job.claim) for job in self._running}

    def drain(self) -> None:
        """Take up no more; what goes on goes on."""
        if not self._draining.is_set():
            self._draining_since = time.monotonic()
        self._draining.set()
        self._poked.set()

    def close(self, grace_s: float) -> None:
        """Take up no more, let end what ends in time, hand the rest back to the queue.

        grace_s: from the first call of ``drain``, or of this.
        """
        self.drain()
        if self._claimer.is_alive():
            self._claimer.join()
        deadline = self._draining_since + grace_s
        for thread in self._threads():
            thread.join(max(0.0, deadline - time.monotonic()))
        self._pool.close()
        for thread in self._threads():
            thread.join()

    def _threads(self) -> list[threading.Thread]:
        with self._lock:
            return list(self._running.values())

    def _claim_on(self) -> None:
        while not self._draining.is_set():
            if not self._free.acquire(timeout=self._poll_s):
                continue
            has_begun = False
            try:
                has_begun = self._begin_next()
            except Unavailable:
                self._draining.wait(_AWAY_S)
            except Exception:
                _log.exception("nothing could be taken up")
                self._draining.wait(_AWAY_S)
            if not has_begun:
                self._free.release()

    def _begin_next(self) -> bool:
        """Take up what is next, when a process stands ready for it; else wait a moment."""
        if not self._pool.is_ready():  # somebody else's may be, and a job that is not taken up cannot be lost
            self._draining.wait(_STARTING_S)
            return False
        self._has_started = True  # whoever asks later may find all of them at work
        self._poked.clear()
        job = self._claim()
        if job is None:
            self._poked.wait(self._poll_s)
            return False
        thread = threading.Thread(target=self._run, args=(job,), name=f"job-{job.id}", daemon=True)
        with self._lock:
            self._running[job] = thread
        try:
            thread.start()
        except RuntimeError:  # the system has no more threads; the keeper sees that it is not solved here
            with self._lock:
                del self._running[job]
            raise
        return True

    def _claim(self) -> Claimed | None:
        with self._database.reading() as session:
            if not jobs.any_queued(session):
                return None
        with self._database.writing() as session:
            return jobs.claim_next(
                session,
                self._executor_id,
                at=datetime.now(UTC),
                tenant_limit=self._settings.tenant_concurrent_solves,
            )

    def _run(self, job: Claimed) -> None:
        with working_for(tenant_id=job.tenant_id, optimization_id=job.id):
            self._run_to_its_end(job)

    def _run_to_its_end(self, job: Claimed) -> None:
        try:
            ended = self._traced(job)
            if ended is not None:
                self._on_end(job, ended)
        except Unavailable:
            _log.error("%s: the database stayed away; another process, or this one later, will take it up", job.id)
        except Exception:
            _log.exception("%s: unexpected error", job.id)
        finally:
            with self._lock:
                self._running.pop(job, None)
            self._free.release()
            self._poked.set()

    def _traced(self, job: Claimed) -> Ended | None:
        asked = {"creatormix.optimization_id": job.id, "creatormix.tenant_id": job.tenant_id}
        with self._traces.span("solve", job.traceparent, asked) as span:
            ended = self._solved(job)
            told = {} if ended is None else asdict(ended)
            span.set_attributes({f"creatormix.{name}": value for name, value in told.items() if value is not None})
            return ended

    def _solved(self, job: Claimed) -> Ended | None:
        limit_s = job.time_limit_s or self._settings.max_time_limit.total_seconds()
        longest_s = limit_s + self._settings.solve_overrun.total_seconds()
        try:
            ended: Ended = self._pool.run(solving.solve, self._settings, job, timeout_s=longest_s)
        except ClosedError:
            solving.hand_back(self._database, job)
            return None
        except WorkerDiedError as error:
            _log.error("%s: its process ended %s", job.id, how_it_ended(error.exit_code))
            failure, reason = _of_death(error.exit_code)
            return solving.fail(self._database, job, failure, stop_reason=reason)
        except OverrunError:
            _log.error("%s: killed after %g s", job.id, longest_s)
            return solving.fail(self._database, job, _overrun(limit_s, longest_s))
        return ended


def _of_death(exit_code: int | None) -> tuple[Failure, str | None]:
    if exit_code == -signal.SIGKILL:
        detail = (
            "The process that solved this was killed (signal 9, SIGKILL), as a system does when memory runs out; post "
            "a smaller brief, or let the service's operator give it more memory."
        )
        return Failure(code="process_killed", detail=detail), "out_of_memory"
    detail = f"The process that solved this ended {how_it_ended(exit_code)}; the service's log says more."
    return Failure(code="process_died", detail=detail), None


def _overrun(limit_s: float, longest_s: float) -> Failure:
    detail = (
        f"The solve did not end within {longest_s:g} s though its time limit was {limit_s:g} s, so it was ended "
        "without a result; post it again with fewer candidates or rules."
    )
    return Failure(code="overrun", detail=detail)

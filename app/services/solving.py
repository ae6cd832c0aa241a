"""The main job, from the queue to the kept result; runs in a process of its own.

There is no transaction during a solve. The result is kept in one, and only under the claim that it was solved for:
whoever was taken for dead and comes back late keeps nothing.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from app.errors import NotFound, Unavailable
from app.services import briefs, optimizations
from app.services.answers.difference import plan_difference
from app.services.answers.earlier import Earlier
from app.services.briefs import Received
from app.services.opened import Opened, opened
from app.services.questions import proof
from app.services.reporting import Reporter
from app.services.run import Outcome, run
from app.services.webhooks.events import announce
from app.settings import Settings
from app.storage import creator_chunks, proofs
from app.storage import jobs as queue
from app.storage import optimizations as stored
from app.storage.creator_chunks import CHUNK_ROWS, Chunk
from app.storage.database import Database, Session
from app.storage.jobs import Claimed
from app.storage.tables import DECISIONS
from app.wire.creator_row import Decision, rows_json
from app.wire.optimization import Failure

_log = logging.getLogger("creatormix.solving")

_DEFECT = Failure(code="solve_failed", detail="An internal error ended the solve; the service's log says more.")
_OUT_OF_MEMORY = Failure(
    code="out_of_memory",
    detail="The solve needed more memory than the service gives to one; post a smaller brief, or ask its operator for "
    "a larger CREATORMIX_SOLVE_MEMORY_BYTES.",
)
_CRASHED = Failure(
    code="process_died",
    detail=f"The processes that solved this died {queue.MOST_CRASHES} times, so it is not tried again; the "
    "service's log says more. Post it again once the service is well.",
)
_PATIENCE_S = 900.0
"""How long a result waits for a database that is away."""
_HAND_BACK_S = 3.0
"""How long a process that ends waits for it: what it cannot hand back is taken from it once it is gone."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a solve ended, for the log and the metrics. kept: False when somebody else's result counts."""

    status: str
    solution_status: str | None
    stop_reason: str | None
    solve_s: float | None
    relative_gap: float | None
    kept: bool


def solve(settings: Settings, job: Claimed) -> Ended:
    """Solve what was claimed and keep how it ended. Raises Unavailable when the database is away for long."""
    return solve_at(opened(settings), job)


def solve_at(at: Opened, job: Claimed) -> Ended:
    """The same with the parts of the service that are given."""
    try:
        received, earlier = _stored(at, job)
        with Reporter(at.database, job.id, job.claim) as reporter:
            outcome = run(received.campaign, received.read_s, reporter.on_progress, reporter.should_stop)
        if reporter.is_lost:
            return Ended("lost", None, None, None, None, kept=False)
        if earlier is not None:
            difference = plan_difference(received.campaign, outcome.solution, earlier.among(received.campaign))
            outcome = replace(outcome, result=outcome.result.model_copy(update={"difference": difference}))
        return _keep(at.database, job, received, outcome)
    except NotFound:
        return Ended("erased", None, None, None, None, kept=False)
    except Unavailable:
        raise
    except MemoryError:
        _log.warning("%s: out of memory", job.id)
        return fail(at.database, job, _OUT_OF_MEMORY, stop_reason="out_of_memory")
    except Exception:
        _log.exception("%s: the solve failed", job.id)
        return fail(at.database, job, _DEFECT)


def fail(database: Database, job: Claimed, failure: Failure, *, stop_reason: str | None = None) -> Ended:
    """Keep that a solve failed, and why. Raises Unavailable when the database is away for long."""

    def write() -> bool:
        with database.writing() as session:
            kept = stored.end(
                session,
                job.id,
                job.claim,
                status="failed",
                completed_at=datetime.now(UTC),
                stop_reason=stop_reason,
                failure_json=failure.model_dump_json(),
            )
            if kept:
                announce(session, [job.id])
            return kept

    kept = patiently(write)
    return Ended("failed", None, stop_reason, None, None, kept)


def crashed(session: Session, job_ids: list[str]) -> None:
    """Make failed what has been left by too many processes that died."""
    if job_ids:
        failure_json = _CRASHED.model_dump_json()
        announce(session, queue.give_up(session, job_ids, failure_json=failure_json, at=datetime.now(UTC)))


def hand_back(database: Database, job: Claimed) -> bool:
    """Queue again what was claimed. Raises Unavailable when the database is away for some seconds."""

    def write() -> bool:
        with database.writing() as session:
            return queue.hand_back(session, job.id, job.claim)

    return patiently(write, _HAND_BACK_S)


def _stored(at: Opened, job: Claimed) -> tuple[Received, Earlier | None]:
    with at.database.reading() as session:
        raw = optimizations.brief(session, job.tenant_id, job.id)
        row = stored.find(session, job.tenant_id, job.id)
    received = briefs.read_stored(raw, job.created_at, at.benchmarks)
    before = None if row is None else row.before_json
    return received, None if before is None else Earlier.read(before)


def _keep(database: Database, job: Claimed, received: Received, outcome: Outcome) -> Ended:
    chunks = _chunks(outcome)
    result_json, written = outcome.result.model_dump_json(), proof.written(outcome.solution)

    def write() -> bool:
        with database.writing() as session:
            kept = stored.end(
                session,
                job.id,
                job.claim,
                status="succeeded",
                completed_at=datetime.now(UTC),
                solution_status=outcome.solution_status,
                stop_reason=outcome.stop_reason,
                result_json=result_json,
                warnings_json=optimizations.issues_json(outcome.warnings),
                reproducibility_json=received.reproducibility.model_dump_json(),
            )
            if kept:
                creator_chunks.add(session, job.id, chunks)
                proofs.add(session, job.id, written)
                announce(session, [job.id])
            return kept

    kept = patiently(write)
    return Ended(
        "succeeded",
        outcome.solution_status,
        outcome.stop_reason,
        outcome.result.timings.solve_s,
        outcome.solution.relative_gap,
        kept,
    )


def patiently(write: Callable[[], bool], patience_s: float = _PATIENCE_S) -> bool:
    """Do it, again and again while the database is away. Raises Unavailable in the end."""
    deadline = time.monotonic() + patience_s
    pause_s = 0.1
    while True:
        try:
            return write()
        except Unavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, 2.0)


def _chunks(outcome: Outcome) -> list[Chunk]:
    """The creator rows as they are kept; made before the transaction, since there may be very many."""
    decisions: tuple[Decision, ...] = DECISIONS
    return [
        chunk
        for decision in decisions
        for chunk in creator_chunks.packed(
            decision, (rows_json(rows) for rows in outcome.creator_documents(decision, CHUNK_ROWS))
        )
    ]

"""The queue: optimizations taken up, handed back, stopped and taken from the dead. Nothing here commits.

A claim is one short transaction, and one at a time: SQLite has one writer anyway, PostgreSQL is asked for a lock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Update, case, func, select, text, update
from sqlalchemy.orm import Session

from app.storage.tables import ExecutorRow, OptimizationRow

MOST_CRASHES = 3
"""A job whose process has died so often in the middle of it is failed: the next one would die too."""
MOST_CLAIMS = 20
"""The same for one that was begun so often: something ends every process before it has shown any progress."""

_CLAIM_LOCK_KEY = 0x71756575  # any number, the same for every process of the service

_QUEUED = OptimizationRow.status == "queued"
_RUNNING = OptimizationRow.status == "running"


@dataclass(frozen=True, slots=True)
class Claimed:
    """An optimization that a process has taken up. claim: under which its result will be kept, and no other."""

    id: str
    claim: int
    tenant_id: str
    created_at: datetime
    time_limit_s: float | None
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class Lost:
    """An optimization whose process died. crashes: how often that was in the middle of a solve. claims: times begun."""

    id: str
    crashes: int
    claims: int

    @property
    def is_hopeless(self) -> bool:
        """Whether the next process would most likely die too."""
        return self.crashes >= MOST_CRASHES or self.claims >= MOST_CLAIMS


def fair_tag(session: Session, tenant_id: str) -> int:
    """Where a new optimization of this tenant stands in the queue: behind its own, beside the first of the others.

    Tags count turns (start-time fair queueing): the n-th queued one of each tenant has about the same tag, so a tenant
    with a thousand queued ones and a tenant with one take turns.
    """
    first = session.scalar(select(func.min(OptimizationRow.queue_tag)).where(_QUEUED))
    own = session.scalar(
        select(func.max(OptimizationRow.queue_tag)).where(_QUEUED, OptimizationRow.tenant_id == tenant_id)
    )
    return max(first or 0, 0 if own is None else own + 1)


def any_queued(session: Session) -> bool:
    """Whether anything waits; cheap, and asked for often."""
    return session.scalar(select(OptimizationRow.id).where(_QUEUED).limit(1)) is not None


def claim_next(session: Session, executor_id: str, *, at: datetime, tenant_limit: int | None) -> Claimed | None:
    """Take up the next queued optimization; None when there is none.

    tenant_limit: tenants with so many running ones are passed over.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CLAIM_LOCK_KEY})
    following = select(OptimizationRow.id).where(_QUEUED).order_by(OptimizationRow.queue_tag, OptimizationRow.id)
    if tenant_limit is not None:
        busy = (
            select(OptimizationRow.tenant_id)
            .where(_RUNNING)
            .group_by(OptimizationRow.tenant_id)
            .having(func.count() >= tenant_limit)
        )
        following = following.where(OptimizationRow.tenant_id.not_in(busy))
    optimization_id = session.scalar(following.limit(1))
    if optimization_id is None:
        return None
    taken = session.execute(
        _changed()
        .where(OptimizationRow.id == optimization_id, _QUEUED)
        .values(status="running", executor_id=executor_id, claim=OptimizationRow.claim + 1, started_at=at)
        .returning(
            OptimizationRow.id,
            OptimizationRow.claim,
            OptimizationRow.tenant_id,
            OptimizationRow.created_at,
            OptimizationRow.time_limit_s,
            OptimizationRow.traceparent,
        )
    ).first()
    return None if taken is None else Claimed(*taken)


Order = Literal["go on", "stop", "lost"]


def order(session: Session, job_id: str, claim: int) -> Order:
    """What whoever solves it under this claim shall do. lost: it is erased, or somebody else's by now."""
    row = session.execute(
        select(OptimizationRow.stop_requested).where(
            OptimizationRow.id == job_id, OptimizationRow.claim == claim, _RUNNING
        )
    ).first()
    if row is None:
        return "lost"
    return "stop" if row.stop_requested else "go on"


def report(session: Session, job_id: str, claim: int, progress_json: str) -> None:
    """Keep how far a solve is; nothing happens when the claim is no longer the one that counts."""
    session.execute(
        _changed()
        .where(OptimizationRow.id == job_id, OptimizationRow.claim == claim, _RUNNING)
        .values(progress_json=progress_json)
    )


def request_stop(session: Session, tenant_id: str, optimization_id: str, *, at: datetime) -> bool:
    """Let a running one be ended with its best plan; a queued one is cancelled, and then it is True."""
    own = (OptimizationRow.tenant_id == tenant_id, OptimizationRow.id == optimization_id)
    session.execute(select(OptimizationRow.id).where(*own).with_for_update())  # it may be handed back in between
    cancelled = session.execute(
        _changed()
        .where(*own, _QUEUED)
        .values(status="cancelled", stop_reason="stopped", completed_at=at, stop_requested=True)
        .returning(OptimizationRow.id)
    ).first()
    session.execute(_changed().where(*own, _RUNNING).values(stop_requested=True))
    return cancelled is not None


def hand_back(session: Session, job_id: str, claim: int) -> bool:
    """Queue it again, in its old place, as if it had not been taken up; whether it was still under this claim."""
    back = _changed().where(OptimizationRow.id == job_id, OptimizationRow.claim == claim, _RUNNING)
    return session.execute(back.values(_QUEUED_AGAIN).returning(OptimizationRow.id)).first() is not None


def of_executor(session: Session, executor_id: str) -> list[tuple[str, int]]:
    """What a process is said to be solving: ids with their claims."""
    rows = select(OptimizationRow.id, OptimizationRow.claim).where(_RUNNING, OptimizationRow.executor_id == executor_id)
    return [(row.id, row.claim) for row in session.execute(rows)]


def of_nobody(session: Session) -> list[Lost]:
    """Queue again what is running by a process that is not entered.

    A process is entered before it claims anything, so one statement tells the two apart. A death counts as a crash of
    what it was solving once that had reported progress: before, it has not had the time to do any harm.
    """
    entered = select(ExecutorRow.id).where(ExecutorRow.id == OptimizationRow.executor_id).exists()
    rows = select(OptimizationRow.id, OptimizationRow.claim).where(_RUNNING, ~entered)
    crashes = OptimizationRow.crashes + case((OptimizationRow.progress_json.is_not(None), 1), else_=0)
    lost = []
    for row in session.execute(rows).all():
        counted = session.execute(
            _changed()
            .where(OptimizationRow.id == row.id, OptimizationRow.claim == row.claim, _RUNNING)
            .values(**_QUEUED_AGAIN, crashes=crashes)
            .returning(OptimizationRow.crashes)
        ).first()
        if counted is not None:
            lost.append(Lost(row.id, counted.crashes, row.claim))
    return lost


def give_up(session: Session, job_ids: Iterable[str], *, failure_json: str, at: datetime) -> list[str]:
    """Make failed those of them that are queued; the ids of what was."""
    failed = (
        _changed()
        .where(OptimizationRow.id.in_(list(job_ids)), _QUEUED)
        .values(status="failed", completed_at=at, failure_json=failure_json)
        .returning(OptimizationRow.id)
    )
    return list(session.scalars(failed))


@dataclass(frozen=True, slots=True)
class State:
    """Where an optimization stands; what a watcher is told of."""

    id: str
    status: str
    revision: int
    progress_json: str | None

    @property
    def has_ended(self) -> bool:
        """Whether it will not change any more."""
        return self.status not in ("queued", "running")


def states(session: Session, ids: Sequence[str]) -> list[State]:
    """Where these optimizations stand; those that are not there are left out."""
    rows = select(
        OptimizationRow.id, OptimizationRow.status, OptimizationRow.revision, OptimizationRow.progress_json
    ).where(OptimizationRow.id.in_(ids))
    return [State(*row) for row in session.execute(rows)]


def queued_number(session: Session, tenant_id: str) -> int:
    """How many of a tenant's optimizations wait."""
    number = session.scalar(select(func.count()).where(_QUEUED, OptimizationRow.tenant_id == tenant_id))
    return number or 0


_QUEUED_AGAIN = {"status": "queued", "executor_id": None, "progress_json": None}


def _changed() -> Update:
    """An update that a watcher is told of."""
    return (
        update(OptimizationRow)
        .values(revision=OptimizationRow.revision + 1)
        .execution_options(synchronize_session=False)
    )

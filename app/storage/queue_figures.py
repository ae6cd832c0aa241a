"""What operators want to know of the queue, at a cost that has a bound. Nothing here commits."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.storage.tables import ExecutorRow, OptimizationRow

MOST_COUNTED = 100_000
"""More waiting ones than this are not counted: an index is read up to here, in about a tenth of a second."""


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many wait (``MOST_COUNTED`` at most) and run, and when the oldest that waits was posted.

    executors, slots: processes that are entered, and how many solves they run at a time, by kind.
    """

    queued: int
    running: int
    oldest_queued_at: datetime | None
    executors: dict[str, int]
    slots: dict[str, int]


def read(session: Session) -> QueueCounts:
    """Read them: the queue from an index, the processes from their short table."""
    queued, first_id = _of(session, "queued")
    running, _ = _of(session, "running")
    oldest_at = None
    if first_id is not None:
        oldest_at = session.scalar(select(OptimizationRow.created_at).where(OptimizationRow.id == first_id))
    by_kind = session.execute(
        select(ExecutorRow.kind, func.count(), func.sum(ExecutorRow.slots)).group_by(ExecutorRow.kind)
    ).all()
    return QueueCounts(
        queued=queued,
        running=running,
        oldest_queued_at=oldest_at,
        executors={kind: number for kind, number, _ in by_kind},
        slots={kind: int(slots) for kind, _, slots in by_kind},
    )


def _of(session: Session, status: str) -> tuple[int, str | None]:
    """How many have this status, and the first id: ids sort by time."""
    counted = select(OptimizationRow.id).where(OptimizationRow.status == status).limit(MOST_COUNTED).subquery()
    number, first_id = session.execute(select(func.count(), func.min(counted.c.id)).select_from(counted)).one()
    return number, first_id

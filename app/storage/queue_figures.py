"""What operators want to know of the queue, at a cost that has a bound. Nothing here commits."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.storage.tables import OptimizationRow

MOST_COUNTED = 100_000
"""More waiting ones than this are not counted: an index is read up to here, in some 20 ms."""


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many wait (``MOST_COUNTED`` at most) and run, and when the oldest that waits was posted."""

    queued: int
    running: int
    oldest_queued_at: datetime | None


def read(session: Session) -> QueueCounts:
    """Read them; all from indexes."""
    queued, first_id = _of(session, "queued")
    running, _ = _of(session, "running")
    oldest_at = None
    if first_id is not None:
        oldest_at = session.scalar(select(OptimizationRow.created_at).where(OptimizationRow.id == first_id))
    return QueueCounts(queued=queued, running=running, oldest_queued_at=oldest_at)


def _of(session: Session, status: str) -> tuple[int, str | None]:
    """How many have this status, and the first id: ids sort by time."""
    counted = select(OptimizationRow.id).where(OptimizationRow.status == status).limit(MOST_COUNTED).subquery()
    number, first_id = session.execute(select(func.count(), func.min(counted.c.id)).select_from(counted)).one()
    return number, first_id

"""The running processes of the service, each with its beat. Nothing here commits."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.storage.tables import ExecutorRow


def beat(session: Session, row: ExecutorRow, *, at: datetime) -> bool:
    """Let a process beat once more, and say how many slots it has by now.

    False when others took it for dead, and it is entered again.
    """
    alive = session.execute(
        update(ExecutorRow)
        .where(ExecutorRow.id == row.id)
        .values(beat=ExecutorRow.beat + 1, beat_at=at, slots=row.slots)
        .returning(ExecutorRow.id)
        .execution_options(synchronize_session=False)
    )
    if alive.first() is not None:
        return True
    session.add(
        ExecutorRow(
            id=row.id,
            kind=row.kind,
            slots=row.slots,
            version=row.version,
            started_at=row.started_at,
            beat=1,
            beat_at=at,
        )
    )
    return False


def beats(session: Session) -> dict[str, int]:
    """The beat of every process that is entered."""
    return {row.id: row.beat for row in session.execute(select(ExecutorRow.id, ExecutorRow.beat))}


def solving(session: Session) -> list[ExecutorRow]:
    """The processes that solve."""
    return list(session.scalars(select(ExecutorRow).where(ExecutorRow.slots > 0)))


def remove(session: Session, ids: Collection[str]) -> None:
    """Take processes out of the list."""
    session.execute(
        delete(ExecutorRow).where(ExecutorRow.id.in_(list(ids))).execution_options(synchronize_session=False)
    )

"""The log of who did what. Nothing here commits: an entry stands or falls with the act."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.storage.ids import first_id
from app.storage.tables import AuditRow


def add(session: Session, row: AuditRow) -> None:
    """Add an entry."""
    session.add(row)


def count_since(session: Session, tenant_id: str, action: str, since: datetime) -> int:
    """How often a tenant did something since a moment."""
    counted = select(func.count()).where(
        AuditRow.tenant_id == tenant_id, AuditRow.action == action, AuditRow.at >= since
    )
    return session.scalar(counted) or 0


def newest(session: Session, tenant_id: str | None, limit: int) -> Sequence[AuditRow]:
    """At most ``limit`` entries of a tenant, or of all, newest first."""
    rows = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
    return session.scalars(rows if tenant_id is None else rows.where(AuditRow.tenant_id == tenant_id)).all()


def erase_before(session: Session, before: datetime, limit: int) -> int:
    """Erase at most ``limit`` entries older than a moment, the oldest first; how many."""
    old = (
        select(AuditRow.id)
        .where(AuditRow.id < first_id("aud", before))
        .order_by(AuditRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = delete(AuditRow).where(AuditRow.id.in_(old)).returning(AuditRow.id)
    return len(session.execute(gone.execution_options(synchronize_session=False)).all())

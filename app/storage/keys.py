"""Tenants and API keys: added, found, listed, ended. Nothing here commits."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.storage.tables import ApiKeyRow, TenantRow


def add(session: Session, row: ApiKeyRow) -> None:
    """Add a key, and its tenant where it is the tenant's first."""
    if session.get(TenantRow, row.tenant_id) is None:
        with suppress(IntegrityError), session.begin_nested():  # another first key may be made at this moment
            session.add(TenantRow(id=row.tenant_id, created_at=row.created_at))
    session.add(row)
    session.flush()


def find(session: Session, key_id: str, *, lock: bool = False) -> ApiKeyRow | None:
    """The key, or None. lock: nobody else changes it before the transaction ends."""
    return session.get(ApiKeyRow, key_id, with_for_update={"key_share": True} if lock else None)


def any_made(session: Session) -> bool:
    """Whether a key was ever made, whatever has become of it."""
    return bool(session.scalar(select(exists(select(ApiKeyRow.id)))))


def listed(session: Session, tenant_id: str | None) -> Sequence[ApiKeyRow]:
    """The keys of a tenant, or of all, oldest first."""
    rows = select(ApiKeyRow).order_by(ApiKeyRow.tenant_id, ApiKeyRow.created_at, ApiKeyRow.id)
    return session.scalars(rows if tenant_id is None else rows.where(ApiKeyRow.tenant_id == tenant_id)).all()


def used(session: Session, key_id: str, at: datetime, unless_since: datetime) -> None:
    """Note that a key was used, unless that was noted since."""
    session.execute(
        update(ApiKeyRow)
        .where(ApiKeyRow.id == key_id, or_(ApiKeyRow.last_used_at.is_(None), ApiKeyRow.last_used_at < unless_since))
        .values(last_used_at=at)
        .execution_options(synchronize_session=False)
    )


def lock_tenant(session: Session, tenant_id: str) -> None:
    """Let nobody else pass here for this tenant until the transaction ends (SQLite has one writer anyway)."""
    session.execute(select(TenantRow.id).where(TenantRow.id == tenant_id).with_for_update())

"""Webhook endpoints. Every query is within a tenant. Nothing here commits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from app.storage.tables import WebhookDeliveryRow, WebhookEndpointRow


def add(session: Session, row: WebhookEndpointRow) -> None:
    """Add an endpoint."""
    session.add(row)
    session.flush()


def find(session: Session, tenant_id: str, endpoint_id: str, *, lock: bool = False) -> WebhookEndpointRow | None:
    """The endpoint, or None. lock: nobody else changes it before the transaction ends."""
    found = select(WebhookEndpointRow).where(WebhookEndpointRow.id == endpoint_id, *_of(tenant_id))
    return session.scalar(found.with_for_update(key_share=True) if lock else found)


def count(session: Session, tenant_id: str) -> int:
    """How many a tenant has."""
    return session.scalar(select(func.count()).select_from(WebhookEndpointRow).where(*_of(tenant_id))) or 0


def page(session: Session, tenant_id: str, *, before_id: str | None, limit: int) -> Sequence[WebhookEndpointRow]:
    """At most ``limit``, newest first, older than ``before_id`` (ids sort by time)."""
    rows = select(WebhookEndpointRow).where(*_of(tenant_id))
    if before_id is not None:
        rows = rows.where(WebhookEndpointRow.id < before_id)
    return session.scalars(rows.order_by(WebhookEndpointRow.id.desc()).limit(limit)).all()


def enabled(session: Session, tenant_id: str) -> Sequence[WebhookEndpointRow]:
    """Those of a tenant that are sent to; none is erased or disabled before the transaction ends."""
    return session.scalars(
        select(WebhookEndpointRow)
        .where(*_of(tenant_id), WebhookEndpointRow.disabled_at.is_(None))
        .order_by(WebhookEndpointRow.id)
        .with_for_update(read=True)
    ).all()


def lock(session: Session, endpoint_id: str) -> None:
    """Let nobody else change it before the transaction ends; before its deliveries, so that none wait in a ring."""
    session.execute(
        select(WebhookEndpointRow.id).where(WebhookEndpointRow.id == endpoint_id).with_for_update(key_share=True)
    )


def disable(session: Session, endpoint_id: str, *, at: datetime, reason: str) -> None:
    """Send nothing to it any more: what is on its way has failed."""
    row = session.get(WebhookEndpointRow, endpoint_id, with_for_update={"key_share": True})
    if row is None or row.disabled_at is not None:
        return
    row.disabled_at, row.disabled_reason = at, reason
    session.execute(
        update(WebhookDeliveryRow)
        .where(WebhookDeliveryRow.endpoint_id == endpoint_id, WebhookDeliveryRow.status == "pending")
        .values(
            status="failed",
            due_at=None,
            claimed_until=None,
            ended_at=at,
            claim=WebhookDeliveryRow.claim + 1,  # who is sending one now has nothing to write any more
        )
        .execution_options(synchronize_session=False)
    )
    session.flush()


def erase(session: Session, tenant_id: str, endpoint_id: str, *, at: datetime) -> Literal["now", "before"] | None:
    """Erase an endpoint, all but its id; when that was done, None where there was none. Its deliveries stay."""
    rows = select(WebhookEndpointRow).where(
        WebhookEndpointRow.id == endpoint_id, WebhookEndpointRow.tenant_id == tenant_id
    )
    row = session.scalar(rows.with_for_update(key_share=True))
    if row is None:
        return None
    if row.erased_at is not None:
        return "before"
    row.url = row.event_types = row.secret = ""
    row.description = row.previous_secret = row.previous_until = row.disabled_at = row.disabled_reason = None
    row.erased_at = at
    session.flush()
    return "now"


def _of(tenant_id: str) -> tuple[ColumnElement[bool], ...]:
    return WebhookEndpointRow.tenant_id == tenant_id, WebhookEndpointRow.erased_at.is_(None)

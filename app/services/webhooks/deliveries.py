"""Deliveries as their tenant sees them: listed, found, sent once more."""

from datetime import datetime

from app.errors import EndpointDisabled, NotFound
from app.services import audit, cursors
from app.services.caller import Caller
from app.storage import idempotency_keys, webhook_deliveries, webhook_endpoints
from app.storage.database import Session
from app.storage.tables import WebhookDeliveryRow
from app.storage.webhook_deliveries import Listing
from app.wire.webhook_delivery import ATTEMPTS, WebhookDelivery, WebhookDeliveryPage

_ROWS_AT_A_TIME = 500


def get(session: Session, tenant_id: str, delivery_id: str) -> WebhookDelivery:
    """The delivery. Raises NotFound."""
    return shown(_found(session, tenant_id, delivery_id))


def page(session: Session, tenant_id: str, listing: Listing, *, cursor: str | None, limit: int) -> WebhookDeliveryPage:
    """One page, newest first. Raises InvalidParameter for a cursor that is none."""
    before_id = cursors.read_id("whd", cursor) if cursor is not None else None
    if not all("\x00" not in wanted for wanted in (listing.endpoint_id, listing.optimization_id) if wanted):
        return WebhookDeliveryPage(data=[], has_more=False, next_cursor=None)  # PostgreSQL does not even compare it
    rows = webhook_deliveries.page(session, tenant_id, listing, before_id=before_id, limit=limit + 1)
    has_more = len(rows) > limit
    return WebhookDeliveryPage(
        data=[shown(row) for row in rows[:limit]],
        has_more=has_more,
        next_cursor=cursors.after_id(rows[limit - 1].id) if has_more else None,
    )


def replay(session: Session, caller: Caller, delivery_id: str) -> WebhookDelivery:
    """Send it once more, now, with the same webhook-id. Raises NotFound, EndpointDisabled for a disabled endpoint."""
    row = _found(session, caller.tenant_id, delivery_id, lock=True)
    endpoint = webhook_endpoints.find(session, caller.tenant_id, row.endpoint_id) if row.endpoint_id else None
    if endpoint is not None and endpoint.disabled_at is not None:
        raise EndpointDisabled(f"Endpoint {endpoint.id} is disabled: {endpoint.disabled_reason} Enable it first.")
    webhook_deliveries.replay(session, row)
    audit.record(session, caller, "webhook_delivery.replayed", row.id)
    return shown(row)


def erase_ended(session: Session, before: datetime) -> int:
    """Erase some of those that ended before a moment, with the answers that tell of them; how many."""
    erased = webhook_deliveries.erase_ended(session, before=before, limit=_ROWS_AT_A_TIME)
    for tenant_id in {tenant_id for tenant_id, _ in erased}:
        idempotency_keys.forget(session, tenant_id, [known for owner, known in erased if owner == tenant_id])
    return len(erased)


def shown(row: WebhookDeliveryRow) -> WebhookDelivery:
    """The delivery as it is shown."""
    return WebhookDelivery.model_validate(
        {
            "id": row.id,
            "event_id": row.event_id,
            "type": row.type,
            "optimization_id": row.optimization_id,
            "endpoint_id": row.endpoint_id,
            "url": row.url,
            "status": row.status,
            "created_at": row.created_at,
            "next_attempt_at": row.due_at,
            "ended_at": row.ended_at,
            "attempts": ATTEMPTS.validate_json(row.attempts_json),
        }
    )


def _found(session: Session, tenant_id: str, delivery_id: str, *, lock: bool = False) -> WebhookDeliveryRow:
    row = (
        webhook_deliveries.find(session, tenant_id, delivery_id, lock=lock)
        if cursors.is_id("whd", delivery_id)
        else None
    )
    if row is None:
        raise NotFound(f"There is no webhook delivery '{delivery_id[:80]}'.")
    return row

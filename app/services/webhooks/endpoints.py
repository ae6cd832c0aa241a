"""Endpoints that a tenant registers: made, listed, rotated, tried out, erased."""

from datetime import UTC, datetime, timedelta

from app.errors import EndpointDisabled, Fault, InvalidRequest, NotFound
from app.services import audit, cursors
from app.services.caller import Caller
from app.services.webhooks import deliveries, events, signing
from app.services.webhooks.guard import RefusedError, target_of
from app.settings import Settings
from app.storage import idempotency_keys, keys, webhook_deliveries, webhook_endpoints
from app.storage.database import Session
from app.storage.ids import new_id
from app.storage.tables import WebhookEndpointRow
from app.wire.request import read_request
from app.wire.webhook_delivery import WebhookDelivery
from app.wire.webhook_endpoint import (
    WebhookEndpoint,
    WebhookEndpointPage,
    WebhookEndpointRequest,
    WebhookEndpointWithSecret,
)

MOST_ENDPOINTS = 20
"""Of one tenant: every event goes to all of them."""


def read(raw: bytes, settings: Settings) -> WebhookEndpointRequest:
    """The endpoint in a body. Raises MalformedJson, InvalidRequest."""
    request = read_request(raw, WebhookEndpointRequest)
    try:
        target_of(request.url, settings.webhook_allowed_hosts)
    except RefusedError as error:
        raise InvalidRequest(str(error), [Fault("url_not_allowed", "/url", str(error))]) from None
    return request


def register(session: Session, caller: Caller, request: WebhookEndpointRequest) -> WebhookEndpointWithSecret:
    """Keep a new endpoint and make its secret. Raises InvalidRequest when the tenant has too many."""
    keys.lock_tenant(session, caller.tenant_id)
    if webhook_endpoints.count(session, caller.tenant_id) >= MOST_ENDPOINTS:
        detail = f"There are {MOST_ENDPOINTS} endpoints already, the most that there can be; delete one first."
        raise InvalidRequest(detail, [Fault("too_many_endpoints", "", detail)])
    now = datetime.now(UTC)
    row = WebhookEndpointRow(
        id=new_id("whe", now),
        tenant_id=caller.tenant_id,
        url=request.url,
        description=request.description,
        event_types=" ".join(dict.fromkeys(request.event_types or ())),
        secret=signing.new_secret(),
        created_at=now,
    )
    webhook_endpoints.add(session, row)
    audit.record(session, caller, "webhook_endpoint.registered", row.id)
    return _with_secret(row)


def get(session: Session, tenant_id: str, endpoint_id: str) -> WebhookEndpoint:
    """The endpoint. Raises NotFound."""
    return WebhookEndpoint.model_validate(_shown(_found(session, tenant_id, endpoint_id)))


def with_secret(session: Session, tenant_id: str, endpoint_id: str) -> WebhookEndpointWithSecret:
    """The endpoint with its secret, for whoever made or rotated it and never got the answer. Raises NotFound."""
    return _with_secret(_found(session, tenant_id, endpoint_id))


def page(session: Session, tenant_id: str, *, cursor: str | None, limit: int) -> WebhookEndpointPage:
    """One page, newest first. Raises InvalidParameter for a cursor that is none."""
    before_id = cursors.read_id("whe", cursor) if cursor is not None else None
    rows = webhook_endpoints.page(session, tenant_id, before_id=before_id, limit=limit + 1)
    has_more = len(rows) > limit
    return WebhookEndpointPage(
        data=[WebhookEndpoint.model_validate(_shown(row)) for row in rows[:limit]],
        has_more=has_more,
        next_cursor=cursors.after_id(rows[limit - 1].id) if has_more else None,
    )


def erase(session: Session, caller: Caller, endpoint_id: str) -> None:
    """Erase an endpoint with its deliveries; fine when that was done before. Raises NotFound for an unknown id."""
    known = cursors.is_id("whe", endpoint_id)
    erased = webhook_endpoints.erase(session, caller.tenant_id, endpoint_id, at=datetime.now(UTC)) if known else None
    if erased is None:
        raise _unknown(endpoint_id)
    if erased == "now":
        told = webhook_deliveries.erase_of_endpoint(session, endpoint_id)
        idempotency_keys.forget(session, caller.tenant_id, [endpoint_id, *told])
        audit.record(session, caller, "webhook_endpoint.erased", endpoint_id)


def rotate(session: Session, caller: Caller, endpoint_id: str, overlap_s: int) -> WebhookEndpointWithSecret:
    """Give an endpoint a new secret; the one before signs too, for ``overlap_s``. Raises NotFound."""
    row = _found(session, caller.tenant_id, endpoint_id, lock=True)
    row.previous_secret = row.secret if overlap_s else None
    row.previous_until = datetime.now(UTC) + timedelta(seconds=overlap_s) if overlap_s else None
    row.secret = signing.new_secret()
    session.flush()
    audit.record(session, caller, "webhook_endpoint.rotated", row.id)
    return _with_secret(row)


def enable(session: Session, caller: Caller, endpoint_id: str) -> WebhookEndpoint:
    """Send to an endpoint again that was disabled. Raises NotFound."""
    row = _found(session, caller.tenant_id, endpoint_id, lock=True)
    row.disabled_at = row.disabled_reason = None
    session.flush()
    audit.record(session, caller, "webhook_endpoint.enabled", row.id)
    return WebhookEndpoint.model_validate(_shown(row))


def ping(session: Session, caller: Caller, endpoint_id: str) -> WebhookDelivery:
    """Queue a ping for an endpoint. Raises NotFound, EndpointDisabled when it is disabled."""
    row = _found(session, caller.tenant_id, endpoint_id, lock=True)
    if row.disabled_at is not None:
        raise EndpointDisabled(f"Endpoint {row.id} is disabled: {row.disabled_reason} Enable it first.")
    return deliveries.shown(events.ping(session, row))


def _found(session: Session, tenant_id: str, endpoint_id: str, *, lock: bool = False) -> WebhookEndpointRow:
    known = cursors.is_id("whe", endpoint_id)
    row = webhook_endpoints.find(session, tenant_id, endpoint_id, lock=lock) if known else None
    if row is None:
        raise _unknown(endpoint_id)
    return row


def _unknown(endpoint_id: str) -> NotFound:
    return NotFound(f"There is no webhook endpoint '{endpoint_id[:80]}'.")


def _with_secret(row: WebhookEndpointRow) -> WebhookEndpointWithSecret:
    return WebhookEndpointWithSecret.model_validate({**_shown(row), "secret": row.secret})


def _shown(row: WebhookEndpointRow) -> dict[str, object]:
    overlaps = row.previous_until is not None and row.previous_until > datetime.now(UTC)
    return {
        "id": row.id,
        "url": row.url,
        "description": row.description,
        "event_types": row.event_types.split() or None,
        "created_at": row.created_at,
        "previous_secret_until": row.previous_until if overlaps else None,
        "disabled_at": row.disabled_at,
        "disabled_reason": row.disabled_reason,
    }

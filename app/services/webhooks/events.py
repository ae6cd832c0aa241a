"""What happened, queued for everyone who wants to be told, in the transaction in which it happens.

So an optimization that has ended is told about, whatever dies next, and one that has not is not.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from app.storage import webhook_deliveries, webhook_endpoints
from app.storage.database import Session
from app.storage.ids import new_id
from app.storage.tables import WebhookDeliveryRow, WebhookEndpointRow
from app.storage.webhook_deliveries import Ended
from app.wire.webhook_event import EVENT_OF, EndedOptimization, OptimizationEvent, PingData, PingEvent

AT_BRIEF = "brief"
"""The place of a delivery to the webhook_url of a brief; that of others is their endpoint's id."""


def announce(session: Session, optimization_ids: Iterable[str]) -> None:
    """Queue the events of optimizations that end in this transaction; announcing one again changes nothing."""
    for optimization_id in optimization_ids:
        ended = webhook_deliveries.ended(session, optimization_id)
        if ended is not None and ended.status in EVENT_OF:
            _announce(session, ended)


def ping(session: Session, endpoint: WebhookEndpointRow) -> WebhookDeliveryRow:
    """Queue a ping for an endpoint."""
    now = datetime.now(UTC)
    event = PingEvent(type="ping", timestamp=now, data=PingData(id=endpoint.id))
    row = _queued(
        endpoint.tenant_id, new_id("evt", now), event.type, None, endpoint.url, endpoint, event.model_dump_json(), now
    )
    webhook_deliveries.add(session, [row])
    return row


def _announce(session: Session, ended: Ended) -> None:
    kind = EVENT_OF[ended.status]
    endpoints = [
        endpoint
        for endpoint in webhook_endpoints.enabled(session, ended.tenant_id)
        if not endpoint.event_types or kind in endpoint.event_types.split()
    ]
    if not endpoints and ended.webhook_url is None:
        return
    told = webhook_deliveries.places_told(session, ended.id, kind)
    now = datetime.now(UTC)
    event_id = new_id("evt", now)
    body = _event(ended, now).model_dump_json()
    places: list[tuple[str, WebhookEndpointRow | None]] = [(endpoint.url, endpoint) for endpoint in endpoints]
    if ended.webhook_url is not None:
        places.append((ended.webhook_url, None))
    webhook_deliveries.add(
        session,
        [
            _queued(ended.tenant_id, event_id, kind, ended.id, url, endpoint, body, now)
            for url, endpoint in places
            if (endpoint.id if endpoint else AT_BRIEF) not in told
        ],
    )


def _event(ended: Ended, now: datetime) -> OptimizationEvent:
    return OptimizationEvent(
        type=EVENT_OF[ended.status],
        timestamp=ended.completed_at or now,
        data=EndedOptimization.model_validate(
            {
                "id": ended.id,
                "status": ended.status,
                "solution_status": ended.solution_status,
                "stop_reason": ended.stop_reason,
                "parent_id": ended.parent_id,
                "label": ended.label,
                "created_at": ended.created_at,
                "completed_at": ended.completed_at,
            }
        ),
    )


def _queued(
    tenant_id: str,
    event_id: str,
    kind: str,
    optimization_id: str | None,
    url: str,
    endpoint: WebhookEndpointRow | None,
    body: str,
    now: datetime,
) -> WebhookDeliveryRow:
    return WebhookDeliveryRow(
        id=new_id("whd", now),
        tenant_id=tenant_id,
        event_id=event_id,
        type=kind,
        optimization_id=optimization_id,
        endpoint_id=endpoint.id if endpoint else None,
        place=endpoint.id if endpoint else AT_BRIEF,
        url=url,
        host=_host(url),
        body=body,
        status="pending",
        created_at=now,
        claim=0,
        attempts=0,
        attempts_json="[]",
    )


def _host(url: str) -> str:
    """The host and port of a URL that was accepted, for taking turns."""
    return url.partition("://")[2].split("/")[0].split("?")[0].lower()

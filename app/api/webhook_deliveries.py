"""Webhook deliveries: what was sent where, what the receiver said, and once more."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from app.api.caller import MayRead, MayWrite
from app.api.dependencies import FromParts, Reading
from app.api.documented import LINK, problems
from app.api.idempotency import begun
from app.api.paging import NO_PARAMETERS, ListParameters, cursor_field, link_header
from app.errors import EndpointDisabled, InvalidParameter, NotFound, Unavailable
from app.services import idempotency
from app.services.caller import Caller
from app.services.cursors import ID_CURSOR
from app.services.idempotency import Begun
from app.services.webhooks import deliveries
from app.storage.database import Database
from app.storage.webhook_deliveries import Listing
from app.wire.webhook_delivery import DeliveryStatus, WebhookDelivery, WebhookDeliveryPage
from app.wire.webhook_event import EventType

router = APIRouter(prefix="/v1/webhook-deliveries", tags=["webhooks"])

DeliveryId = Annotated[
    str,
    Path(
        description="The delivery's `id`, from the list or from the answer to `:ping` of an endpoint. "
        "Swagger UI has the newest filled in after either call."
    ),
]


class DeliveryQuery(ListParameters):
    """What the list of deliveries takes."""

    cursor: str | None = cursor_field(ID_CURSOR)
    limit: int = Field(default=20, ge=1, le=100, description="Most deliveries on a page.")
    status: DeliveryStatus | None = Field(default=None, description="Only those with this status.")
    type: EventType | None = Field(default=None, description="Only those of this type of event.")
    endpoint_id: str | None = Field(default=None, max_length=100, description="Only those to this endpoint.")
    optimization_id: str | None = Field(default=None, max_length=100, description="Only those about this optimization.")


@router.get(
    "",
    summary="List deliveries",
    response_description="Newest first.",
    responses={200: {"headers": {"Link": LINK}}, **problems(InvalidParameter, Unavailable)},
)
def list_webhook_deliveries(
    request: Request, response: Response, caller: MayRead, session: Reading, query: Annotated[DeliveryQuery, Query()]
) -> WebhookDeliveryPage:
    """List deliveries with their attempts, newest first. Ended ones are kept for 30 days."""
    listing = Listing(query.status, query.type, query.endpoint_id, query.optimization_id)
    page = deliveries.page(session, caller.tenant_id, listing, cursor=query.cursor, limit=query.limit)
    response.headers.update(link_header(request, page.next_cursor))
    return page


@router.get(
    "/{delivery_id:id}",
    summary="Get a delivery",
    dependencies=[NO_PARAMETERS],
    response_description="The delivery with its attempts.",
    responses=problems(InvalidParameter, NotFound, Unavailable),
)
def get_webhook_delivery(delivery_id: DeliveryId, caller: MayRead, session: Reading) -> WebhookDelivery:
    """Get a delivery with its attempts."""
    return deliveries.get(session, caller.tenant_id, delivery_id)


@router.post(
    "/{delivery_id:id}:replay",
    summary="Send a delivery once more",
    dependencies=[NO_PARAMETERS],
    status_code=202,
    response_description="The delivery, due now.",
    responses=problems(InvalidParameter, NotFound, EndpointDisabled, Unavailable),
)
def replay_webhook_delivery(
    request: Request, delivery_id: DeliveryId, caller: MayWrite, parts: FromParts
) -> WebhookDelivery:
    """Send a delivery once more, now, with the same `webhook-id` and body; if it fails it is retried like a new one."""
    delivery = replay(parts.database, caller, delivery_id, begun(request))
    parts.queue.poke()
    return delivery


def replay(database: Database, caller: Caller, delivery_id: str, held: Begun | None) -> WebhookDelivery:
    """The delivery, due now, in one transaction with its tie to the key; or as it is after an earlier try."""
    with database.writing() as session:
        if held is not None and held.made_id is not None:
            return deliveries.get(session, caller.tenant_id, held.made_id)
        delivery = deliveries.replay(session, caller, delivery_id)
        idempotency.tie(session, held, delivery.id)
        return delivery

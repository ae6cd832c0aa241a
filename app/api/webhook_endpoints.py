"""Webhook endpoints: registered, listed, tried out, given a new secret, erased."""

from functools import partial
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from app.api.body import JSON, read_json_bytes
from app.api.caller import MayAdminister
from app.api.dependencies import FromParts, Reading, Writing
from app.api.documented import LINK, LOCATION, problems
from app.api.idempotency import begun
from app.api.paging import NO_PARAMETERS, ListParameters, cursor_field, link_header
from app.errors import (
    BodyTooLarge,
    EndpointDisabled,
    InvalidParameter,
    InvalidRequest,
    MalformedJson,
    NotFound,
    Unavailable,
    UnsupportedMediaType,
)
from app.services import idempotency
from app.services.caller import Caller
from app.services.cursors import ID_CURSOR
from app.services.idempotency import Begun
from app.services.webhooks import deliveries, endpoints
from app.settings import Settings
from app.storage.database import Database
from app.wire.webhook_delivery import WebhookDelivery
from app.wire.webhook_endpoint import WebhookEndpoint, WebhookEndpointPage, WebhookEndpointWithSecret

router = APIRouter(prefix="/v1/webhook-endpoints", tags=["webhooks"])

_MAX_BODY_BYTES = 65_536
_LONGEST_OVERLAP_S = 7 * 86_400

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Where to tell, and about what. Unknown fields are errors.",
        "content": {
            JSON: {
                "schema": {"$ref": "#/components/schemas/WebhookEndpointRequest"},
                "examples": {
                    "minimal": {
                        "summary": "minimal: everything to one place",
                        "value": {"url": "https://hooks.example.com/creatormix"},
                    },
                    "realistic": {
                        "summary": "realistic: only what ended well or badly",
                        "value": {
                            "url": "https://hooks.example.com/creatormix?desk=campaigns",
                            "description": "campaign desk",
                            "event_types": ["optimization.completed", "optimization.failed"],
                        },
                    },
                },
            }
        },
    }
}

EndpointId = Annotated[
    str,
    Path(
        description="The endpoint's `id`, from the answer to `POST /v1/webhook-endpoints`. Swagger UI "
        "has it filled in after that call."
    ),
]


class EndpointQuery(ListParameters):
    """What the list of endpoints takes."""

    cursor: str | None = cursor_field(ID_CURSOR)
    limit: int = Field(default=20, ge=1, le=100, description="Most endpoints on a page.")


class RotationQuery(ListParameters):
    """What a new secret takes."""

    overlap_seconds: int = Field(
        default=86_400,
        ge=0,
        le=_LONGEST_OVERLAP_S,
        description="For how long the secret before signs too; 0 ends it at once, for one that has leaked.",
    )


@router.post(
    "",
    summary="Register an endpoint",
    dependencies=[NO_PARAMETERS],
    status_code=201,
    response_description="The endpoint with its secret, which is shown here and never again.",
    responses={
        201: {"headers": {"Location": {**LOCATION, "description": "Path of the endpoint."}}},
        **problems(MalformedJson, BodyTooLarge, UnsupportedMediaType, InvalidRequest, InvalidParameter, Unavailable),
    },
    openapi_extra=_BODY,
)
async def create_webhook_endpoint(
    request: Request, response: Response, parts: FromParts, caller: MayAdminister
) -> WebhookEndpointWithSecret:
    """Register an endpoint that is told about optimizations that end, signed as Standard Webhooks has it."""
    raw = await read_json_bytes(request, min(_MAX_BODY_BYTES, parts.settings.max_body_bytes))
    endpoint = await run_sync(partial(register, parts.database, parts.settings, caller, raw, begun(request)))
    response.headers["Location"] = f"{request.scope.get('root_path', '')}{router.prefix}/{endpoint.id}"
    return endpoint


def register(
    database: Database, settings: Settings, caller: Caller, raw: bytes, held: Begun | None
) -> WebhookEndpointWithSecret:
    """The new endpoint, tied to the key of its request; or what an earlier try has made."""
    if held is not None and held.made_id is not None:
        with database.reading() as session:
            return endpoints.with_secret(session, caller.tenant_id, held.made_id)
    wanted = endpoints.read(raw, settings)
    with database.writing() as session:
        made = endpoints.register(session, caller, wanted)
        idempotency.tie(session, held, made.id)
    return made


@router.get(
    "",
    summary="List endpoints",
    response_description="Newest first; secrets are not shown.",
    responses={200: {"headers": {"Link": LINK}}, **problems(InvalidParameter, Unavailable)},
)
def list_webhook_endpoints(
    request: Request,
    response: Response,
    caller: MayAdminister,
    session: Reading,
    query: Annotated[EndpointQuery, Query()],
) -> WebhookEndpointPage:
    """List endpoints, newest first."""
    page = endpoints.page(session, caller.tenant_id, cursor=query.cursor, limit=query.limit)
    response.headers.update(link_header(request, page.next_cursor))
    return page


@router.get(
    "/{endpoint_id:id}",
    summary="Get an endpoint",
    dependencies=[NO_PARAMETERS],
    response_description="The endpoint; its secret is not shown.",
    responses=problems(InvalidParameter, NotFound, Unavailable),
)
def get_webhook_endpoint(endpoint_id: EndpointId, caller: MayAdminister, session: Reading) -> WebhookEndpoint:
    """Get an endpoint."""
    return endpoints.get(session, caller.tenant_id, endpoint_id)


@router.delete(
    "/{endpoint_id:id}",
    summary="Erase an endpoint",
    dependencies=[NO_PARAMETERS],
    status_code=204,
    response_description="It is erased with its deliveries, now or before.",
    responses=problems(InvalidParameter, NotFound, Unavailable),
)
def delete_webhook_endpoint(endpoint_id: EndpointId, caller: MayAdminister, session: Writing) -> None:
    """Erase an endpoint with its deliveries; nothing is sent to it any more. Doing it again changes nothing."""
    endpoints.erase(session, caller, endpoint_id)


@router.post(
    "/{endpoint_id:id}:rotate-secret",
    summary="Give an endpoint a new secret",
    response_description="The endpoint with its new secret, which is shown here and never again.",
    responses=problems(InvalidParameter, NotFound, Unavailable),
)
def rotate_webhook_secret(
    request: Request,
    endpoint_id: EndpointId,
    caller: MayAdminister,
    parts: FromParts,
    query: Annotated[RotationQuery, Query()],
) -> WebhookEndpointWithSecret:
    """Give an endpoint a new secret. Deliveries carry a signature of both until the overlap is over."""
    return rotate(parts.database, caller, endpoint_id, query.overlap_seconds, begun(request))


def rotate(
    database: Database, caller: Caller, endpoint_id: str, overlap_s: int, held: Begun | None
) -> WebhookEndpointWithSecret:
    """The endpoint with its new secret, tied to the key of its request; or the one of an earlier try."""
    with database.writing() as session:
        if held is not None and held.made_id is not None:
            return endpoints.with_secret(session, caller.tenant_id, endpoint_id)
        rotated = endpoints.rotate(session, caller, endpoint_id, overlap_s)
        idempotency.tie(session, held, endpoint_id)
        return rotated


@router.post(
    "/{endpoint_id:id}:enable",
    summary="Enable an endpoint",
    dependencies=[NO_PARAMETERS],
    response_description="The endpoint.",
    responses=problems(InvalidParameter, NotFound, Unavailable),
)
def enable_webhook_endpoint(
    request: Request, endpoint_id: EndpointId, caller: MayAdminister, parts: FromParts
) -> WebhookEndpoint:
    """Send to an endpoint again that was disabled because it answered 410."""
    return enable(parts.database, caller, endpoint_id, begun(request))


def enable(database: Database, caller: Caller, endpoint_id: str, held: Begun | None) -> WebhookEndpoint:
    """The enabled endpoint, tied to the key of its request; or as it is after an earlier try."""
    with database.writing() as session:
        if held is not None and held.made_id is not None:
            return endpoints.get(session, caller.tenant_id, endpoint_id)
        enabled = endpoints.enable(session, caller, endpoint_id)
        idempotency.tie(session, held, endpoint_id)
        return enabled


@router.post(
    "/{endpoint_id:id}:ping",
    summary="Try an endpoint out",
    dependencies=[NO_PARAMETERS],
    status_code=202,
    response_description="The delivery; ask for it again to see what the receiver answered.",
    responses=problems(InvalidParameter, NotFound, EndpointDisabled, Unavailable),
)
def ping_webhook_endpoint(
    request: Request, endpoint_id: EndpointId, caller: MayAdminister, parts: FromParts
) -> WebhookDelivery:
    """Send an event of type `ping` to an endpoint, once."""
    delivery = ping(parts.database, caller, endpoint_id, begun(request))
    parts.queue.poke()
    return delivery


def ping(database: Database, caller: Caller, endpoint_id: str, held: Begun | None) -> WebhookDelivery:
    """The delivery of a ping, tied to the key of its request; or that of an earlier try."""
    with database.writing() as session:
        if held is not None and held.made_id is not None:
            return deliveries.get(session, caller.tenant_id, held.made_id)
        delivery = endpoints.ping(session, caller, endpoint_id)
        idempotency.tie(session, held, delivery.id)
        return delivery

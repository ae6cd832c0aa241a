"""Who calls: every route says which scope it needs, or that it needs no key; one that says neither is not served."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import Depends, FastAPI, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from fastapi.security import APIKeyHeader, HTTPBearer, SecurityScopes

from app.api import idempotency, loopback
from app.api.dependencies import FromParts, Parts
from app.errors import ServiceError, Unauthenticated
from app.services import keys
from app.services.caller import ADMIN, READ, SCOPES, WRITE, Caller
from app.services.rate_limits import too_many
from app.storage.tables import DEFAULT_TENANT
from app.telemetry.ids import note

KEY_HEADER = "X-API-Key"
_FORM = "`cbo_<id>_<secret>`, made with `creatormix keys create`"
_BEARER = HTTPBearer(
    scheme_name="bearer",
    bearerFormat="cbo_<id>_<secret>",
    description=f"An API key: {_FORM}. Not needed on the service's own machine as long as no key was made.",
    auto_error=False,
)
_HEADER = APIKeyHeader(
    name=KEY_HEADER,
    scheme_name="api_key",
    description=f"The same API key in a header of its own: {_FORM}.",
    auto_error=False,
)


async def _caller(
    request: Request,
    parts: FromParts,
    scopes: SecurityScopes,
    _bearer: Annotated[object, Security(_BEARER)],
    _header: Annotated[object, Security(_HEADER)],
) -> Caller:
    """Who calls, after all that can speak against it, and with the key of a POST held.

    Raises Unauthenticated, RateLimited, MissingScope, and what ``app.api.idempotency`` raises.
    """
    try:
        caller = await run_sync(partial(_admitted, request, parts, scopes.scopes))
    except ServiceError:
        request.state.body_is_unread = True
        raise
    await idempotency.begin(request, parts, caller)
    return caller


def _admitted(request: Request, parts: Parts, scopes: Sequence[str]) -> Caller:
    caller = _identified(request, parts)
    note(tenant_id=caller.tenant_id)
    if caller.key_id is not None and parts.rate_limits is not None:
        standing = parts.rate_limits.count(caller.key_id)
        request.state.answer_headers = standing.headers()
        if not standing.allowed:
            raise too_many(caller.key_id, standing)
    for scope in scopes:
        caller.require(scope)
    return caller


def no_key_needed() -> None:
    """For routes that anybody may call: they show nothing of a tenant's."""


ANYBODY = Depends(no_key_needed)
MayRead = Annotated[Caller, Security(_caller, scopes=[READ])]
MayWrite = Annotated[Caller, Security(_caller, scopes=[WRITE])]
MayAdminister = Annotated[Caller, Security(_caller, scopes=[ADMIN])]


def require_declared(app: FastAPI, open_paths: Sequence[str]) -> None:
    """Raise ValueError for a route that neither asks who calls nor says that anybody may; a defect, so at the start.

    open_paths: of routes that are none of FastAPI's kind (mounted files, the OpenAPI document) and open to all.
    """
    for route in iter_route_contexts(app.routes):
        dependant: Dependant | None = getattr(route, "dependant", None)
        asked = set() if dependant is None else {one.call for one in _all(dependant)}
        if not asked & {_caller, no_key_needed} and route.path not in open_paths:
            raise ValueError(f"the route {route.path} does not say who may call it")


def _all(dependant: Dependant) -> Iterator[Dependant]:
    for inner in dependant.dependencies:
        yield inner
        yield from _all(inner)


def _identified(request: Request, parts: Parts) -> Caller:
    now = datetime.now(UTC)
    sent = _sent_key(request)
    origin = {
        "request_id": request.state.request_id,
        "client_address": None if request.client is None else request.client.host,
    }
    with parts.database.reading() as session:
        if sent is None:
            needed = keys.any_made(session)
        else:
            row = keys.authenticate(session, sent, now)
    if sent is not None:
        keys.note_use(parts.database, row, now)
        return Caller(row.tenant_id, "key", frozenset(row.scopes.split()), row.id, **origin)
    if needed:
        raise Unauthenticated(
            f"This call needs an API key: send Authorization: Bearer cbo_<id>_<secret>, or the key as {KEY_HEADER}."
        )
    reason = loopback.refusal(request.scope)
    if reason is not None:
        raise Unauthenticated(
            "No API key has been made, so only calls of this machine's own user are answered, and this one is not "
            f"taken for one: {reason}. Make a key with `creatormix keys create` and send it."
        )
    return Caller(DEFAULT_TENANT, "loopback", frozenset(SCOPES), **origin)


def has_key(request: Request) -> bool:
    """Whether a key was sent, or what stands in its place."""
    return "authorization" in request.headers or KEY_HEADER in request.headers


def _sent_key(request: Request) -> str | None:
    """The key of a request; None where none was sent. Raises Unauthenticated where it is not clear which one."""
    given = set()
    for text in request.headers.getlist("authorization"):
        scheme, _, credentials = text.partition(" ")
        if scheme.lower() != "bearer" or not credentials.strip():
            raise Unauthenticated("The header Authorization has no API key in it; send Bearer cbo_<id>_<secret>.")
        given.add(credentials.strip())
    given.update(text.strip() for text in request.headers.getlist(KEY_HEADER.lower()))
    if len(given) > 1:
        raise Unauthenticated("The request has more than one API key; send one.")
    return next(iter(given), None)

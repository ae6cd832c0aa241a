"""Optimizations: posted, read, listed, erased."""

import re
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from app.api.body import JSON, read_json_bytes
from app.api.brief_body import ANY_BODY, BRIEF_BODY
from app.api.caller import READING, WRITING
from app.api.dependencies import FromParts, OptimizationId, Reading, Writing
from app.api.documented import ETAG, LINK, LINKS, LOCATION, problems
from app.api.paging import NO_PARAMETERS, ListParameters, cursor_field, link_header
from app.errors import (
    BodyTooLarge,
    InvalidBrief,
    InvalidParameter,
    MalformedJson,
    NotFound,
    SolveFailed,
    Unavailable,
    UnsupportedMediaType,
)
from app.services import optimizations
from app.services.cursors import OPTIMIZATION_CURSOR
from app.storage.optimizations import Listing
from app.wire.optimization import Optimization, Status
from app.wire.pages import OptimizationPage
from app.wire.validity import Validation

router = APIRouter(prefix="/v1/optimizations", tags=["optimizations"])

_UNREADABLE = (MalformedJson, BodyTooLarge, UnsupportedMediaType)


_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:.]{8,}([Zz]|[+ -][0-9]{2}:[0-9]{2})")
"""RFC 3339, and a space for the plus sign of the zone: that is what a plus in a query means unless it is escaped."""


def _as_rfc_3339(text: object) -> object:
    """A moment as RFC 3339 writes it, and nothing else that pydantic takes for one (seconds since 1970)."""
    if not isinstance(text, str) or not _MOMENT.fullmatch(text):
        raise ValueError("expected a date and time with its time zone, as in 2026-03-01T12:00:00Z")
    return text.replace(" ", "+")


def _representable(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("the moment is out of range") from None


Moment = Annotated[AwareDatetime, BeforeValidator(_as_rfc_3339), AfterValidator(_representable)]


class ListQuery(ListParameters):
    """What the list of optimizations takes."""

    cursor: str | None = cursor_field(OPTIMIZATION_CURSOR)
    limit: int = Field(default=20, ge=1, le=100, description="Most optimizations on a page.")
    status: Status | None = Field(default=None, description="Only those with this status.")
    label: str | None = Field(default=None, max_length=1000, description="Only those with exactly this label.")
    created_after: Moment | None = Field(
        default=None, description="Only those created later than this moment (with its time zone)."
    )


@router.post(
    "",
    summary="Solve a brief",
    dependencies=[WRITING],
    status_code=201,
    response_model=Optimization,
    response_description="The finished optimization; an infeasible brief has a finished one too.",
    responses={
        201: {"headers": {"Location": LOCATION, "ETag": ETAG}, "links": LINKS},
        **problems(*_UNREADABLE, InvalidBrief, SolveFailed, Unavailable),
    },
    openapi_extra=BRIEF_BODY,
)
async def create_optimization(request: Request, parts: FromParts) -> Response:
    """Solve a brief and keep it with its result: the best mix of creators and offers, with proof.

    The answer comes when the solve has ended, at the latest after the brief's `solver.time_limit`.
    """
    received_at = datetime.now(UTC)
    raw = await read_json_bytes(request, parts.settings.max_body_bytes)
    read = partial(optimizations.read, raw, received_at, parts.settings, parts.benchmarks)
    received = await run_sync(read, limiter=parts.reading_slots)
    solve = partial(optimizations.solve, parts.database, received)
    optimization = await run_sync(solve, limiter=parts.solving_slots)
    return created(request, optimization)


@router.post(
    ":validate",
    summary="Check a brief",
    dependencies=[READING],
    responses=problems(*_UNREADABLE),
    response_description="What is wrong and what is noteworthy; a wrong brief is a 200 here too.",
    openapi_extra=ANY_BODY,
)
async def validate_optimization(request: Request, parts: FromParts) -> Validation:
    """Check a brief: all errors and warnings, nothing is stored and nothing solved."""
    raw = await read_json_bytes(request, parts.settings.max_body_bytes)
    check = partial(optimizations.validate, raw, parts.settings, parts.benchmarks)
    return await run_sync(check, limiter=parts.reading_slots)


@router.get(
    "",
    summary="List optimizations",
    dependencies=[READING],
    response_description="Newest first.",
    responses={200: {"headers": {"Link": LINK}}, **problems(InvalidParameter, Unavailable)},
)
def list_optimizations(
    request: Request, response: Response, session: Reading, query: Annotated[ListQuery, Query()]
) -> OptimizationPage:
    """List optimizations with their results, newest first."""
    listing = Listing(query.status, query.label, query.created_after)
    page = optimizations.page(session, listing, cursor=query.cursor, limit=query.limit)
    response.headers.update(link_header(request, page.next_cursor))
    return page


@router.get(
    "/{optimization_id:id}",
    summary="Get an optimization",
    dependencies=[READING, NO_PARAMETERS],
    response_model=Optimization,
    response_description="The optimization.",
    responses={
        200: {"headers": {"ETag": ETAG}},
        304: {"description": "It is still what If-None-Match names.", "headers": {"ETag": ETAG}},
        **problems(InvalidParameter, NotFound, Unavailable),
    },
)
def get_optimization(
    optimization_id: OptimizationId,
    session: Reading,
    if_none_match: Annotated[str | None, Header(description="An ETag of an earlier answer.")] = None,
) -> Response:
    """Get an optimization, with its result when there is one."""
    response = with_etag(optimizations.get(session, optimization_id))
    etag = response.headers["ETag"]
    known = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    if etag in known or "*" in known:
        return Response(status_code=304, headers={"ETag": etag})
    return response


@router.get(
    "/{optimization_id}/brief",
    summary="Get the brief",
    dependencies=[READING, NO_PARAMETERS],
    response_class=Response,
    response_description="The brief.",
    responses={
        200: {"content": {JSON: {"schema": {"$ref": "#/components/schemas/Brief"}}}},
        **problems(InvalidParameter, NotFound, Unavailable),
    },
)
def get_optimization_brief(optimization_id: OptimizationId, session: Reading) -> Response:
    """Get the brief exactly as it was posted, byte for byte."""
    return Response(optimizations.brief(session, optimization_id), media_type=JSON)


@router.delete(
    "/{optimization_id:id}",
    summary="Erase an optimization",
    dependencies=[WRITING],
    status_code=204,
    response_description="It is erased, now or before.",
    responses=problems(NotFound, Unavailable),
)
def delete_optimization(optimization_id: OptimizationId, session: Writing) -> None:
    """Erase an optimization and all that belongs to it. Doing it again changes nothing."""
    optimizations.erase(session, optimization_id)


def created(request: Request, optimization: Optimization) -> Response:
    """The answer to a request that made an optimization."""
    response = with_etag(optimization)
    response.status_code = 201
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/v1/optimizations/{optimization.id}"
    return response


def with_etag(optimization: Optimization) -> Response:
    """The optimization as an answer, with the tag that changes when it changes."""
    body = optimization.model_dump_json().encode()
    return Response(body, media_type=JSON, headers={"ETag": f'"{sha256(body).hexdigest()[:32]}"'})

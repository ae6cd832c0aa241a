"""Optimizations: posted, read, listed, stopped, erased."""

import re
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from app.api.asking import read_by
from app.api.body import JSON, read_json_bytes
from app.api.brief_body import ANY_BODY, BRIEF_BODY
from app.api.caller import MayRead, MayWrite
from app.api.dependencies import FromParts, OptimizationId, Parts, Reading, Writing
from app.api.documented import ETAG, LINK, LINKS, LOCATION, REPORT_LINK, STILL_RUNNING, TO_REPORT, problems
from app.api.paging import NO_PARAMETERS, ListParameters, cursor_field, link_header
from app.api.prefer import PreferHeader, preference_of
from app.api.waiting import ended_or_not, queued, rejoined, with_etag
from app.errors import (
    BodyTooLarge,
    InvalidBrief,
    InvalidParameter,
    MalformedJson,
    NotFound,
    QuotaReached,
    Unavailable,
    UnsupportedMediaType,
)
from app.services import briefs, optimizations
from app.services.caller import Caller
from app.services.cursors import OPTIMIZATION_CURSOR
from app.services.optimizations import Posted
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


_TAG = re.compile(r'(?:^|[\s,])(?:W/)?("[^"]*")(?=\s*(?:,|$))')
"""One entity tag of a list; the group is its opaque part."""


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
    dependencies=[NO_PARAMETERS],
    status_code=201,
    response_model=Optimization,
    response_description="The finished optimization; an infeasible brief has a finished one too.",
    responses={
        201: {"headers": {"Location": LOCATION, "ETag": ETAG, "Link": REPORT_LINK}, "links": LINKS},
        202: {"model": Optimization, **STILL_RUNNING, "links": LINKS},
        **problems(*_UNREADABLE, InvalidBrief, InvalidParameter, QuotaReached, Unavailable),
    },
    openapi_extra=BRIEF_BODY,
)
async def create_optimization(
    request: Request, parts: FromParts, caller: MayWrite, prefer: PreferHeader = None
) -> Response:
    """Solve a brief and keep it with its result: the best mix of creators and offers, with proof.

    The answer comes when the solve has ended: 201, also for a brief that is infeasible or whose solve failed (see
    `status`). What takes longer than the wait (10 s, or `Prefer: wait=N`) is a 202 and goes on under its id;
    `Prefer: respond-async` answers 202 at once.
    """
    received_at = datetime.now(UTC)
    preference = preference_of(request, prefer, parts.settings)
    again = await rejoined(request, parts, caller, preference)
    if again is not None:
        return again
    raw = await read_json_bytes(request, parts.settings.max_body_bytes)
    accepted = await read_by(parts, caller, len(raw), briefs.accepted, raw, received_at)
    return await queued(request, parts, caller, Posted(raw, received_at, accepted), preference)


@router.post(
    ":validate",
    summary="Check a brief",
    dependencies=[NO_PARAMETERS],
    responses=problems(*_UNREADABLE, InvalidParameter),
    response_description="What is wrong and what is noteworthy; a wrong brief is a 200 here too.",
    openapi_extra=ANY_BODY,
)
async def validate_optimization(request: Request, parts: FromParts, caller: MayRead) -> Validation:
    """Check a brief: all errors and warnings, nothing is stored and nothing solved."""
    raw = await read_json_bytes(request, parts.settings.max_body_bytes)
    validation: Validation = await read_by(parts, caller, len(raw), briefs.validate, raw)
    return validation


@router.get(
    "",
    summary="List optimizations",
    response_description="Newest first.",
    responses={200: {"headers": {"Link": LINK}}, **problems(InvalidParameter, Unavailable)},
)
def list_optimizations(
    request: Request, response: Response, caller: MayRead, session: Reading, query: Annotated[ListQuery, Query()]
) -> OptimizationPage:
    """List optimizations with their results, newest first."""
    listing = Listing(query.status, query.label, query.created_after)
    page = optimizations.page(session, caller.tenant_id, listing, cursor=query.cursor, limit=query.limit)
    response.headers.update(link_header(request, page.next_cursor))
    return page


@router.get(
    "/{optimization_id:id}",
    summary="Get an optimization",
    dependencies=[NO_PARAMETERS],
    response_model=Optimization,
    response_description="The optimization.",
    responses={
        200: {"headers": {"ETag": ETAG, "Link": REPORT_LINK}, "links": TO_REPORT},
        304: {"description": "It is still what If-None-Match names.", "headers": {"ETag": ETAG}},
        **problems(InvalidParameter, NotFound, Unavailable),
    },
)
def get_optimization(
    request: Request,
    optimization_id: OptimizationId,
    caller: MayRead,
    session: Reading,
    if_none_match: Annotated[str | None, Header(description="An ETag of an earlier answer.")] = None,
) -> Response:
    """Get an optimization, with its result when there is one."""
    response = with_etag(request, optimizations.get(session, caller.tenant_id, optimization_id))
    etag = response.headers["ETag"]
    if if_none_match is not None and _is_known(etag, request.headers.getlist("if-none-match")):
        return Response(status_code=304, headers={"ETag": etag})
    return response


def _is_known(etag: str, if_none_match: list[str]) -> bool:
    """Whether the header, which may come in several lines, names the tag (RFC 9110: weak ones count too)."""
    named = ",".join(if_none_match)
    return named.strip() == "*" or etag in _TAG.findall(named)


@router.get(
    "/{optimization_id}/brief",
    summary="Get the brief",
    dependencies=[NO_PARAMETERS],
    response_class=Response,
    response_description="The brief.",
    responses={
        200: {"content": {JSON: {"schema": {"$ref": "#/components/schemas/Brief"}}}},
        **problems(InvalidParameter, NotFound, Unavailable),
    },
)
def get_optimization_brief(optimization_id: OptimizationId, caller: MayRead, session: Reading) -> Response:
    """Get the brief exactly as it was posted, byte for byte."""
    return Response(optimizations.brief(session, caller.tenant_id, optimization_id), media_type=JSON)


@router.delete(
    "/{optimization_id:id}",
    summary="Erase an optimization",
    dependencies=[NO_PARAMETERS],
    status_code=204,
    response_description="It is erased, now or before.",
    responses=problems(InvalidParameter, NotFound, Unavailable),
)
def delete_optimization(optimization_id: OptimizationId, caller: MayWrite, session: Writing) -> None:
    """Erase an optimization and all that belongs to it. Doing it again changes nothing."""
    optimizations.erase(session, caller, optimization_id)


@router.post(
    "/{optimization_id:id}:stop",
    summary="Stop an optimization",
    dependencies=[NO_PARAMETERS],
    response_model=Optimization,
    response_description="How it ended.",
    responses={
        200: {"headers": {"ETag": ETAG, "Link": REPORT_LINK}, "links": TO_REPORT},
        202: {"model": Optimization, **STILL_RUNNING},
        **problems(InvalidParameter, NotFound, Unavailable),
    },
)
async def stop_optimization(
    optimization_id: OptimizationId,
    request: Request,
    parts: FromParts,
    caller: MayWrite,
    prefer: PreferHeader = None,
) -> Response:
    """End an optimization and keep its best plan so far, with an honest gap.

    One that still waits to be solved is cancelled; one that has ended stays as it is. The answer comes when it has
    ended, or as a 202 after the wait (see the header `Prefer`).
    """
    preference = preference_of(request, prefer, parts.settings)
    await run_sync(partial(_stop, parts, caller, optimization_id))
    parts.queue.poke()
    return await ended_or_not(request, parts, caller, optimization_id, preference, status=200)


def _stop(parts: Parts, caller: Caller, optimization_id: str) -> None:
    with parts.database.writing() as session:
        optimizations.stop(session, caller, optimization_id)

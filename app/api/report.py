"""The report of an optimization: a page for people."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Annotated, Any, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import Field

from app.api import start
from app.api.asking import asked_in_a_process
from app.api.caller import MayRead, has_key
from app.api.dependencies import FromParts, OptimizationId, Parts
from app.api.documented import problems
from app.api.paging import ListParameters
from app.errors import InvalidParameter, NotAnswerable, NotFound, Unauthenticated, Unavailable, WorkFailed
from app.services.questions import report
from app.services.questions.report import Stored
from app.web import drawing, report_page
from app.web import parts as report_parts
from app.web.languages import Language, Words, wanted
from app.web.parts import PARTS, Part, Shown
from app.web.report_page import Place
from app.wire.problem import MEDIA_TYPE as PROBLEM
from app.wire.report_parts import ReportBasis


class _OrAskForTheKey(APIRoute):
    """A browser that is led to a report without a key gets a page that asks for it, in place of problem details."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's own, and what a browser gets where that refuses it."""
        answer = super().get_route_handler()

        async def answer_or_ask(request: Request) -> Response:
            try:
                return await answer(request)
            except Unauthenticated:
                if not _is_opened_by_a_person(request):
                    raise
                return start.key_response(request)

        return answer_or_ask


def _is_opened_by_a_person(request: Request) -> bool:
    """Whether a browser asks for a page to show. Programs, and the scripts of our pages, take problem details too."""
    accepted = request.headers.get("accept", "")
    return "text/html" in accepted and PROBLEM not in accepted and not has_key(request)


router = APIRouter(prefix="/v1/optimizations", tags=["answers"], route_class=_OrAskForTheKey)

_PAGE = {"text/html": {"schema": {"type": "string"}}}
_SMALL_BRIEF_BYTES = 256 * 1024
"""Up to this size, packed, a brief and its creators are read in a thread: it takes tenths of a second at most."""


class ReportQuery(ListParameters):
    """What the report takes."""

    lang: Language | None = Field(
        default=None,
        description="Language of the page; without it the one that Accept-Language likes best, or English.",
    )
    part: Part | Literal["whole"] | None = Field(
        default=None,
        description="Without it the page comes at once, and a script on it fetches what takes longer: by this "
        "parameter, one part each, as a piece of HTML. `whole`: the page with all of its parts, however long it takes; "
        "for readers without JavaScript, for printing and for programs. A part that was made once is kept.",
    )


@router.get(
    "/{optimization_id}/report",
    summary="The report, for people",
    response_class=Response,
    response_description="A page without any outside asset. Of an optimization that has not ended: its progress.",
    responses={
        200: {"content": _PAGE},
        **problems(InvalidParameter, NotFound, NotAnswerable, Unavailable, WorkFailed),
    },
)
async def get_optimization_report(
    optimization_id: OptimizationId,
    request: Request,
    parts: FromParts,
    caller: MayRead,
    query: Annotated[ReportQuery, Query()],
    accept_language: Annotated[
        str | None, Header(description="Language of the page; its region is that of numbers and money.")
    ] = None,
) -> Response:
    """Get the report: what to book, what it brings, whether less is more, and the proof, with charts and tables.

    One page in English or German that can be printed. `?part=whole` waits for everything; else what has to be solved
    first (other budgets, other ways to plan) comes when the page is open. Where a key is needed, a browser that comes
    without one gets a page (401) that asks for it and then shows the report.
    """
    words = wanted(query.lang, accept_language)
    place = Place(request.scope.get("root_path", ""), optimization_id, words)
    stored = await run_sync(report.stored, parts.database, caller.tenant_id, optimization_id)
    result = stored.optimization.result
    if result is None or result.value is None:
        if query.part not in (None, "whole"):
            raise NotAnswerable(f"Optimization {optimization_id} has no plan, so its report has no such part.")
        if stored.optimization.status in ("queued", "running"):
            parts.asking.prepare(drawing.get_ready)  # whoever watches wants its charts soon
        basis = (await _kept(parts, caller.tenant_id, stored))[1] if report_page.needs_basis(stored) else None
        return _page(await run_sync(report_page.other_page, stored, place, basis), words)
    shown = await _shown(parts, caller.tenant_id, stored, words, query.part)
    if query.part is None or query.part == "whole":
        return _page(await run_sync(report_page.plan_page, shown, place), words)
    return _page(await run_sync(report_page.part_of_page, shown, place, query.part), words)


async def _shown(
    parts: Parts, tenant_id: str, stored: Stored, words: Words, part: Part | Literal["whole"] | None
) -> Shown:
    """What the page shows, with the parts that were asked for; what is not there yet is made and kept."""
    optimization_id = stored.optimization.id
    kept, basis = await _kept(parts, tenant_id, stored)
    result = stored.optimization.result
    if result is None:
        raise ValueError("a report of what has no plan")
    shown = Shown(stored, result, basis, words, kept)
    for name in PARTS if part == "whole" else [part] if part else []:
        if not shown.is_made(name):
            make = partial(report_parts.make, part=name, language=words.language)
            kept |= await asked_in_a_process(parts, tenant_id, make, tenant_id, optimization_id)
    return shown


async def _kept(parts: Parts, tenant_id: str, stored: Stored) -> tuple[dict[str, bytes], ReportBasis]:
    """What is kept of the report, and its basis, which is made now where it was not."""
    kept = dict(stored.parts)
    if report_parts.basis_of(kept) is None:
        kept |= await _basis(parts, tenant_id, stored)
    basis = report_parts.basis_of(kept)
    if basis is None:
        raise ValueError("a report without its basis")
    return kept, basis


async def _basis(parts: Parts, tenant_id: str, stored: Stored) -> dict[str, bytes]:
    work = partial(report.basis_at, parts.database, tenant_id, stored.optimization.id)
    if stored.brief_bytes > _SMALL_BRIEF_BYTES:
        work = partial(parts.reading.run, report.basis, parts.settings, tenant_id, stored.optimization.id)
    made: dict[str, bytes] = await parts.reading_turns.run(tenant_id, work)
    return made


def _page(html: str, words: Words) -> Response:
    return Response(
        html,
        media_type=report_page.MEDIA_TYPE,
        headers={
            "Content-Language": words.tag,
            "Vary": "Accept-Language",
            "Cache-Control": "private, no-cache",
            "Content-Security-Policy": report_page.content_security_policy(),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        },
    )

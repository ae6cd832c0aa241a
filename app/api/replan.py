"""A new optimization from an old one: who signed stays, the rest is planned anew."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from app.api.body import JSON, read_json_bytes
from app.api.caller import MayWrite
from app.api.dependencies import FromParts, OptimizationId
from app.api.documented import ETAG, LINKS, LOCATION, REPORT_LINK, STILL_RUNNING, problems
from app.api.paging import NO_PARAMETERS
from app.api.prefer import PreferHeader, preference_of
from app.api.waiting import queued, rejoined
from app.errors import (
    BodyTooLarge,
    InvalidParameter,
    InvalidRequest,
    MalformedJson,
    NotAnswerable,
    NotFound,
    QuotaReached,
    Unavailable,
    UnsupportedMediaType,
    WorkFailed,
)
from app.services.questions.replan import posted
from app.wire.optimization import Optimization

router = APIRouter(prefix="/v1/optimizations", tags=["optimizations"])

_EXAMPLES: dict[str, Any] = {
    "minimal": {"summary": "minimal: nothing has happened, so the plan is the same (after any brief)", "value": {}},
    "realistic": {
        "summary": "realistic: two signed, one declined, one is dearer, at most 4 changes (after the realistic brief)",
        "value": {
            "accepted": ["c25", "c27"],
            "declined": ["c49"],
            "prices": [{"creator_id": "c19", "offer_id": "2 reels", "price": "2100.00"}],
            "max_changes": 4,
        },
    },
    "infeasible": {
        "summary": "infeasible: what is signed costs more than the new budget (after the realistic brief)",
        "value": {"accepted": ["c25", "c27", "c43"], "budget": "2000.00"},
    },
    "pinned": {
        "summary": "pinned: one signed, a larger budget, at most 3 changes (after the realistic brief)",
        "value": {"accepted": ["c25"], "budget": "30000.00", "max_changes": 3},
    },
}
_BODY = {
    "requestBody": {
        "required": True,
        "description": "What has happened since the plan was made. Unknown fields are errors.",
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/ReplanRequest"}, "examples": _EXAMPLES}},
    }
}


@router.post(
    "/{optimization_id:id}:replan",
    summary="Replan an optimization",
    dependencies=[NO_PARAMETERS],
    status_code=201,
    response_model=Optimization,
    response_description="The new optimization; `result.difference` says what is kept, dropped and added, and why.",
    responses={
        201: {"headers": {"Location": LOCATION, "ETag": ETAG, "Link": REPORT_LINK}, "links": LINKS},
        202: {"model": Optimization, **STILL_RUNNING, "links": LINKS},
        **problems(
            *(MalformedJson, BodyTooLarge, UnsupportedMediaType, InvalidRequest),
            *(InvalidParameter, NotFound, NotAnswerable, QuotaReached, WorkFailed, Unavailable),
        ),
    },
    openapi_extra=_BODY,
)
async def replan_optimization(
    optimization_id: OptimizationId, request: Request, parts: FromParts, caller: MayWrite, prefer: PreferHeader = None
) -> Response:
    """Plan the rest anew: accepted creators stay, declined ones are out, prices and the budget are new.

    The answer is an optimization of its own with `parent_id`. Its brief is the old one with the changes written into
    it as rules, prices and budget; it can be posted like any other, and gives the same plan. As with a posted brief,
    what takes longer than the wait is a 202.
    """
    received_at = datetime.now(UTC)
    preference = preference_of(request, prefer, parts.settings)
    again = await rejoined(request, parts, caller, preference)
    if again is not None:
        return again
    raw = await read_json_bytes(request, parts.settings.max_body_bytes)
    reading = partial(parts.reading.run, posted, parts.settings, caller.tenant_id, optimization_id, raw, received_at)
    return await queued(request, parts, caller, await parts.reading_turns.run(caller.tenant_id, reading), preference)

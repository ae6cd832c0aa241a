"""Exact prices at which offers enter or leave the best plan."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from app.api.asking import answered
from app.api.body import JSON, read_json_bytes
from app.api.caller import MayRead
from app.api.dependencies import FromParts, OptimizationId
from app.api.documented import problems
from app.api.paging import NO_PARAMETERS
from app.errors import (
    BodyTooLarge,
    InvalidParameter,
    InvalidRequest,
    MalformedJson,
    NotAnswerable,
    NotFound,
    Unavailable,
    UnsupportedMediaType,
    WorkFailed,
)
from app.services.questions.break_even import prices
from app.wire.break_even import BreakEven, BreakEvenRequest
from app.wire.request import read_request

router = APIRouter(prefix="/v1/optimizations", tags=["answers"])

_EXAMPLES: dict[str, Any] = {
    "minimal": {"summary": "minimal: one creator (after the minimal brief)", "value": {"creator_ids": ["anna"]}},
    "realistic": {
        "summary": "realistic: one who is chosen and one who is not (after the realistic brief)",
        "value": {"creator_ids": ["c25", "c01"]},
    },
    "infeasible": {
        "summary": "infeasible: nobody has such an id, which is an error (422)",
        "value": {"creator_ids": ["nobody"]},
    },
    "pinned": {
        "summary": "pinned: a creator whom a rule requires (after the pinned brief)",
        "value": {"creator_ids": ["ada"]},
    },
}
_BODY = {
    "requestBody": {
        "required": True,
        "description": "Whose prices are asked for. Unknown fields are errors.",
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/BreakEvenRequest"}, "examples": _EXAMPLES}},
    }
}


@router.post(
    "/{optimization_id}/break-even",
    summary="Ask for exact entry and drop-out prices",
    dependencies=[NO_PARAMETERS],
    response_model=BreakEven,
    response_description="One row per offer of the creators asked for.",
    responses=problems(
        *(MalformedJson, BodyTooLarge, UnsupportedMediaType, InvalidRequest, InvalidParameter),
        *(NotFound, NotAnswerable, Unavailable, WorkFailed),
    ),
    openapi_extra=_BODY,
)
async def ask_break_even_prices(
    optimization_id: OptimizationId, request: Request, parts: FromParts, caller: MayRead
) -> Response:
    """Find the highest price at which each offer of some creators is in the best plan, and what forcing it in costs.

    Each offer is solved for by itself. The whole request has the brief's `solver.time_limit`, shared evenly among what
    is left to solve; a row that its share was not enough for says `exact: false` or `loss_exact: false`, so ask for
    fewer creators then. Rules on spend and its shares count the offer at the price in question. Nothing is stored.
    """
    raw = await read_json_bytes(request, parts.settings.max_body_bytes)
    asked = read_request(raw, BreakEvenRequest)
    return await answered(parts, caller, optimization_id, partial(prices, creator_ids=asked.creator_ids))

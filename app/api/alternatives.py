"""Other good plans of an optimization."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from app.api.asking import answered
from app.api.caller import MayRead
from app.api.dependencies import FromParts, OptimizationId
from app.api.documented import problems
from app.api.paging import ListParameters
from app.errors import InvalidParameter, NotAnswerable, NotFound, Unavailable, WorkFailed
from app.services.questions.alternatives import alternatives
from app.wire.alternatives import (
    DEFAULT_DIFFERENCE,
    DEFAULT_NUMBER,
    MOST_DIFFERENCE,
    MOST_NUMBER,
    Alternatives,
)

router = APIRouter(prefix="/v1/optimizations", tags=["answers"])


class AlternativesQuery(ListParameters):
    """What the list of alternatives takes."""

    k: int = Field(default=DEFAULT_NUMBER, ge=1, le=MOST_NUMBER, description="Number of plans, the best one included.")
    min_difference: int = Field(
        default=DEFAULT_DIFFERENCE,
        ge=1,
        le=MOST_DIFFERENCE,
        description="Creators that must at least be in exactly one of any two of the plans; swapping one creator for "
        "another makes 2.",
    )


@router.get(
    "/{optimization_id}/alternatives",
    summary="The best plans that differ",
    response_model=Alternatives,
    response_description="The best plan first, then each the best of those that differ from all before it.",
    responses=problems(InvalidParameter, NotFound, NotAnswerable, Unavailable, WorkFailed),
)
async def get_optimization_alternatives(
    optimization_id: OptimizationId, parts: FromParts, caller: MayRead, query: Annotated[AlternativesQuery, Query()]
) -> Response:
    """Find the k best plans that differ from each other by some creators, under the brief's budget and rules.

    Each is proven, and has the brief's `solver.time_limit` for itself.
    """
    asking = partial(alternatives, k=query.k, min_difference=query.min_difference)
    return await answered(parts, caller, optimization_id, asking)

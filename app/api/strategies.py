"""Is less more? The comparison with other ways to plan."""

from fastapi import APIRouter, Response

from app.api.asking import answered
from app.api.caller import MayRead
from app.api.dependencies import FromParts, OptimizationId
from app.api.documented import problems
from app.api.paging import NO_PARAMETERS
from app.errors import InvalidParameter, NotAnswerable, NotFound, Unavailable, WorkFailed
from app.services.questions.strategies import strategies
from app.wire.strategies import Strategies

router = APIRouter(prefix="/v1/optimizations", tags=["answers"])


@router.get(
    "/{optimization_id}/strategies",
    summary="Is less more? Compare ways to plan",
    response_model=Strategies,
    response_description="One row per strategy, the best plan first.",
    dependencies=[NO_PARAMETERS],
    responses=problems(InvalidParameter, NotFound, NotAnswerable, Unavailable, WorkFailed),
)
async def get_optimization_strategies(optimization_id: OptimizationId, parts: FromParts, caller: MayRead) -> Response:
    """Compare the best plan with other ways to plan, all under the brief's budget and rules.

    Small creators only, mid ones only, big names only, the single largest name, highest engagement rate first, cheapest
    reach first, and planning as if audiences never overlapped. Each further solve has the brief's
    `solver.time_limit` for itself.
    """
    return await answered(parts, caller, optimization_id, strategies)

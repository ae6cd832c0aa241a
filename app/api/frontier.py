"""The budget curve of an optimization."""

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
from app.services.questions.frontier import frontier
from app.wire.frontier import DEFAULT_POINTS, MOST_POINTS, Frontier

router = APIRouter(prefix="/v1/optimizations", tags=["answers"])


class FrontierQuery(ListParameters):
    """What the budget curve takes."""

    points: int = Field(
        default=DEFAULT_POINTS,
        ge=1,
        le=MOST_POINTS,
        description="Number of budgets, in even steps up to twice the brief's budget; with an even number the brief's "
        "own budget is one of them.",
    )
    budgets: list[str] | None = Field(
        default=None,
        description="The budgets to solve for instead, money in the brief's currency: separated by commas, or the "
        f"parameter repeated; at most {MOST_POINTS}. `points` does nothing then.",
        examples=[["10000", "25000.00"]],
    )


@router.get(
    "/{optimization_id}/frontier",
    summary="What every budget would bring",
    response_model=Frontier,
    response_description="The best plan for each budget, smallest first, each with its proof.",
    responses=problems(InvalidParameter, NotFound, NotAnswerable, Unavailable, WorkFailed),
)
async def get_optimization_frontier(
    optimization_id: OptimizationId, parts: FromParts, caller: MayRead, query: Annotated[FrontierQuery, Query()]
) -> Response:
    """Solve the brief again for other budgets under the same rules: the best plan for each, with proof, and the knee.

    Each solve begins from its neighbour's plan and proof and has the brief's `solver.time_limit` for itself.
    """
    amounts = None if query.budgets is None else [text.strip() for part in query.budgets for text in part.split(",")]
    return await answered(parts, caller, optimization_id, partial(frontier, points=query.points, amounts=amounts))

"""The budget curve: what every budget would bring."""

from pydantic import Field

from app.wire.figures import Answer, Money
from app.wire.optimization import CostValue, NetValue, SolutionStatus, Totals

MOST_POINTS = 100
DEFAULT_POINTS = 20


class FrontierPoint(Answer):
    """The best plan for one budget under the rules of the brief."""

    budget: Money = Field(description="The budget of this point, in the brief's currency.")
    solution_status: SolutionStatus = Field(
        description="As in the optimization: `optimal` is proven to solver.relative_gap; `infeasible`: no plan can "
        "keep the rules within this budget."
    )
    value: NetValue | CostValue | None = Field(description="Value and proof, as in the result; null without a plan.")
    totals: Totals | None = Field(
        description="What the plan costs and brings, as in the result; null without a plan. `unspent` is of this "
        "budget."
    )


class Frontier(Answer):
    """The budget curve of a brief."""

    points: list[FrontierPoint] = Field(description="One row per budget, smallest budget first.")
    knee: Money | None = Field(
        description="The budget of the point where more money begins to bring much less: of all points the one "
        "highest above the line from the first plan of the curve to the last, both axes scaled to 0..1. Null where "
        "the curve is all but straight, has fewer than three plans, or the objective is cost."
    )

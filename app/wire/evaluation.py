"""What is said about a plan of the caller's own."""

from pydantic import Field

from app.wire.difference import PlanDifference
from app.wire.figures import Answer, Money, People
from app.wire.optimization import Issue, SolutionStatus, StopReason
from app.wire.result import Conflict, CostValue, MixRow, NetValue, SegmentRow, SelectionRow, Timings, Totals


class RuleCheckRow(Answer):
    """One rule against the plan, the budget and the goal among them."""

    name: str = Field(
        description="The rule's name, or rules/<index> where the brief gives none; `budget`, `goal`, and filters of "
        "the forecast have names of their own."
    )
    kind: str = Field(description="The rule's kind.")
    activity: int | float | Money | None = Field(
        description="What the rule measures in this plan: creators (a number), money (a decimal string), a share (0 "
        "to 1), or engaged people for the goal; null for a share of nothing. Filters: how many of the plan's offers "
        "they would remove."
    )
    min: int | float | Money | None = Field(description="Lower limit in the unit of activity; null where open.")
    max: int | float | Money | None = Field(description="Upper limit in the unit of activity; null where open.")
    holds: bool = Field(description="Whether the plan keeps it. Counts and money are compared exactly.")
    creator_ids: list[str] = Field(description="Of a filter that does not hold: the chosen creators it would remove.")


class Optimum(Answer):
    """The best plan under the same budget and rules."""

    solution_status: SolutionStatus = Field(description="As of an optimization: `optimal` is proven.")
    stop_reason: StopReason = Field(description="Why the solve ended.")
    value: NetValue | CostValue | None = Field(description="Value and proof; null where no plan keeps all rules.")
    totals: Totals | None = Field(description="What the best plan costs and brings; null without one.")
    conflicts: list[Conflict] = Field(
        description="When infeasible: a minimal set of rules that no plan can keep together. Else empty."
    )


class Evaluation(Answer):
    """The judge's figures for a plan, what it breaks, and how far it is from the best one."""

    feasible: bool = Field(description="Whether the plan keeps the budget and every rule.")
    violations: list[str] = Field(description="Names of the rules that it breaks; `budget` is the budget.")
    net_value: float = Field(
        description="Engaged reach minus waste aversion x waste, in engaged people, with the overlap counted once."
    )
    share_of_optimum: float | None = Field(
        description="What the plan brings of what is possible under the same budget and rules: its net value over the "
        "optimum's (0.84 is 84 %); when the objective is cost, the optimum's cost over the plan's. Above 1 only for a "
        "plan that breaks a rule, below 0 for one that does more harm than good. Null where there is no best plan or "
        "its net value is not above 0."
    )
    additive_would_claim: People = Field(
        description="The plain sum of what each offer reaches alone, weighted by relevance: what a spreadsheet without "
        "overlap promises, against totals.engaged_reach."
    )
    totals: Totals = Field(description="What the plan costs and brings; unspent is below 0 for what is over budget.")
    mix: list[MixRow] = Field(description="The plan by tier, smallest tier first.")
    segments: list[SegmentRow] = Field(description="The plan by segment of the target group, in the brief's order.")
    selection: list[SelectionRow] = Field(
        description="The plan's offers, by creator id. drop_out_price is null: it is a figure of the best plan."
    )
    rules: list[RuleCheckRow] = Field(description="The budget, the goal if there is one, and every rule.")
    optimum: Optimum = Field(description="The best plan of the same brief.")
    difference: PlanDifference | None = Field(
        description="From the plan (before) to the best one (after); null where there is none."
    )
    warnings: list[Issue] = Field(description="What is noteworthy about the brief; pointers are into the body.")
    timings: Timings = Field(description="Where the time went.")

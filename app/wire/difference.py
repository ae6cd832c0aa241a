"""What one plan has that another has not, with reasons."""

from pydantic import Field

from app.wire.figures import Answer, Money

KEPT = "`accepted` (it is signed), `in_both`"
DROPPED = (
    "`declined`, `price_raised`, `budget_cut` (these changed), or as for rejected offers at /creators: "
    "`price_above_budget`, `filtered:<rule>`, `other_offer_chosen`, `rule:<name>`, `audience_already_reached`, "
    "`low_on_target_share`, `better_value_elsewhere`"
)
ADDED = (
    "`other_offer_dropped` (instead of another offer of the creator), `price_lowered`, `budget_raised` and "
    "`money_freed` (it did not fit beside the plan before; by a larger budget, by what is dropped), "
    "`audience_open_again` (without what is dropped it engages at least 1 % more), "
    "`rules_need_it` (it brings nothing by itself), `worth_adding` (none of these)"
)


class DifferenceRow(Answer):
    """One offer that is in one of two plans, or in both."""

    creator_id: str = Field(description="The creator's id in the brief.")
    offer_id: str = Field(description="The offer's id in the brief.")
    landed_cost: Money = Field(description="Price plus surcharges, at the prices that hold now.")
    contribution: float = Field(
        description="Net value, in engaged people, that its plan loses without it: the plan before for what is "
        "dropped, the plan now for what is kept or added."
    )
    reasons: list[str] = Field(
        description=f"Stable codes, each of them true. Kept: {KEPT}. Dropped: {DROPPED}. Added: {ADDED}."
    )


class PlanFigures(Answer):
    """What a plan comes to."""

    net_value: float = Field(description="Engaged reach minus waste aversion x waste, in engaged people.")
    engaged_reach: float = Field(description="Engaged people of the target group, each once, weighted by relevance.")
    spend: Money = Field(description="Landed cost, at the prices that hold now.")
    creators: int = Field(description="Number of creators.", ge=0)


class PlanDifference(Answer):
    """From the plan before to the plan now. A creator who changes offers is in dropped and in added."""

    before: PlanFigures = Field(description="The plan before, at the prices that hold now.")
    after: PlanFigures = Field(description="The plan now.")
    kept: list[DifferenceRow] = Field(description="Offers of both plans, by creator id.")
    dropped: list[DifferenceRow] = Field(description="Offers of the plan before alone, by creator id.")
    added: list[DifferenceRow] = Field(description="Offers of the plan now alone, by creator id.")

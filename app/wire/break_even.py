"""Break-even prices: what a caller posts, and the exact prices that come back."""

from typing import Annotated

from pydantic import Field

from app.wire.creator_row import Decision
from app.wire.fields import Name, Posted
from app.wire.figures import Answer, Money

MOST_ASKED = 100


class BreakEvenRequest(Posted):
    """Whose prices are asked for."""

    creator_ids: Annotated[list[Name], Field(min_length=1, max_length=MOST_ASKED)] = Field(
        description=f"Ids of candidates of the brief, each once; at most {MOST_ASKED}. All their offers are answered.",
        examples=[["c17", "c4"]],
    )


class BreakEvenRow(Answer):
    """One offer with the price at which it enters or leaves the best plan. Prices are before surcharges."""

    creator_id: str = Field(description="The creator's id in the brief.")
    offer_id: str = Field(description="The offer's id in the brief.")
    decision: Decision = Field(description="Whether the plan has this offer now.")
    price: Money = Field(description="The offer's price in the brief.")
    entry_price: Money | None = Field(
        description="For an offer that is not in the plan: the highest price at which it is in the best plan, found by "
        "solving; at no higher price it is. Null when it is chosen, and when no price >= 0 would do (a filter that "
        "does not look at the price removes it, or it is not worth having even for nothing)."
    )
    drop_out_price: Money | None = Field(
        description="For an offer of the plan: the highest price at which it is still in the best plan; at no higher "
        "price it is. Below `price` where the plan is only as near to the best as solver.relative_gap asks. Null when "
        "it is not chosen."
    )
    exact: bool = Field(
        description="Whether the price is proven. False when the row's share of `solver.time_limit` ran out: then it "
        "is the highest one found at which the offer is in the best plan (one that is chosen: the price of now at "
        "least), or null, and a higher one may do too. Ask "
        "again for this creator alone, and the whole limit is there for it."
    )
    loss_if_forced: float | Money | None = Field(
        description="What the best plan with this offer, at its price, is worth less than the best plan: net value in "
        "engaged people, or money when the objective is cost. 0 when it is chosen; null when no plan within the "
        "budget and the rules has it. Found to solver.relative_gap, 1e-6 at most."
    )
    loss_exact: bool = Field(
        description="Whether the loss is proven. False when the row's share of `solver.time_limit` ran out: then it "
        "is at most this, or, where null, not known."
    )


class BreakEven(Answer):
    """Exact entry and drop-out prices of the creators asked for."""

    data: list[BreakEvenRow] = Field(
        description="One row per offer, in the order in which the creators were asked for, each by offer id."
    )

"""One offer of a brief after the solve: its forecast, and whether and why it is in the plan or not."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field
from pydantic_core import to_json

from app.wire.figures import Answer, Money, People, Share
from app.wire.result import Sources

Decision = Literal["chosen", "rejected"]


class OfferForecast(Answer):
    """What the offer brings if it is booked, delivery probability included."""

    single_post_reach: People = Field(
        description="People who see one post, genuine accounts only; for a bundle the sum over its items."
    )
    audience_pool: People = Field(description="People who can be reached at all, however many posts there are.")
    reach: People = Field(description="People who see at least one post.")
    contacts: People = Field(description="Views by people, repeats counted.")
    engaged: People = Field(description="People who engage at least once, in the target group or not.")
    engaged_by_segment: dict[str, float] = Field(
        description="Segment name -> people of the segment who engage at least once, not weighted by relevance."
    )
    waste: People = Field(description="Contacts outside the target group.")
    on_target_share: Share = Field(description="Share of the creator's audience in the target group, by relevance.")


class CreatorRow(Answer):
    """One offer with its decision. A creator with several offers has several rows."""

    creator_id: str = Field(description="The creator's id in the brief.")
    offer_id: str = Field(description="The offer's id in the brief.")
    decision: Decision = Field(description="Whether the plan has this offer. Without a plan every offer is rejected.")
    reasons: list[str] = Field(
        description="Why it is not in the plan, each of them true: `price_above_budget` (its landed cost alone exceeds "
        "the budget), `filtered:<rule>` (that rule removes it), `other_offer_chosen` (another offer of the creator is "
        "in the plan), `rule:<name>` (added to the plan it breaks that rule), `low_on_target_share` (with the plan's "
        "share of target group in its audience it would be worth its price), `audience_already_reached` (without the "
        "plan's overlap it would be worth its price), `better_value_elsewhere` (what it brings is worth less than "
        "the money for it brings in the plan). Empty when chosen, or when there is no plan to compare with.",
        examples=[["audience_already_reached", "rule:at most 40 creators"]],
    )
    landed_cost: Money = Field(description="Price plus the surcharges that apply: what counts against the budget.")
    entry_price: Money | None = Field(
        description="Estimate, from the prices of the proof, of the highest price (before surcharges) at which the "
        "offer would come into the best plan. Null when it is chosen, when no price >= 0 would do, and where money "
        "has no price."
    )
    loss_if_forced: float | Money | None = Field(
        description="Estimate, from the prices of the proof, of what the best plan is worth less when a rule requires "
        "this offer: net value in engaged people, or money when the objective is cost. The true loss is at least this, "
        "but for the gap of the relaxation. 0 when chosen; null when a filter removes it, its cost exceeds the "
        "budget, or there is no plan. `POST .../break-even` gives it exactly."
    )
    reply_rate: Share | None = Field(
        description="Share of followers' comments that the creator answers, as the brief states it; for information."
    )
    sources: Sources = Field(description="Which figures the forecast of this offer used.")
    forecast: OfferForecast = Field(description="What the offer brings.")


def rows_json(rows: Sequence[dict[str, Any]]) -> bytes:
    """A JSON list of rows that are not models yet, as they are kept."""
    return to_json(rows)

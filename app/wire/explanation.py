"""Why a plan is as it is: the chosen, what binds, and the others in short; or everything about one creator."""

from pydantic import Field

from app.wire.break_even import BreakEvenRow
from app.wire.creator_row import CreatorRow
from app.wire.figures import Answer, Money
from app.wire.result import RuleRow, SelectionRow, Totals


class ReasonCount(Answer):
    """A reason code and how many offers have it."""

    reason: str = Field(description="The code, as in `reasons` of the rows of `/creators`.")
    offers: int = Field(description="Number of offers that have it; an offer may have several.", ge=1)
    only: int = Field(description="Number of offers that have no other.", ge=0)


class Explanation(Answer):
    """Why these, what holds the plan back, and why not the others."""

    totals: Totals | None = Field(description="What the plan costs and brings; null without a plan.")
    selection: list[SelectionRow] = Field(description="The chosen offers, by creator id.")
    rules: list[RuleRow] = Field(description="Every rule of the brief against the plan, in the brief's order.")
    next_1000: float | None = Field(description="As in the result: what the next 1 000 units of the currency bring.")
    next_1000_people: Money | None = Field(description="As in the result: what 1 000 more engaged people cost.")
    reasons: list[ReasonCount] = Field(description="The reasons of the offers that are not chosen, most common first.")
    nearest: list[CreatorRow] = Field(
        description="Offers that are not chosen but would be at a price that is least below their own, as a share of "
        "it, nearest first; by the estimates of the proof."
    )


class OfferExplanation(Answer):
    """Everything about one offer."""

    row: CreatorRow = Field(description="Forecast, decision, reasons, and the estimates of the proof.")
    chosen: SelectionRow | None = Field(description="What it brings to the plan; null when it is not chosen.")
    break_even: BreakEvenRow = Field(description="The exact price at which it enters or leaves the plan.")


class CreatorExplanation(Answer):
    """Everything about one creator."""

    creator_id: str = Field(description="The creator's id in the brief.")
    tier: str = Field(description="Tier by followers, with the brief's bounds where it gives any.")
    followers: float = Field(description="Followers, as the brief states them.")
    platform: str = Field(description="The creator's platform.")
    country: str | None = Field(description="The creator's country; null where the brief states none.")
    offers: list[OfferExplanation] = Field(description="The creator's offers, by id.")

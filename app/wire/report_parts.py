"""What a report shows of a brief and of its creators, picked once from what may be very many rows; it is kept."""

from pydantic import Field

from app.wire.figures import Answer, Money, People, Share


class Named(Answer):
    """Who a creator is, as the brief says."""

    handle: str | None = Field(description="Name for people.")
    platform: str = Field(description="The creator's platform.")
    followers: int = Field(description="Followers, those that are not genuine included.")


class NearMiss(Answer):
    """An offer of a creator who is not in the plan."""

    creator_id: str = Field(description="The creator's id in the brief.")
    offer_id: str = Field(description="The offer's id in the brief.")
    price: Money = Field(description="The offer's price, before surcharges.")
    entry_price: Money | None = Field(description="The price at which it would come in, as in the creator's row.")
    loss_if_forced: float | Money | None = Field(description="As in the creator's row.")
    reasons: list[str] = Field(description="As in the creator's row.")


class Bubble(Answer):
    """One offer in the chart of reach against waste."""

    reach: People = Field(description="People who see at least one post.")
    waste: People = Field(description="Contacts outside the target group.")
    cost: float = Field(description="Landed cost, for the size of the bubble.")
    chosen: bool = Field(description="Whether it is in the plan.")


class ReportBasis(Answer):
    """What the report takes from the brief and from the rows of /creators."""

    currency: str = Field(description="ISO 4217 code.")
    budget: Money = Field(description="The brief's budget.")
    candidates: int = Field(description="Number of creators in the brief.")
    offers: int = Field(description="Number of offers in the brief.")
    waste_aversion: float | None = Field(description="Engaged people per wasted contact; null when cost is minimised.")
    goal: float | None = Field(description="Engaged reach that has to be reached, when cost is minimised; else null.")
    duplication: float = Field(description="How much more than by chance audiences overlap.")
    confidence: Share | None = Field(description="As in the brief.")
    relative_gap: float = Field(description="The gap that the brief asks for.")
    names: dict[str, Named] = Field(description="Creator id -> who it is, of the creators that the report names.")
    near_misses: list[NearMiss] = Field(description="The nearest first.")
    bubbles: list[Bubble] = Field(description="Chosen offers first.")

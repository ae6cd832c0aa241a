"""What other plans than the answered one choose."""

from pydantic import Field

from app.wire.figures import Answer, Money


class ChosenOffer(Answer):
    """One offer of a plan."""

    creator_id: str = Field(description="The creator's id in the brief.")
    offer_id: str = Field(description="The chosen offer's id in the brief.")
    tier: str = Field(description="Tier by followers, with the brief's bounds where it gives any.")
    price: Money = Field(description="The offer's price in the brief, before surcharges.")
    landed_cost: Money = Field(description="Price plus the surcharges that apply: what counts against the budget.")

"""What a caller posts to replan an optimization: what has happened since, and how much may change."""

from typing import Annotated

from pydantic import Field

from app.wire.fields import WHOLE, Money, Name, NullIs, Posted
from app.wire.rules import MOST_CREATORS, MOST_LISTED

_Ids = Annotated[list[Name], Field(max_length=MOST_LISTED), NullIs(list)]


class NewPrice(Posted):
    """A price that is another by now."""

    creator_id: Name = Field(description="Id of a candidate that is not signed.", examples=["c17"])
    offer_id: Name | None = Field(
        default=None,
        description="Id of one of its offers; may be absent where the creator has only one.",
        examples=["1 reel"],
    )
    price: Money = Field(
        description="The new price of the whole offer before surcharges, money in the brief's currency, 0 or more.",
        examples=["520.00"],
    )


class ReplanRequest(Posted):
    """What has happened since the plan was made. Everything may be absent: then the plan is the same."""

    accepted: _Ids = Field(
        default_factory=list,
        description="Creators of the plan who have signed: the chosen offer stays in every plan from here on, at its "
        "price, and counts in the budget. Absent: nobody.",
        examples=[["c17"]],
    )
    declined: _Ids = Field(
        default_factory=list,
        description="Creators who are out, in the plan or not; signed ones cannot be. Absent: nobody.",
        examples=[["c18"]],
    )
    prices: Annotated[list[NewPrice], Field(max_length=MOST_LISTED), NullIs(list)] = Field(
        default_factory=list,
        description="Prices that have changed; what is signed cannot be priced anew. Absent: none.",
    )
    budget: Money | None = Field(
        default=None,
        description="The new budget for everything, what is signed included, money in the brief's currency, 0 or more. "
        "Absent: as before.",
        examples=["30000.00"],
    )
    max_changes: Annotated[int, Field(ge=0, le=MOST_CREATORS), WHOLE] | None = Field(
        default=None,
        description="Most changes to what is left of the plan without who declined: each creator that is dropped, "
        "each that is added, and each that is kept with another offer is one; 0 or more. Absent: as many as pay.",
        examples=[3],
    )

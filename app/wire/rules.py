"""The rules of a brief as they are posted, one model per set of fields, told apart by ``kind``."""

from typing import Annotated, Literal

from pydantic import Field

from app.wire.fields import MOST_PEOPLE, WHOLE, ExactShare, Money, Name, Posted, Share
from app.wire.where import Where

MOST_CREATORS = 1_000_000_000
MOST_LISTED = 100_000

_KIND = "What the rule does; it says which other fields there are."
_WHERE = "Which offers the rule is about; absent or null: all."
Ids = Annotated[list[Name], Field(min_length=1, max_length=MOST_LISTED)]


class _Rule(Posted):
    name: Name | None = Field(
        default=None,
        description="Name of the rule in every answer, unique in the brief; absent: `rules/<index>`. "
        "`budget`, `goal` and `unknown_audience` are taken. 1 to 200 characters.",
        examples=["at most 40 creators"],
    )


class CountRule(_Rule):
    """How many creators with a matching offer are chosen. At least one of min and max is needed."""

    kind: Literal["count"] = Field(description=_KIND)
    where: Where | None = Field(default=None, description=_WHERE)
    min: Annotated[int, Field(ge=0, le=MOST_CREATORS), WHOLE] | None = Field(
        default=None, description="Fewest creators, a whole number of 0 or more; absent: no lower side.", examples=[3]
    )
    max: Annotated[int, Field(ge=0, le=MOST_CREATORS), WHOLE] | None = Field(
        default=None, description="Most creators, a whole number of 0 or more; absent: no upper side.", examples=[40]
    )


class SpendRule(_Rule):
    """What the matching chosen offers cost together, surcharges included. At least one of min and max is needed."""

    kind: Literal["spend"] = Field(description=_KIND)
    where: Where | None = Field(default=None, description=_WHERE)
    min: Money | None = Field(
        default=None,
        description="Least spend in the brief's currency, money, 0 or more; absent: no lower side.",
        examples=["1000.00"],
    )
    max: Money | None = Field(
        default=None,
        description="Most spend in the brief's currency, money, 0 or more; absent: no upper side.",
        examples=["5000.00"],
    )


class SpendShareRule(_Rule):
    """The share of what is spent that goes to the matching offers. At least one of min and max is needed."""

    kind: Literal["spend_share"] = Field(description=_KIND)
    where: Where | None = Field(default=None, description=_WHERE)
    min: ExactShare | None = Field(
        default=None,
        description="Least share of the spend, 0 to 1 (0.4 is 40 %); absent: no lower side.",
        examples=[0.4],
    )
    max: ExactShare | None = Field(
        default=None,
        description="Most share of the spend, 0 to 1 (0.6 is 60 %); absent: no upper side.",
        examples=[0.6],
    )


class WasteShareRule(_Rule):
    """The share of all contacts of the plan that are with people outside the target group."""

    kind: Literal["waste_share"] = Field(description=_KIND)
    max: Share = Field(description="Most waste as a share of contacts, 0 to 1 (0.6 is 60 %).", examples=[0.6])


class MaxCostPerCreatorRule(_Rule):
    """Takes out offers whose landed cost (price and surcharges) is higher."""

    kind: Literal["max_cost_per_creator"] = Field(description=_KIND)
    where: Where | None = Field(default=None, description=_WHERE)
    max: Money = Field(
        description="Highest landed cost of one offer in the brief's currency, money, 0 or more.", examples=["2500.00"]
    )


class MinShareRule(_Rule):
    """Takes out creators whose share is lower, or who do not state it.

    min_on_target_share: the relevance-weighted share of the audience in the target group, as forecast.
    min_genuine_share and min_reply_rate: as stated by the candidate.
    """

    kind: Literal["min_on_target_share", "min_genuine_share", "min_reply_rate"] = Field(description=_KIND)
    where: Where | None = Field(default=None, description=_WHERE)
    min: Share = Field(description="Lowest share that stays, 0 to 1 (0.2 is 20 %).", examples=[0.2])


class MinFollowersRule(_Rule):
    """Takes out creators with fewer followers."""

    kind: Literal["min_followers"] = Field(description=_KIND)
    where: Where | None = Field(default=None, description=_WHERE)
    min: Annotated[float, Field(ge=0, le=MOST_PEOPLE)] = Field(
        description="Fewest followers that stay, people, 0 or more.", examples=[5000]
    )


class MaxFollowersRule(_Rule):
    """Takes out creators with more followers."""

    kind: Literal["max_followers"] = Field(description=_KIND)
    where: Where | None = Field(default=None, description=_WHERE)
    max: Annotated[float, Field(ge=0, le=MOST_PEOPLE)] = Field(
        description="Most followers that stay, people, 0 or more.", examples=[500000]
    )


class RequireRule(_Rule):
    """The creator is in the plan; with offer_id, by that offer."""

    kind: Literal["require"] = Field(description=_KIND)
    creator_id: Name = Field(
        description="Id of a candidate of this brief; an unknown id is an error.", examples=["c17"]
    )
    offer_id: Name | None = Field(
        default=None,
        description="Id of one of its offers; absent: any of them. An unknown id is an error.",
        examples=["1 reel"],
    )


class ExcludeRule(_Rule):
    """The creator is not in the plan; with offer_id, only that offer is out."""

    kind: Literal["exclude"] = Field(description=_KIND)
    creator_id: Name = Field(description="Id of a candidate; an unknown id is a warning.", examples=["c17"])
    offer_id: Name | None = Field(
        default=None,
        description="Id of one of its offers; absent: all of them. An unknown id is a warning.",
        examples=["1 reel"],
    )


class OneOfRule(_Rule):
    """At most one, or at least one, of some creators is in the plan. Exactly one of creator_ids and where is needed."""

    kind: Literal["at_most_one_of", "at_least_one_of"] = Field(description=_KIND)
    creator_ids: Ids | None = Field(
        default=None,
        description="The creators, 1 to 100 000 ids, instead of where; an unknown id is a warning.",
        examples=[["c17", "c18"]],
    )
    where: Where | None = Field(default=None, description="Which creators, by their offers, instead of creator_ids.")


class OnlyWithRule(_Rule):
    """The creator is chosen only together with all the others."""

    kind: Literal["only_with"] = Field(description=_KIND)
    creator_id: Name = Field(description="Id of a candidate; an unknown id is an error.", examples=["c17"])
    with_: Ids = Field(
        alias="with",
        description="Ids of candidates that must all be chosen too; an unknown id is an error.",
        examples=[["c18"]],
    )


class PlannedOffer(Posted):
    """An offer of somebody's plan."""

    creator_id: Name = Field(description="Id of a candidate of the brief.", examples=["c17"])
    offer_id: Name | None = Field(
        default=None,
        description="Id of one of its offers; may be absent where the creator has only one.",
        examples=["1 reel"],
    )


class MaxChangesRule(_Rule):
    """The plan is near a given one: at most so many changes.

    Each creator of the given plan that is not chosen, each that is chosen with another offer than the given one, and
    each chosen creator that is not of the given plan is one change.
    """

    kind: Literal["max_changes"] = Field(description=_KIND)
    from_: Annotated[list[PlannedOffer], Field(max_length=MOST_LISTED)] = Field(
        alias="from",
        description="The given plan: its offers, each creator once. Where offer_id is absent any offer of the creator "
        "is no change. An unknown id is an error.",
        examples=[[{"creator_id": "c17", "offer_id": "1 reel"}]],
    )
    max: Annotated[int, Field(ge=0, le=MOST_CREATORS), WHOLE] = Field(
        description="Most changes, a whole number of 0 or more.", examples=[3]
    )


Rule = Annotated[
    CountRule
    | SpendRule
    | SpendShareRule
    | WasteShareRule
    | MaxCostPerCreatorRule
    | MinShareRule
    | MinFollowersRule
    | MaxFollowersRule
    | RequireRule
    | ExcludeRule
    | OneOfRule
    | OnlyWithRule
    | MaxChangesRule,
    Field(discriminator="kind"),
]

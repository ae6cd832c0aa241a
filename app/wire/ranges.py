"""How sure the figures of a plan are: what most of many draws of rates, reach and delivery come to."""

from pydantic import Field

from app.wire.figures import Answer, Money, People, Share

_P10, _P50, _P90 = (
    "One draw in ten is at most this, in the unit of the range.",
    "Half of the draws are at most this, in the unit of the range.",
    "Nine in ten are at most this, in the unit of the range.",
)
_MEAN = "Mean of the draws, in the unit of the range."


class PeopleRange(Answer):
    """A range of people or contacts."""

    p10: People = Field(description=_P10)
    p50: People = Field(description=_P50)
    p90: People = Field(description=_P90)


class PriceRange(Answer):
    """A range of a price per person; null where nobody engages, since nobody has no price."""

    p10: Money | None = Field(description=_P10)
    p50: Money | None = Field(description=_P50)
    p90: Money | None = Field(description=_P90)


class CountRange(Answer):
    """A range of a count, with its mean; a count of orders need not be whole."""

    expected: People = Field(description=_MEAN)
    p10: People = Field(description=_P10)
    p50: People = Field(description=_P50)
    p90: People = Field(description=_P90)


class MoneyRange(Answer):
    """A range of an amount in the brief's currency, with its mean."""

    expected: Money = Field(description=_MEAN)
    p10: Money = Field(description=_P10)
    p50: Money = Field(description=_P50)
    p90: Money = Field(description=_P90)


class RatioRange(Answer):
    """A range of a ratio of two amounts, with its mean."""

    expected: float = Field(description=_MEAN, json_schema_extra={"minimum": 0})
    p10: float = Field(description=_P10, json_schema_extra={"minimum": 0})
    p50: float = Field(description=_P50, json_schema_extra={"minimum": 0})
    p90: float = Field(description=_P90, json_schema_extra={"minimum": 0})


class GoalChance(Answer):
    """How likely a stated goal is."""

    engaged_reach: People = Field(
        description="The goal: objective.goal_engaged_reach, or min_engaged_reach when the brief minimises cost."
    )
    chance: Share = Field(description="Share of the draws in which the plan engages at least so many people.")


class ConversionRanges(Answer):
    """What the engaged people are expected to buy, by the brief's `conversion`."""

    orders: CountRange = Field(
        description="conversion.rate x engaged reach: the orders to expect of so many people, without the luck of the "
        "single order."
    )
    revenue: MoneyRange = Field(description="Orders x conversion.order_value.")
    roas: RatioRange | None = Field(description="Return on ad spend: revenue / spend; null where nothing is spent.")


class Ranges(Answer):
    """What the plan may come to: p10, p50 and p90 of seeded draws.

    In each draw every chosen creator gets an engagement rate from its posterior (whatever objective.confidence), a
    reach around its forecast (log-sd 0.3, mean kept), and posts or not by its delivery_probability; the engaged
    people of the draw are counted once by the plan's own formula. Audience shares, sizes of segments and prices are
    taken as they are, and the luck of the single post is not drawn.
    """

    engaged_reach: PeopleRange = Field(
        description="As totals.engaged_reach, in the draws. Where a creator's reach caps its engaged people, or "
        "several posts engage the same ones, the draws are lower on average than the forecast."
    )
    waste: PeopleRange = Field(description="As totals.waste, in the draws.")
    cost_per_engaged_person: PriceRange = Field(
        description="spend / engaged reach, so its p10 goes with the p90 of engaged reach. Creators who do not post "
        "are paid for all the same. Null where nobody engages."
    )
    goal: GoalChance | None = Field(description="The chance of the brief's goal; null where it states none.")
    conversion: ConversionRanges | None = Field(
        description="Orders, revenue and ROAS; null without `conversion` in the brief."
    )
    draws: int = Field(description="Number of draws.", ge=1)
    seed: int = Field(description="solver.seed, which they are drawn from: same brief and seed, same ranges.", ge=0)

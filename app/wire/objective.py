"""What a plan is for, what adds to its price, and how long to look for it."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from app.wire.fields import WHOLE, Duration, ExactRate, Money, Name, NullIs, Posted, Share
from app.wire.where import Where
from optimizer.solution import Limits

DEFAULT_WASTE_AVERSION = 0.01
LARGEST_WASTE_AVERSION = 1e9
DEFAULT_TIME_LIMIT = timedelta(seconds=30)


def _positive(text: str) -> str:
    if not text.strip("0."):
        raise PydanticCustomError("out_of_range", "Expected an amount above 0, received 0.")
    return text


class Objective(Posted):
    """Most engaged reach for the budget (the default), or an engaged reach for the least money."""

    maximise: Literal["net_engaged_reach"] | None = Field(
        default=None,
        description="Most net value: engaged people minus waste_aversion times wasted contacts. The default.",
        examples=["net_engaged_reach"],
    )
    minimise: Literal["cost"] | None = Field(
        default=None,
        description="Instead of maximise: the least cost with which `min_engaged_reach` is reached. Absent: maximise.",
    )
    min_engaged_reach: Annotated[float, Field(ge=0, le=1e12)] | None = Field(
        default=None,
        description="With `minimise`: engaged people of the target group to reach, each counted once and weighted by "
        "relevance, 0 or more. Needed there.",
        examples=[5000],
    )
    goal_engaged_reach: Annotated[float, Field(ge=0, le=1e12)] | None = Field(
        default=None,
        description="With `maximise`: engaged people that you hope for, counted as in min_engaged_reach, 0 or more. It "
        "changes nothing in the plan; the answer says how likely it is (`result.ranges.goal`). Absent: no goal.",
        examples=[15000],
    )
    waste_aversion: Annotated[float, Field(ge=0, le=LARGEST_WASTE_AVERSION)] | None = Field(
        default=None,
        description="Engaged people one gives up to avoid one wasted contact, 0 or more. Absent: derived from the two "
        "amounts below, and else 0.01, the product's default: one engaged person outweighs 100 wasted contacts. "
        "No study gives it: it is a wish, so try several.",
        examples=[0.01],
    )
    cost_per_wasted_contact: Money | None = Field(
        default=None,
        description="Instead of waste_aversion: what one wasted contact costs, in the brief's currency; it may be "
        "finer than the currency (a CPM of 10 per thousand contacts is 0.01). 0 or more. "
        "Goes with value_per_engaged_person.",
        examples=["0.01"],
    )
    value_per_engaged_person: Annotated[Money, AfterValidator(_positive)] | None = Field(
        default=None,
        description="With cost_per_wasted_contact, instead of waste_aversion: what one engaged person is worth, in "
        "the brief's currency, above 0. waste_aversion = cost_per_wasted_contact / value_per_engaged_person.",
        examples=["1.00"],
    )
    duplication: Annotated[float, Field(ge=1, le=1e6), NullIs(lambda: 1.0)] = Field(
        default=1.0,
        description="How many times more than by chance the audiences of two creators overlap, 1 or more. Absent or "
        "null: 1, the product's default: independent audiences (Sainsbury's formula). Fans of one niche overlap more.",
        examples=[1.2],
    )
    confidence: Annotated[float, Field(ge=0.5, le=0.99)] | None = Field(
        default=None,
        description="Count on the engagement rate that each creator brings with this probability, 0.5 to 0.99. "
        "Absent: the expected rate (neither caution nor hope).",
        examples=[0.8],
    )

    def aversion(self) -> float:
        """Waste aversion in engaged people per contact, from whichever form was posted."""
        if self.cost_per_wasted_contact is not None and self.value_per_engaged_person is not None:
            return float(Decimal(self.cost_per_wasted_contact) / Decimal(self.value_per_engaged_person))
        return DEFAULT_WASTE_AVERSION if self.waste_aversion is None else self.waste_aversion


class Conversion(Posted):
    """What engaged people are worth to you. It changes nothing in the plan; the answer then has orders and ROAS."""

    rate: Share = Field(
        description="Orders per engaged person of the target group, 0 to 1 (0.01 is one in a hundred).", examples=[0.01]
    )
    order_value: Money = Field(description="Revenue of one order, money, 0 or more.", examples=["120.00"])


class Surcharge(Posted):
    """Something that is paid on top of prices. At least one of rate and fixed is needed."""

    name: Name = Field(description="Name, unique among surcharges, 1 to 200 characters.", examples=["agency fee"])
    rate: ExactRate | None = Field(
        default=None, description="Share of the price, 0 to 10 (0.1 is 10 %). Absent: none.", examples=[0.1]
    )
    fixed: Money | None = Field(
        default=None,
        description="Amount per offer in the brief's currency, money, 0 or more. Absent: none.",
        examples=["25.00"],
    )
    where: Where | None = Field(default=None, description="Which offers it is paid for; absent or null: all.")


class Solver(Posted):
    """How long and how closely to look."""

    time_limit: Annotated[Duration, NullIs(lambda: DEFAULT_TIME_LIMIT)] = Field(
        default=DEFAULT_TIME_LIMIT,
        description="Longest solve as an ISO 8601 duration of days, hours, minutes and seconds, PT0.001S to PT24H; the "
        "best plan so far is the answer when it runs out. Absent or null: PT30S, the "
        "product's default.",
        examples=["PT30S"],
    )
    relative_gap: Annotated[float, Field(ge=0, le=1), NullIs(lambda: 1e-6)] = Field(
        default=1e-6,
        description="Stop when the plan is proven to be within this share of the best possible, 0 to 1. "
        "Below 1e-8 plan and bound differ by rounding alone; a search that ran to its end then reports 0. "
        "Absent or null: 1e-6, the product's default, far below what the figures of a brief are good for.",
        examples=[1e-6],
    )
    seed: Annotated[int, Field(ge=0, le=2**31 - 1), WHOLE, NullIs(lambda: 1)] = Field(
        default=1,
        description="Seed of the solver, 0 to 2147483647; same brief and seed, same plan. Absent or null: 1, the "
        "product's default; any other will do.",
        examples=[1],
    )

    def limits(self) -> Limits:
        """The same as the optimizer takes it."""
        return Limits(self.time_limit.total_seconds(), self.relative_gap, self.seed)

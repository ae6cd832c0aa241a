"""The brief: what a caller posts to have a campaign planned."""

from typing import Annotated

from pydantic import Field

from app.wire.candidate import Candidate
from app.wire.fields import MOST_PEOPLE, Money, Name, NullIs, Posted, WebhookUrl
from app.wire.objective import Conversion, Objective, Solver, Surcharge
from app.wire.rules import Rule
from app.wire.target import Target

MOST_RULES = 20_000
MOST_CANDIDATES = 100_000

TierBound = Annotated[float, Field(ge=0, le=MOST_PEOPLE)]


class BriefHead(Posted):
    """A brief without its candidates."""

    label: Name | None = Field(
        default=None,
        description="Free text to find the optimization by, 1 to 200 characters. Absent: none.",
        examples=["Trail shoe launch"],
    )
    currency: Annotated[str, Field(min_length=3, max_length=3)] = Field(
        description="ISO 4217 code in capitals, of all money in the brief.", examples=["EUR"]
    )
    budget: Money = Field(
        description="Most that may be spent, surcharges included, money in the brief's currency, 0 or more.",
        examples=["25000.00"],
    )
    target: Target = Field(description="Who should engage.")
    objective: Annotated[Objective, NullIs(Objective)] = Field(
        default_factory=Objective, description="What the plan is for. Absent: most net engaged reach."
    )
    conversion: Conversion | None = Field(
        default=None,
        description="What engaged people buy, for expected orders, revenue and ROAS with their ranges. Absent: none.",
    )
    surcharges: Annotated[list[Surcharge], Field(max_length=50), NullIs(list)] = Field(
        default_factory=list, description="What is paid on top of prices, at most 50. Absent: nothing."
    )
    tiers: Annotated[dict[Name, TierBound], Field(min_length=1, max_length=50)] | None = Field(
        default=None,
        description="Tier name to lowest number of followers, 0 or more, replaces the whole table; the lowest bound is "
        "0. For rules, where and mix only: benchmarks keep the standard bounds. Absent: nano 0, micro 10 000, "
        "mid 100 000, macro 500 000, mega 1 000 000, the bounds that the benchmarks use.",
        examples=[{"small": 0, "large": 50000}],
    )
    rules: Annotated[list[Rule], Field(max_length=MOST_RULES), NullIs(list)] = Field(
        default_factory=list, description="What a plan has to keep, at most 20 000 rules. Absent: the budget alone."
    )
    webhook_url: WebhookUrl | None = Field(
        default=None,
        description="Where to POST one signed event when the optimization has ended, see docs/how-to/webhooks.md: "
        "https, a public host, port 443 or 1024 and above, at most 2000 characters; only where the service has a "
        "CREATORMIX_WEBHOOK_SECRET. Absent: only registered endpoints are told.",
        examples=["https://hooks.example.com/creatormix"],
    )
    solver: Annotated[Solver, NullIs(Solver)] = Field(
        default_factory=Solver,
        description="How long and how closely to look. Absent: 30 seconds, to a millionth, the product's defaults.",
    )


class Brief(BriefHead):
    """A budget, a target group and candidates, with the wishes of the one who pays."""

    candidates: Annotated[list[Candidate], Field(min_length=1)] = Field(
        description="The creators to choose from, at least 1, at most 100 000 (a setting)."
    )

"""The result of an optimization: the plan, its proof and what stands behind it."""

from typing import Literal

from pydantic import Field

from app.wire.difference import PlanDifference
from app.wire.figures import Answer, Money, People, Share
from app.wire.ranges import Ranges
from app.wire.relaxation import Relaxation

RateSource = Literal["benchmark", "observed, shrunk", "observed"]
ReachSource = Literal["expected_reach", "average_reach", "average_views", "reach_rate", "benchmark"]


class NetValue(Answer):
    """What the plan is worth, and the proof of how much better any other plan could be."""

    net: float = Field(
        description="Engaged reach minus waste aversion x waste, in engaged people. The judge's figure for this plan."
    )
    best_bound: float | None = Field(
        description="No plan within the rules has a higher net value. Engaged people; null where nothing is proven."
    )
    relative_gap: float | None = Field(
        description="(best_bound - net) / max(|net|, 1e-9): the most that is lost to the best plan, as a share. "
        "`optimal` means at most solver.relative_gap. Null without a bound.",
        json_schema_extra={"minimum": 0},
    )


class CostValue(Answer):
    """What the cheapest plan that reaches the goal costs, and the proof of how much cheaper any other could be."""

    cost: Money = Field(description="Landed cost of the plan, in the brief's currency.")
    best_bound: Money | None = Field(
        description="No plan that reaches the goal within the rules costs less; null where nothing is proven."
    )
    relative_gap: float | None = Field(
        description="(cost - best_bound) / max(cost, 1e-9), before best_bound was rounded to the currency's decimals.",
        json_schema_extra={"minimum": 0},
    )


class Totals(Answer):
    """What the whole plan costs and brings."""

    spend: Money = Field(description="Landed cost of all that is chosen, surcharges included.")
    unspent: Money = Field(description="Budget minus spend.")
    creators: int = Field(description="Number of creators chosen; each has exactly one offer in the plan.", ge=0)
    reach_gross: People = Field(
        description="Sum over the chosen offers of the people who see at least one of its posts; people who follow "
        "several chosen creators count several times."
    )
    contacts: People = Field(description="Views by people, repeats counted.")
    engaged_reach: People = Field(
        description="People of the target group who engage at least once, each counted once over the whole plan, "
        "weighted by the relevance of their segment."
    )
    waste: People = Field(description="Contacts outside the target group, repeats counted.")
    waste_share: Share | None = Field(description="waste / contacts; null where there are no contacts.")
    cost_per_engaged_person: Money | None = Field(
        description="spend / engaged_reach, rounded to the currency's decimals; null where nobody engages."
    )


class MixRow(Answer):
    """What is chosen of one tier. Tiers of which nothing is chosen are not listed."""

    tier: str = Field(description="Tier by followers, with the brief's bounds where it gives any.")
    creators: int = Field(description="Number of creators chosen.", ge=1)
    spend: Money = Field(description="Landed cost of the tier's chosen offers.")
    spend_share: Share | None = Field(description="spend / spend of the plan; null where nothing is spent.")
    engaged_reach: People = Field(
        description="What the tier's chosen offers reach without the other tiers, overlap within the tier counted "
        "once, weighted by relevance. Tiers overlap with each other, so the rows do not add up to the plan's total."
    )
    waste: People = Field(description="Contacts outside the target group.")
    reply_rate: Share | None = Field(
        description="Mean over the tier's chosen creators that state it of the share of comments they answer; "
        "shown for information, no formula uses it. Null where none states it."
    )


class SegmentRow(Answer):
    """What the plan reaches of one segment of the target group."""

    name: str = Field(description="The segment's name in the brief.")
    size: float | None = Field(description="People in the segment; null where the brief gives no size.")
    engaged_reach: People = Field(
        description="People of the segment who engage at least once, each counted once, not weighted by relevance. "
        "Without a size overlap is not modelled and this is the plain sum."
    )
    covered_share: Share | None = Field(description="engaged_reach / size; null without a size.")
    additive_would_claim: People = Field(
        description="The plain sum of what each chosen offer reaches alone: what planning without overlap promises."
    )


class Sources(Answer):
    """Which figures of a creator the forecast used."""

    reach: ReachSource = Field(
        description="Strongest known: expected_reach of the offer, average_reach, average_views or reach_rate of the "
        "creator, else benchmark. For a bundle the weakest of its items."
    )
    engagement: RateSource = Field(
        description="`observed, shrunk`: the creator's rate, drawn towards accounts of its platform and size; "
        "`observed`: the rate as stated, since no benchmark fits; `benchmark`: no rate was stated."
    )


class SelectionRow(Answer):
    """One chosen offer, and why."""

    creator_id: str = Field(description="The creator's id in the brief.")
    offer_id: str = Field(description="The chosen offer's id in the brief.")
    tier: str = Field(description="Tier by followers, with the brief's bounds where it gives any.")
    price: Money = Field(description="The offer's price in the brief, before surcharges.")
    landed_cost: Money = Field(description="Price plus the surcharges that apply: what counts against the budget.")
    engaged_reach_alone: People = Field(
        description="Engaged people of the target group if this offer were the whole plan, weighted by relevance."
    )
    contribution: float = Field(
        description="Net value, in engaged people, that is lost when this creator is taken out and the rest stays. "
        "Exact; negative where a rule forces the creator in."
    )
    cost_per_engaged_person: Money | None = Field(
        description="landed_cost / engaged_reach_alone, rounded to the currency's decimals; null where nobody engages."
    )
    cpm: Money | None = Field(
        description="Landed cost of 1 000 contacts, in the target group or not; null where there are no contacts."
    )
    waste: People = Field(description="Contacts of the offer outside the target group.")
    on_target_share: Share = Field(description="Share of the creator's audience in the target group, by relevance.")
    drop_out_price: Money | None = Field(
        description="Estimate, from the prices of the proof, of the highest price (before surcharges) at which the "
        "creator still belongs in the best plan. Null where money has no price: the budget does not bind, or "
        "a rule requires the creator."
    )
    reply_rate: Share | None = Field(
        description="Share of followers' comments that the creator answers, as the brief states it; for information."
    )
    sources: Sources = Field(description="Which figures the forecast of this offer used.")


class RuleRow(Answer):
    """One rule of the brief against the plan."""

    name: str = Field(description="The rule's name, or rules/<index> where the brief gives none.")
    kind: str = Field(description="The rule's kind.")
    activity: int | float | Money | None = Field(
        description="What the rule measures in this plan: creators (a number), money (a decimal string) or a share "
        "(0 to 1); null for a share of nothing."
    )
    min: int | float | Money | None = Field(description="Lower limit in the unit of activity; null where open.")
    max: int | float | Money | None = Field(description="Upper limit in the unit of activity; null where open.")
    slack: int | float | Money | None = Field(
        description="Distance from activity to the nearest limit, in the unit of activity, 0 or more. Null for a share "
        "of nothing and for rules without a figure of their own (filters, require, only_with). The budget's is "
        "totals.unspent."
    )
    binding: bool = Field(
        description="Whether the rule holds the plan back. Rules on numbers of creators: it stands at a limit. Rules "
        "on money and shares, which whole offers rarely meet exactly, and only_with: the proof puts a price on it. "
        "require: by the prices of the proof the creator would not be chosen otherwise. Filters: it removes an offer "
        "that is worth more than it costs."
    )
    next_unit: float | Money | None = Field(
        description="Net value that one more unit of the limit would bring, by the prices of the proof: one creator, "
        "one unit of the currency, or one percentage point of a share. When the objective is cost: the money that it "
        "would save, a decimal string. An estimate for small changes: prices treat "
        "offers as divisible, so whole ones mostly bring less and, where something dear just fits, for once more. "
        "Negative at a lower limit, 0 where the rule does not bind. Null where there is no such unit (filters, "
        "require, only_with), where the limit cannot be moved further, and without a price in the proof."
    )


class Conflict(Answer):
    """One of a minimal set of rules that clash: without any one of them a plan can keep the others of the set."""

    name: str = Field(description="The rule's name; `budget` is the budget, `goal` the engaged reach asked for.")
    kind: str = Field(description="The rule's kind; `budget` and `goal` are their own.")


class AssumptionRow(Answer):
    """A default that the forecast used because the brief does not say."""

    name: str = Field(description="What was assumed, and for which accounts.", examples=["reach_rate instagram/reel"])
    value: float = Field(description="The figure, in the unit that its name has in the brief or in /v1/benchmarks.")
    source: str = Field(description="Where the figure comes from.")
    creators: int = Field(description="Number of creators it was used for.", ge=0)


class Timings(Answer):
    """Where the time went, in seconds."""

    read_s: float = Field(description="Seconds of reading and checking the brief.", ge=0)
    forecast_s: float = Field(description="Seconds from the creators' figures to the arrays of the program.", ge=0)
    solve_s: float = Field(description="Seconds from the arrays to the judged plan.", ge=0)
    answers_s: float = Field(description="Seconds of totals, prices and reasons around the plan.", ge=0)
    total_s: float = Field(description="The sum of the others, in seconds.", ge=0)


class Result(Answer):
    """The plan with its proof. Without a plan: value, totals and ranges are null, the lists of the plan empty."""

    value: NetValue | CostValue | None = Field(
        description="Value and proof: `net` in engaged people, or `cost` when the brief minimises cost. Null without "
        "a plan."
    )
    totals: Totals | None = Field(description="What the plan costs and brings; null without a plan.")
    ranges: Ranges | None = Field(description="How sure these figures are: p10, p50 and p90; null without a plan.")
    mix: list[MixRow] = Field(description="The plan by tier, smallest tier first.")
    segments: list[SegmentRow] = Field(description="The plan by segment of the target group, in the brief's order.")
    selection: list[SelectionRow] = Field(description="The chosen offers, by creator id.")
    rules: list[RuleRow] = Field(description="Every rule of the brief against the plan, in the brief's order.")
    next_1000: float | None = Field(
        description="Net value, in engaged people, that the next 1 000 units of the currency would bring, by the "
        "price of the budget in the proof; the next purchase may bring less. An estimate: exactly, the gain is at most "
        "this and what the relaxation behind the price promises above net. Null without such a price and when "
        "the objective is cost."
    )
    next_1000_people: Money | None = Field(
        description="When the objective is cost: the money that 1 000 more engaged people in `min_engaged_reach` would "
        "cost, by the price of the goal in the proof; the first of them may cost nothing, since whole offers mostly "
        "bring more than is asked for. An estimate for small changes. Else null."
    )
    conflicts: list[Conflict] = Field(
        description="When infeasible: a minimal set of rules that no plan can keep together. Else empty."
    )
    relaxations: list[Relaxation] = Field(
        description="When infeasible: every single change of one limit that makes the brief feasible, the smallest "
        "relative change first: the first is the one to try. Empty where no single change is enough, as when rules "
        "outside `conflicts` clash too, and with a plan."
    )
    assumptions: list[AssumptionRow] = Field(description="Every default that the forecast leaned on.")
    timings: Timings = Field(description="Where the time went.")
    difference: PlanDifference | None = Field(
        description="Of a replanned optimization: what is kept, dropped and added against its parent's plan, and why. "
        "Null of any other, and where there is no plan.",
    )

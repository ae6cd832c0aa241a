"""Is less more? Ways to plan, compared under the same budget and rules."""

from typing import Literal

from pydantic import Field

from app.wire.chosen import ChosenOffer
from app.wire.figures import Answer, People
from app.wire.optimization import CostValue, NetValue, Totals

StrategyName = Literal[
    "optimum",
    "nano_and_micro_only",
    "mid_only",
    "macro_and_mega_only",
    "single_largest_creator",
    "highest_engagement_rate_first",
    "cheapest_reach_first",
    "naive_additive",
]


Why = Literal["infeasible", "nobody_there", "rules", "not_worth_it", "goal_missed", "time"]


class Promise(Answer):
    """What planning without overlap takes its plan to be worth."""

    engaged_reach: People = Field(description="The plain sum of what each chosen offer reaches alone.")
    net: float = Field(description="The same less waste aversion x waste, in engaged people.")


class StrategyRow(Answer):
    """One way to plan under the brief's budget and rules, and what comes of it."""

    name: StrategyName = Field(
        description="`optimum`: the best plan. `nano_and_micro_only`, `mid_only`, `macro_and_mega_only`: the best plan "
        "of creators with less than 100 000 followers, with 100 000 up to 500 000, with 500 000 or more; these bounds "
        "hold whatever a brief's own tiers are. `single_largest_creator`: of all creators who alone keep the budget "
        "and every rule the one with most followers, with the offer of highest value. "
        "`highest_engagement_rate_first`, `cheapest_reach_first`: down the list of the engagement rates as they are "
        "stated (of equal rates the offer with the least cost per engaged person first; a creator without a rate "
        "counts with the forecast's), or of the cost per contact; an offer is taken when its creator has none yet and "
        "the budget and all upper limits allow it. Where the walk ends without keeping all rules (lower limits, "
        "shares, company) the plan is instead the one within all rules that puts the money as high on the list as "
        "possible: with the most sum of rate x cost, or the most contacts, to within a hundredth. "
        "`naive_additive`: the plan that looks best when audiences are taken never to overlap, judged with overlap."
    )
    value: NetValue | CostValue | None = Field(
        description="What the plan is worth. `best_bound` and `relative_gap` are the proof among the plans that the "
        "strategy allows, null for habits, which look for no best plan. Null where the strategy has no plan."
    )
    totals: Totals | None = Field(description="What the plan costs and brings; null without a plan.")
    share_of_optimum: float | None = Field(
        description="The plan's net value over the optimum's (0.84 is 84 %); when the objective is cost, the optimum's "
        "cost over the plan's. Below 0 where the plan does more harm than good; above 1 only by the gap that is left "
        "open of the optimum. Null without a plan, and where the optimum's net value is not above 0."
    )
    selection: list[ChosenOffer] = Field(description="The chosen offers, by creator id; empty without a plan.")
    promised: Promise | None = Field(
        description="`naive_additive`: what it promises, against the totals that it delivers. Null for the others."
    )
    why: Why | None = Field(
        default=None,
        description="Why there is no plan, or why it books nobody. `infeasible`: the brief has no plan. "
        "`nobody_there`: no candidate of this kind has an offer that the budget pays and no filter removes. `rules`: "
        "no plan of this kind that books anybody keeps `rules`. `not_worth_it`: none is worth more than booking "
        "nobody. `goal_missed`: it falls short of the engaged people asked for. `time`: none was found in time. Null "
        "otherwise.",
    )
    rules: list[str] = Field(
        default=[], description="Names of the rules that `why` is about; empty where it is about none."
    )
    reason: str | None = Field(description="The same as one sentence for people.")


class Strategies(Answer):
    """The comparison, with the best plan first."""

    data: list[StrategyRow] = Field(description="One row per strategy, always all of them, in a fixed order.")

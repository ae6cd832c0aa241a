"""Is less more? Other ways to plan, beside the best plan."""

from collections.abc import Callable

import numpy as np

from app.services.answers.chosen import chosen
from app.services.answers.value import share_of_best, totals, value_of
from app.services.questions.asked import Asked
from app.services.translate import Campaign
from app.wire.strategies import Promise, Strategies, StrategyRow
from optimizer.answers import strategies as answers
from optimizer.answers.strategies import Figures, Strategy
from optimizer.candidates import Candidates
from optimizer.columns import Floats
from optimizer.solution import Verdict


def strategies(asked: Asked, should_stop: Callable[[], bool] | None = None) -> Strategies:
    """Every strategy under the brief's budget and rules; an infeasible brief has a plan in none of them."""
    campaign = asked.campaign
    found = answers.strategies(campaign.problem, asked.solution, figures(campaign), asked.limits, should_stop)
    best = found[0].verdict
    return Strategies(data=[_row(campaign, strategy, best) for strategy in found])


def figures(campaign: Campaign) -> Figures:
    """Followers and engagement rates as they are posted; where no rate is, what the forecast takes."""
    candidates, creator = campaign.candidates, campaign.problem.creator
    posted = _posted_rates(candidates)
    rate = np.where(np.isnan(posted), campaign.forecast.rate, posted)
    return Figures(candidates.followers[creator], np.asarray(rate[creator]))


def _posted_rates(candidates: Candidates) -> Floats:
    """The stated rate of each creator, the mean of its post rates where it states those, else NaN: float64 (m,)."""
    posts = np.diff(candidates.post_start)
    creator = np.repeat(np.arange(len(posts)), posts)
    sums = np.bincount(creator, weights=candidates.post_rates, minlength=len(posts))
    mean = np.full(len(posts), np.nan)
    np.divide(sums, posts, out=mean, where=posts > 0)
    return np.where(np.isnan(candidates.engagement_rate), mean, candidates.engagement_rate)


def _row(campaign: Campaign, strategy: Strategy, best: Verdict | None) -> StrategyRow:
    plan, verdict, promised = strategy.plan, strategy.verdict, strategy.promised
    return StrategyRow(
        name=strategy.name,
        value=None if verdict is None else value_of(campaign, verdict, strategy.best_bound, strategy.relative_gap),
        totals=totals(campaign, plan, verdict) if plan is not None and verdict is not None else None,
        share_of_optimum=None if verdict is None else share_of_best(campaign.problem, verdict, best),
        selection=[] if plan is None else chosen(campaign, plan),
        promised=None if promised is None else Promise(engaged_reach=promised.engaged_reach, net=promised.net),
        why=strategy.why,
        rules=list(strategy.rules),
        reason=_reason(strategy),
    )


_OF_WHOM = {
    "nano_and_micro_only": "with less than 100 000 followers",
    "mid_only": "with 100 000 up to 500 000 followers",
    "macro_and_mega_only": "with 500 000 followers or more",
}


def _reason(strategy: Strategy) -> str | None:
    """Why there is no plan or nobody in it, for people."""
    whom = _OF_WHOM.get(strategy.name)
    rules = " and ".join(f'"{name}"' for name in strategy.rules) or "all rules"
    match strategy.why:
        case None:
            return None
        case "infeasible":
            return f"No plan can keep {rules}."
        case "time":
            return "No plan was found in time; there may be one."
        case "nobody_there":
            return f"No candidate {whom or 'at all'} has an offer that the budget pays and no filter removes."
        case "not_worth_it":
            return f"No plan of creators {whom} is worth more than booking nobody."
        case "goal_missed":
            return _missed(strategy)
        case "rules" if whom is not None:
            return f"Creators {whom} cannot, by themselves, keep {rules}."
        case "rules" if strategy.name == "single_largest_creator":
            return f"No creator alone keeps {rules}."
        case _:
            return f"It has no plan that keeps {rules}."


def _missed(strategy: Strategy) -> str:
    reaches = "" if strategy.reaches is None else f"{strategy.reaches:,.0f} engaged people, "
    if strategy.promised is None:
        return f"Its plan reaches {reaches}short of the goal."
    promised = f"{strategy.promised.engaged_reach:,.0f}"
    return f"Its plan promises {promised} engaged people and reaches {reaches}short of the goal."

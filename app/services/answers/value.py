"""Value, totals and conflicts of a solution."""

from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from math import isnan

from app.services.translate import Campaign
from app.wire.money import MOST_MINOR_UNITS, Currency
from app.wire.optimization import Conflict, CostValue, NetValue, Totals
from optimizer.columns import Positions
from optimizer.problem import Problem
from optimizer.solution import Progress, Solution, Verdict

OnProgress = Callable[[Progress], None]


def value(campaign: Campaign, solution: Solution, verdict: Verdict) -> NetValue | CostValue:
    """The plan's value with its bound, in the terms of the brief's objective."""
    return value_of(campaign, verdict, solution.best_bound, solution.relative_gap)


def value_of(
    campaign: Campaign, verdict: Verdict, best_bound: float | None, relative_gap: float | None
) -> NetValue | CostValue:
    """The same for a plan that is no solution's; best_bound: on the scale of ``verdict.value``, None if not proven."""
    if campaign.problem.goal is None:
        return NetValue(net=verdict.net, best_bound=best_bound, relative_gap=relative_gap)
    bound = None
    if best_bound is not None:
        # The value is -cost; costs are whole minor units, so a bound rounded to the next one still holds.
        bound = min(_rounded(Decimal(-best_bound)), verdict.cost)
    text = campaign.currency.format
    return CostValue(
        cost=text(verdict.cost),
        best_bound=None if bound is None else text(max(bound, 0)),
        relative_gap=relative_gap,
    )


def progress_told(campaign: Campaign, on_progress: OnProgress | None) -> OnProgress | None:
    """``on_progress`` on the brief's scale: with a goal the cost in the currency instead of minus its minor units."""
    if on_progress is None or campaign.problem.goal is None:
        return on_progress
    minor_units = 10.0**campaign.currency.decimals

    def cost(worth: float | None) -> float | None:
        return None if worth is None else 0.0 - worth / minor_units

    def tell(progress: Progress) -> None:
        on_progress(replace(progress, value=cost(progress.value), bound=cost(progress.bound)))

    return tell


def totals(campaign: Campaign, plan: Positions, verdict: Verdict) -> Totals:
    """Sums over the plan; everything that the judge computes is the judge's."""
    text = campaign.currency.format
    return Totals(
        spend=text(verdict.cost),
        unspent=text(campaign.problem.budget - verdict.cost),
        creators=len(plan),
        reach_gross=float(campaign.forecast.reach[plan].sum()),
        contacts=verdict.contacts,
        engaged_reach=verdict.engaged_reach,
        waste=verdict.waste,
        waste_share=share(verdict.waste, verdict.contacts),
        cost_per_engaged_person=cost_per_person(campaign.currency, verdict.cost, verdict.engaged_reach),
    )


def share_of_best(problem: Problem, own: Verdict, best: Verdict | None) -> float | None:
    """What a plan brings of what the best one does: net values, or with a goal costs the other way round.

    None without a best plan, and where that is worth nothing (with a goal: where one of the two costs nothing).
    """
    if best is None:
        return None
    if problem.goal is None:
        return own.net / best.net if best.net > 0 else None
    return best.cost / own.cost if own.cost and best.cost else None


def conflicts(campaign: Campaign, solution: Solution) -> list[Conflict]:
    """The clashing rules with their kinds; the budget and the goal are kinds of their own."""
    kinds = {"budget": "budget", "goal": "goal"} | {rule.name: rule.kind for rule in campaign.problem.rules}
    return [Conflict(name=name, kind=kinds[name]) for name in solution.conflicts]


def in_value(campaign: Campaign, value: float | None) -> float | str | None:
    """A difference in value as the wire shows it: engaged people, or money when the objective is cost."""
    if value is None or isnan(value):
        return None
    return float(value) if campaign.problem.goal is None else campaign.currency.format(round(value))


def share(part: float, whole: float) -> float | None:
    """part / whole within 0..1, None when the whole is 0."""
    return min(max(part / whole, 0.0), 1.0) if whole else None


def cost_per_person(currency: Currency, cost_minor: int, people: float) -> str | None:
    """Cost over people as money, None when there is nobody, or so few that it says nothing."""
    if people <= 0 or cost_minor / people > MOST_MINOR_UNITS:
        return None
    return currency.format(_rounded(Decimal(cost_minor) / Decimal(people)))


def _rounded(minor: Decimal) -> int:
    return int(minor.to_integral_value(ROUND_HALF_UP))

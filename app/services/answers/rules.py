"""What each rule measures in the plan, whether it holds the plan back, and what relaxing it would bring."""

import numpy as np

from app.services.answers.value import in_value
from app.services.translate import Campaign
from app.wire.optimization import RuleRow
from optimizer.answers.prices import reduced_profits
from optimizer.columns import Floats, Positions
from optimizer.problem import Problem
from optimizer.rules import Distance, Filter, OnlyWith, Require, Rule, Spend, SpendShare, WasteShare
from optimizer.solution import Duals, RuleCheck, Solution, Verdict

PERCENTAGE_POINT = 0.01


def rules(campaign: Campaign, solution: Solution, verdict: Verdict) -> list[RuleRow]:
    """A row per rule of the problem, in its order; the budget and the goal stand elsewhere in a result."""
    problem, duals = campaign.problem, solution.duals
    checks = {check.name: check for check in verdict.checks}
    profits = None if duals is None else reduced_profits(problem, duals)
    rows = []
    for rule in problem.rules:
        check = checks[rule.name]
        activity, least, most = (_in_unit(campaign, rule, side) for side in (check.activity, check.least, check.most))
        binding = _binding(problem, rule, check, duals, profits)
        rows.append(
            RuleRow(
                name=rule.name,
                kind=rule.kind,
                activity=activity,
                min=least,
                max=most,
                slack=_in_unit(campaign, rule, _slack(rule, check)),
                binding=binding,
                next_unit=_next_unit(campaign, solution, verdict, rule, binding),
            )
        )
    return rows


def next_1000(campaign: Campaign, solution: Solution) -> float | None:
    """Net value of the next 1 000 units of the currency, by the price of the budget."""
    if solution.plan is None or solution.duals is None or campaign.problem.goal is not None:
        return None
    return abs(solution.duals.budget) * 1000 * float(10**campaign.currency.decimals)


def next_1000_people(campaign: Campaign, solution: Solution) -> str | None:
    """Money that engaging 1 000 more people would cost, by the price of the goal; None without a goal."""
    if solution.plan is None or solution.duals is None or campaign.problem.goal is None:
        return None
    return campaign.currency.format(round(abs(solution.duals.rules.get("goal", 0.0)) * 1000))


def _in_unit(campaign: Campaign, rule: Rule, figure: float | None) -> float | str | None:
    """The figure as the wire shows it: money as text, creators and shares as numbers."""
    if figure is None or not isinstance(rule, Spend):
        return figure
    return campaign.currency.format(int(figure))


def _slack(rule: Rule, check: RuleCheck) -> float | None:
    """Distance to the nearest limit, None where the rule measures nothing."""
    if check.activity is None or isinstance(rule, Filter | Require | OnlyWith):
        return None
    below = [] if check.least is None else [check.activity - check.least]
    above = [] if check.most is None else [check.most - check.activity]
    return max(min(below + above), 0)  # a share may stand beyond its limit by the tolerance


def _next_unit(
    campaign: Campaign, solution: Solution, verdict: Verdict, rule: Rule, binding: bool
) -> float | str | None:
    duals = solution.duals
    if duals is None or isinstance(rule, Filter | Require | OnlyWith):
        return None
    unit = 1.0
    if isinstance(rule, Spend):
        unit = float(10**campaign.currency.decimals)
    elif isinstance(rule, SpendShare):
        unit = verdict.cost * PERCENTAGE_POINT
    elif isinstance(rule, WasteShare):
        unit = verdict.contacts * PERCENTAGE_POINT
    if isinstance(rule, Distance) and rule.most is not None:
        unit = -1.0  # its row counts what stays as it is, which is to be at least something
    brings = duals.rules.get(rule.name, 0.0) * unit if binding else 0.0
    return in_value(campaign, brings) if abs(brings) <= _everything(campaign.problem) else None


def _everything(problem: Problem) -> float:
    """More than any plan can bring, or save. A price beyond it says that the limit cannot be tightened at all."""
    if problem.goal is not None:
        return float(problem.budget)
    return float(problem.ceilings.sum() + problem.gain.sum() + problem.waste_aversion * problem.waste.sum())


def _binding(problem: Problem, rule: Rule, check: RuleCheck, duals: Duals | None, profits: Floats | None) -> bool:
    """Whether the rule holds the plan back; see RuleRow.binding."""
    if isinstance(rule, Filter):
        return bool(len(rule.offers)) if profits is None else bool(np.any(profits[rule.offers] > 0))
    price = 0.0 if duals is None else duals.rules.get(rule.name, 0.0)
    if isinstance(rule, Require):
        return duals is not None and _forced(problem, rule, duals)
    if isinstance(rule, Spend | SpendShare | WasteShare | OnlyWith):
        return price != 0
    # A lower limit of 0, and an upper limit that is all there are, hold nothing back.
    at_least = check.activity == check.least and check.least != 0
    at_most = check.activity is not None and check.activity == check.most
    if isinstance(rule, Distance):
        return at_least or at_most
    return at_least or (at_most and _creators(problem, rule.offers) > (check.activity or 0))


def _forced(problem: Problem, rule: Require, duals: Duals) -> bool:
    """Whether the creator would be chosen otherwise, or not at all, if nothing required it."""
    first, end = np.searchsorted(problem.creator, problem.creator[rule.offers[0]] + np.array([0, 1])).tolist()
    # The rule's own price is taken out: many prices fit a creator who would be chosen anyway, and say nothing.
    profit = duals.reduced_profit[first:end].copy()
    required = np.zeros(len(profit), np.bool_)
    required[rule.offers - first] = True
    free = profit[required].max() + duals.rules.get(rule.name, 0.0)
    return bool(free < max(0.0, profit[~required].max(initial=0.0)))


def _creators(problem: Problem, offers: Positions) -> int:
    """Number of creators that the sorted offers belong to."""
    return int(np.count_nonzero(np.diff(problem.creator[offers], prepend=-1)))

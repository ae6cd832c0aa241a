"""What each rule measures in the plan, whether it holds the plan back, and what relaxing it would bring."""

import numpy as np

from app.services.translate import Campaign
from app.wire.optimization import RuleRow
from optimizer.columns import Floats
from optimizer.prices import reduced_profits
from optimizer.problem import Problem
from optimizer.rules import Filter, OnlyWith, Require, Rule, Spend, SpendShare, WasteShare
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
        binding = _binding(rule, check, duals, profits)
        rows.append(
            RuleRow(
                name=rule.name,
                kind=rule.kind,
                activity=activity,
                min=least,
                max=most,
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


def _in_unit(campaign: Campaign, rule: Rule, figure: float | None) -> float | str | None:
    """The figure as the wire shows it: money as text, creators and shares as numbers."""
    if figure is None or not isinstance(rule, Spend):
        return figure
    return campaign.currency.format(int(figure))


def _next_unit(campaign: Campaign, solution: Solution, verdict: Verdict, rule: Rule, binding: bool) -> float | None:
    duals = solution.duals
    if duals is None or campaign.problem.goal is not None or isinstance(rule, Filter | Require | OnlyWith):
        return None
    unit = 1.0
    if isinstance(rule, Spend):
        unit = float(10**campaign.currency.decimals)
    elif isinstance(rule, SpendShare):
        unit = verdict.cost * PERCENTAGE_POINT
    elif isinstance(rule, WasteShare):
        unit = verdict.contacts * PERCENTAGE_POINT
    brings = duals.rules.get(rule.name, 0.0) * unit if binding else 0.0
    return brings if abs(brings) <= _everything(campaign.problem) else None


def _everything(problem: Problem) -> float:
    """More than any plan can bring. A price beyond it says that the limit cannot be tightened at all."""
    return float(problem.ceilings.sum() + problem.gain.sum() + problem.waste_aversion * problem.waste.sum())


def _binding(rule: Rule, check: RuleCheck, duals: Duals | None, profits: Floats | None) -> bool:
    """Whether the rule holds the plan back; see RuleRow.binding."""
    if isinstance(rule, Filter):
        return bool(len(rule.offers)) if profits is None else bool(np.any(profits[rule.offers] > 0))
    price = 0.0 if duals is None else duals.rules.get(rule.name, 0.0)
    if isinstance(rule, Require):
        return price < 0
    if isinstance(rule, Spend | SpendShare | WasteShare | OnlyWith):
        return price != 0
    return check.activity in (check.least, check.most)

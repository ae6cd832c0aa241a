"""What each rule measures in the plan, whether it holds the plan back, and what relaxing it would bring."""

import numpy as np

from app.services.translate import Campaign
from app.wire.optimization import RuleRow
from optimizer.columns import Floats
from optimizer.prices import reduced_profits
from optimizer.rules import SHARE_TOLERANCE, Filter, Rule, Spend, SpendShare, WasteShare
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
        rows.append(
            RuleRow(
                name=rule.name,
                kind=rule.kind,
                activity=activity,
                min=least,
                max=most,
                binding=_binding(rule, check, duals, profits),
                next_unit=None if duals is None else _next_unit(campaign, duals, verdict, rule),
            )
        )
    return rows


def next_1000(campaign: Campaign, solution: Solution) -> float | None:
    """Net value of the next 1 000 units of the currency, by the price of the budget."""
    if solution.plan is None or solution.duals is None or campaign.problem.goal is not None:
        return None
    return float(solution.duals.budget * 1000 * 10**campaign.currency.decimals)


def _in_unit(campaign: Campaign, rule: Rule, figure: float | None) -> float | str | None:
    """The figure as the wire shows it: money as text, creators and shares as numbers."""
    if figure is None or not isinstance(rule, Spend):
        return figure
    return campaign.currency.format(int(figure))


def _next_unit(campaign: Campaign, duals: Duals, verdict: Verdict, rule: Rule) -> float | None:
    if isinstance(rule, Filter) or campaign.problem.goal is not None:
        return None
    price = duals.rules.get(rule.name, 0.0)
    if isinstance(rule, Spend):
        return price * float(10**campaign.currency.decimals)
    if isinstance(rule, SpendShare):
        return price * verdict.cost * PERCENTAGE_POINT
    if isinstance(rule, WasteShare):
        return price * verdict.contacts * PERCENTAGE_POINT
    return price


def _binding(rule: Rule, check: RuleCheck, duals: Duals | None, profits: Floats | None) -> bool:
    if isinstance(rule, Filter):
        return bool(len(rule.offers)) if profits is None else bool(np.any(profits[rule.offers] > 0))
    if duals is not None and duals.rules.get(rule.name, 0.0):
        return True
    near = SHARE_TOLERANCE if isinstance(rule, SpendShare | WasteShare) else 0.0
    sides = [side for side in (check.least, check.most) if side is not None]
    return check.activity is not None and any(abs(check.activity - side) <= near for side in sides)

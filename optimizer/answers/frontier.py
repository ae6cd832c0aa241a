"""The best plan for every one of several budgets, each proven, and where more money begins to bring much less."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optimizer.answers.explain import contributions
from optimizer.columns import Floats, Positions
from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.solution import Limits, Solution, Start
from optimizer.solve import solve

_LEAST_BULGE = 0.02
"""Share of its height by which a curve must rise above the line between its ends before it has a knee."""


def frontier(problem: Problem, known: Solution, budgets: Sequence[int], limits: Limits) -> list[Solution]:
    """The solution of the problem with each budget (minor units, >= 0) in its place; ``limits`` hold for each solve.

    ``known`` is the solution of the problem as it is. From its budget the others are solved outwards, each from the
    plan and the prices of its neighbour. Two things need no solve: a best plan that a smaller budget still pays is
    the best of that budget too, and what no plan can keep with some money none can keep with less. Those are
    infeasible without a conflict.
    """
    found = {problem.budget: known}
    for step in (sorted(b for b in set(budgets) if b > problem.budget), _downwards(budgets, problem.budget)):
        neighbour = known
        for budget in step:
            neighbour = _next_to(replace(problem, budget=budget), neighbour, budget < problem.budget, limits)
            found[budget] = neighbour
    return [found[budget] for budget in budgets]


def knee(budgets: Sequence[int], values: Sequence[float | None]) -> int | None:
    """Position of the point that stands highest above the line between the first and the last point with a value.

    Budgets rise. Both axes are scaled to 0..1 first, so the unit of money does not matter. None where there are
    fewer than three points, or where the curve is all but straight: then no budget is better than its neighbours.
    """
    places = [place for place, value in enumerate(values) if value is not None]
    if len(places) < 3:
        return None
    x, y = _scaled([float(budgets[at]) for at in places]), _scaled([float(values[at] or 0.0) for at in places])
    bulge = y - x
    best = int(np.argmax(bulge))
    return places[best] if bulge[best] > _LEAST_BULGE else None


def _downwards(budgets: Sequence[int], from_budget: int) -> list[int]:
    return sorted((budget for budget in set(budgets) if budget < from_budget), reverse=True)


def _next_to(problem: Problem, neighbour: Solution, smaller: bool, limits: Limits) -> Solution:
    """The solution next to that of another budget; ``smaller``: this budget is the smaller one."""
    if smaller and neighbour.status == "infeasible":
        return replace(neighbour, conflicts=(), seconds={})
    plan, verdict = neighbour.plan, neighbour.verdict
    payable = plan is not None and verdict is not None and verdict.cost <= problem.budget
    if smaller and payable and plan is not None and neighbour.status == "optimal":
        return replace(neighbour, verdict=judge(problem, plan), seconds={})
    plans = () if plan is None else (plan, _payable_part(problem, plan))
    return solve(problem, limits, start=Start(plans, neighbour.duals))


def _payable_part(problem: Problem, plan: Positions) -> Positions:
    """What the budget pays of a plan, what contributes most for its cost first; rules may be broken."""
    worth = contributions(problem, plan) / np.maximum(problem.cost[plan], 1)
    order = np.argsort(-worth, kind="stable")
    paid = np.cumsum(problem.cost[plan][order]) <= problem.budget
    return np.sort(plan[order][paid])


def _scaled(values: Sequence[float]) -> Floats:
    low, high = min(values), max(values)
    return (np.array(values) - low) / (high - low) if high > low else np.zeros(len(values))

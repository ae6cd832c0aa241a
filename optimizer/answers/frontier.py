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

    ``known`` is the solution of the problem as it is. The largest budget is solved first and the others downwards, each
    from the plan and the prices of its neighbour. Two things need no solve: a best plan that a smaller budget still
    pays is the best of that budget too, and what no plan can keep with some money none can keep with less. Those are
    infeasible without a conflict.
    """
    found = {problem.budget: known}
    upper: Solution | None = None
    for budget in sorted({*budgets, problem.budget}, reverse=True):
        if budget not in found:
            found[budget] = _next_to(replace(problem, budget=budget), upper, known, limits)
        upper = found[budget]
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


def _next_to(problem: Problem, upper: Solution | None, known: Solution, limits: Limits) -> Solution:
    """The solution below that of the next larger budget, ``upper``; None where this budget is the largest."""
    if upper is not None and upper.status == "infeasible":
        return replace(upper, conflicts=(), seconds={})
    if upper is not None and upper.status == "optimal" and upper.plan is not None:
        verdict = judge(problem, upper.plan)
        if verdict.feasible:
            return replace(upper, verdict=verdict, seconds={})
    neighbour = upper or known
    plans = [found.plan for found in (upper, known) if found is not None and found.plan is not None]
    plans += [_payable_part(problem, plan) for plan in plans]
    return solve(problem, limits, start=Start(tuple(plans), neighbour.duals, conflicts=False))


def _payable_part(problem: Problem, plan: Positions) -> Positions:
    """What the budget pays of a plan, what contributes most for its cost first; rules may be broken."""
    worth = contributions(problem, plan) / np.maximum(problem.cost[plan], 1)
    order = np.argsort(-worth, kind="stable")
    paid = np.cumsum(problem.cost[plan][order]) <= problem.budget
    return np.sort(plan[order][paid])


def _scaled(values: Sequence[float]) -> Floats:
    low, high = min(values), max(values)
    return (np.array(values) - low) / (high - low) if high > low else np.zeros(len(values))

"""Plans compared more sharply than a brief asks for: which of two is better, and whether any is worth a value."""

from dataclasses import replace
from time import perf_counter

from optimizer.columns import Positions
from optimizer.problem import Problem
from optimizer.solution import Duals, Limits, Solution, Start
from optimizer.solve import solve

SHARP = 1e-9
"""Relative gap to which plans are compared; closer values count as equal."""


def sharpened(problem: Problem, solution: Solution, limits: Limits) -> Solution:
    """The solution with its gap closed to ``SHARP``: what offers are measured against. Infeasible stays so."""
    settled = solution.relative_gap is not None and solution.relative_gap <= SHARP
    if settled or solution.status == "infeasible":
        return solution
    plans = () if solution.plan is None else (solution.plan,)
    return solve(problem, replace(limits, relative_gap=SHARP), start=Start(plans, solution.duals))


def best_plan(
    problem: Problem,
    plans: tuple[Positions, ...],
    duals: Duals | None,
    limits: Limits,
    relative_gap: float = SHARP,
) -> Solution:
    """The best plan to that gap; where there is none that is known first, without asking which rules clash."""
    began = perf_counter()
    enough = value_asked(problem, worst_value(problem))
    any_plan = solve(problem, replace(limits, relative_gap=relative_gap), start=Start(plans, duals, enough))
    left_s = limits.time_limit_s - (perf_counter() - began)
    if any_plan.plan is None:
        return replace(any_plan, status="infeasible") if none_has(enough, any_plan) else any_plan
    if left_s <= 0:
        return replace(any_plan, status="feasible")
    start = Start((*plans, any_plan.plan), duals or any_plan.duals)
    return solve(problem, replace(limits, time_limit_s=left_s, relative_gap=relative_gap), start=start)


def worst_value(problem: Problem) -> float:
    """A value that every plan has."""
    if problem.goal is not None:
        return -float(problem.budget)
    return -problem.waste_aversion * float(problem.waste.sum()) - 1.0


def value_asked(problem: Problem, value: float, shifted: int = 0) -> float:
    """What to ask of a solve for a plan of this value; costs are whole: half a unit keeps bounds off the edge."""
    return value if problem.goal is None else value - shifted - 0.5


def none_has(value: float, solution: Solution) -> bool:
    """Whether a solve that looked for a plan of this value, and has none, has proven that there is none."""
    below = solution.best_bound is not None and solution.best_bound < value
    return below or solution.status in ("infeasible", "optimal")


def tie_width(problem: Problem, value: float) -> float:
    """Up to which difference two values are equal: costs are exact."""
    return SHARP * max(abs(value), 1.0) if problem.goal is None else 0.0

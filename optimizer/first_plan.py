"""A plan where greedy met none, or that there is none: near the relaxation first, then among all offers.

Several tight rules leave few plans, but mostly one close to the relaxed point: an integer program over a few dozen
offers of all sizes near indifference finds it in milliseconds. CP-SAT over everything, which alone can say that there
is no plan, takes seconds where offers are many.
"""

import numpy as np

from optimizer.feasibility import decide, plan_among
from optimizer.master import build
from optimizer.method.bound import Relaxation, neighbourhood
from optimizer.method.core import Effort
from optimizer.method.window import mixed_window
from optimizer.no_plan_by_prices import no_plan_by_prices
from optimizer.problem import Problem
from optimizer.program import Program
from optimizer.tangents import Tangents

_EACH = (3, 8)
"""Offers of each size that an integer program near the relaxation knows."""
_PATIENCE_S = 1.0
_GOOD_ENOUGH = 0.03
"""Share of the bound within which any plan will do: better ones are looked for later."""
_DECIDABLE = 100_000
"""Offers up to which any plan is looked for among all, and the share of the time left that each look may take."""
_SHARE = 0.25


def any_plan(
    problem: Problem, program: Program, relaxation: Relaxation, tangents: Tangents, effort: Effort
) -> bool | None:
    """True once a plan was reported, False if prices or CP-SAT prove that there is none, None if that stays open.

    The goal, if any, is met by plans near the relaxation only; CP-SAT does not look at it.
    """
    clock = effort.clock
    if not relaxation.feasible and not clock.over() and no_plan_by_prices(problem, clock.over):
        return False
    if relaxation.feasible and not clock.over():
        offers, part, there = neighbourhood(program, relaxation)
        near = Effort(clock, effort.seed, effort.within(offers).report)
        if any(_near(part, there, tangents, each, near) for each in _EACH):
            return True
        if len(offers) < problem.offers and not clock.over():
            plan = plan_among(problem, offers, clock, effort.seed, _SHARE)
            if plan is not None and effort.report(plan).feasible:
                return True
    if problem.offers > _DECIDABLE or clock.over():
        return None
    answer = decide(problem, clock, effort.seed, _SHARE)
    if answer.plan is not None and effort.report(answer.plan).feasible:
        return True
    return False if answer.possible is False else None


def _near(program: Program, relaxation: Relaxation, tangents: Tangents, each: int, effort: Effort) -> bool:
    """Whether an integer program over some offers of each size near indifference finds a plan."""
    clock = effort.clock
    if clock.over():
        return False
    window = mixed_window(program, relaxation.priced, each)
    master = build(program, window.free, window.fixed, tangents, integer=True, around=relaxation.u)
    gap = _GOOD_ENOUGH * abs(relaxation.priced.bound) / master.units.objective
    answer = master.model.solve_integer(min(_PATIENCE_S, clock.left_s()), effort.seed, None, absolute_gap=gap)
    if answer.point is None:
        return False
    chosen = window.free[answer.point[: len(window.free)] > 0.5]
    return effort.report(np.sort(np.concatenate([chosen, window.fixed]))).feasible

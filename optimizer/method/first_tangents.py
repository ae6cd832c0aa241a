"""Where the saturation curves are touched first: around what a plan meets, or what prices that are known stand for."""

import numpy as np

from optimizer.columns import Positions
from optimizer.method.bound import together
from optimizer.program import Prices, Program
from optimizer.sorted_sets import union
from optimizer.tangents import Tangents, is_wide, spread

_AROUND = (0.5, 0.8, 0.9, 1.0, 1.1, 1.25, 2.0)
_NEAR = (0.5, 0.7, 0.8, 0.87, 0.93, 1.0, 1.07, 1.15, 1.25, 1.5, 2.0)
"""First tangents, in shares of what the first plan meets; the second where that alone is to be enough."""
_LEAST_FRESH = 1e-9


def around_plan(program: Program, plan: Positions | None) -> Tangents:
    """A grid around what a plan (sorted positions) meets in each segment; None is the empty plan."""
    plan = np.zeros(0, np.int64) if plan is None else plan
    u = program.problem.exponents[plan].sum(axis=0)
    return spread(program.problem, u, np.array(_NEAR if together(program) else _AROUND))


def around_prices(program: Program, prices: Prices, plan: Positions | None) -> Tangents:
    """A grid around the point that a neighbour's prices belong to, beside that around a plan.

    Where a segment's fresh people are worth e^-u, the relaxation meets u: its neighbour meets about that too.
    """
    at_plan = around_plan(program, plan)
    if is_wide(program.problem) or prices.reach <= 0:
        return at_plan
    u = -np.log(np.clip(prices.fresh / prices.reach, _LEAST_FRESH, 1.0))
    at_prices = spread(program.problem, u, np.array(_NEAR))
    return [union(one, other) for one, other in zip(at_plan, at_prices, strict=True)]

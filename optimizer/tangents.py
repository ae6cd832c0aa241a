"""Where the saturation curves are touched, so that linear programs stand above them.

A curve per segment takes tangents of its own: w_s <= f_s(t) + f_s'(t) (u_s - t). Of a *wide* problem, where a panel
fell into thousands of patterns, all curves together take one tangent plane per point t (S,): the sum of concave
functions is concave, and a linear program then has a row per point rather than thousands.
"""

import numpy as np

from optimizer.columns import Floats
from optimizer.problem import Problem
from optimizer.sorted_sets import union

Tangents = list[Floats]
"""Per segment the points u >= 0 at which its curve is touched; of a wide problem the points (S,) one after another."""

_WIDE = 200
_SAME = 1e-12


def is_wide(problem: Problem) -> bool:
    """Whether the segments are so many that they are touched together."""
    return len(problem.ceilings) > _WIDE


def spread(problem: Problem, u: Floats, steps: Floats) -> Tangents:
    """Points at 0 and at ``steps`` times what is met, u (S,)."""
    if is_wide(problem):
        return [u * step for step in union(np.append(steps, 0.0))]
    return [union(np.append(at * steps, 0.0)) for at in u]


def touch_at(problem: Problem, tangents: Tangents, u: Floats) -> bool:
    """Add the point u (S,) where it is not there yet; whether anything was added."""
    if is_wide(problem):
        if any(np.all(np.abs(point - u) <= _SAME * u) for point in tangents):
            return False
        tangents.append(u)
        return True
    grown = False
    for segment, at in enumerate(u):
        if not np.any(np.abs(tangents[segment] - at) <= _SAME * at):
            tangents[segment] = np.append(tangents[segment], at)
            grown = True
    return grown

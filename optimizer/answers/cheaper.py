"""Cheaper company for one offer: changes of one other offer that leave a plan worth enough."""

from collections.abc import Iterator

import numpy as np

from optimizer.columns import Flags, Floats, Positions
from optimizer.problem import Problem

_MOST_PAIRS = 1 << 22
"""Pairs of a chosen offer and one in its place up to which they are looked at."""
_LOOKED_AT = 24


def cheaper_plans(problem: Problem, plan: Positions, offer: int, least_value: float) -> Iterator[Positions]:
    """Plans that differ from ``plan`` in one other offer, left out or another in its place, the cheapest first.

    Each costs less than ``plan`` and is worth ``least_value`` at least: net engaged people, or engaged people where
    cost is minimised. Rules are not looked at. At most ``_LOOKED_AT``; none where the problem is too large to look.
    """
    others = plan[plan != offer]
    if not len(others) or len(others) * problem.offers > _MOST_PAIRS:
        return
    left_over = _worth_with_each(problem, plan, others)
    cost = problem.cost
    saved = np.where(left_over >= least_value, cost[others] - np.append(cost, 0)[:, None], 0)
    saved[:-1][_barred(problem, plan, others)] = 0
    best = np.argsort(-saved, axis=None, kind="stable")[:_LOOKED_AT]
    for new, old in zip(*np.unravel_index(best, saved.shape), strict=True):
        if saved[new, old] <= 0:
            return
        rest = plan[plan != others[old]]
        yield rest if new == problem.offers else np.sort(np.append(rest, new))


def _worth_with_each(problem: Problem, plan: Positions, others: Positions) -> Floats:
    """What the plan is worth without each of ``others`` and with each offer, in the last row none, in its place."""
    aversion = 0.0 if problem.goal is not None else problem.waste_aversion
    linear = problem.gain - aversion * problem.waste
    left = problem.exponents[plan].sum(axis=0) - problem.exponents[others]
    missed = problem.ceilings * np.exp(-left)
    without = problem.ceilings.sum() - missed.sum(axis=1) + linear[plan].sum() - linear[others]
    with_each = -np.expm1(-problem.exponents) @ missed.T + linear[:, None]
    return np.asarray(np.vstack([with_each, np.zeros((1, len(others)))]) + without)


def _barred(problem: Problem, plan: Positions, others: Positions) -> Flags:
    """Which offers (n,) cannot stand in the place of each of ``others``: the plan has their creator already."""
    taken = np.isin(problem.creator, problem.creator[plan])
    return np.asarray(taken[:, None] & (problem.creator[:, None] != problem.creator[others]))

"""Other company for one offer, beside which it may cost more: changes of one other offer that leave enough value."""

from collections.abc import Iterator

import numpy as np

from optimizer.answers.cost_range import room
from optimizer.columns import Flags, Floats, Positions
from optimizer.problem import Problem
from optimizer.sorted_sets import among

_MOST_PAIRS = 1 << 22
"""Pairs of a chosen offer and one in its place up to which they are looked at."""
_LOOKED_AT = 24


def roomier_plans(
    problem: Problem, plan: Positions, offer: int, least_value: float, most_spent: int | None = None
) -> Iterator[Positions]:
    """Plans that differ from ``plan`` in one other offer, left out or another in its place.

    With each ``offer`` may cost more than with ``plan``, by the budget, ``most_spent`` and the rules on spend; the one
    with most room comes first. Each is worth ``least_value`` at least: net engaged people, or engaged people where cost
    is minimised. Other rules are not looked at. At most ``_LOOKED_AT``; none where the problem is too large to look.
    """
    others = plan[plan != offer]
    if not len(others) or len(others) * problem.offers > _MOST_PAIRS:
        return
    left_over = _worth_with_each(problem, plan, others)
    highest, changes = room(problem, plan, offer, most_spent)
    with_each = np.full(left_over.shape, np.inf)
    for most, change in zip(highest, changes, strict=True):
        np.minimum(with_each, most + np.append(change, 0.0)[:, None] - change[others], out=with_each)
    gained = np.where(left_over >= least_value, with_each - highest.min(), 0.0)
    gained[:-1][_barred(problem, plan, others)] = 0.0
    best = np.argsort(-gained, axis=None, kind="stable")[:_LOOKED_AT]
    for new, old in zip(*np.unravel_index(best, gained.shape), strict=True):
        if gained[new, old] <= 0.5:
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
    taken = among(problem.creator, problem.creator[plan])
    return np.asarray(taken[:, None] & (problem.creator[:, None] != problem.creator[others]))

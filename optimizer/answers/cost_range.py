"""At which costs of one offer a plan keeps the rules of money: an interval, in exact arithmetic.

Every such rule is linear in the offer's cost k: ``slope x k + rest >= 0`` with the plan's other costs in ``rest``.
"""

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from optimizer.columns import Floats, Positions
from optimizer.problem import Problem
from optimizer.rules import Spend, SpendShare

Line = tuple[Fraction, Fraction]
"""slope and rest."""


def cost_range(problem: Problem, plan: Positions, offer: int, most_spent: int | None = None) -> range:
    """The landed costs of ``offer``, whole minor units >= 0, at which ``plan`` keeps budget, spend and shares of it.

    plan: sorted positions, ``offer`` among them; what it costs in ``problem`` does not matter, and rules that do not
    look at money are taken as kept. most_spent: a lower limit than the budget for what the plan costs, None for none.
    Empty where there is no such cost.
    """
    rest = plan[plan != offer]
    limit = problem.budget if most_spent is None else min(problem.budget, most_spent)
    low, high = 0, limit
    for slope, fixed in _lines(problem, rest, offer, limit):
        if slope > 0:
            low = max(low, math.ceil(-fixed / slope))
        elif slope < 0:
            high = min(high, math.floor(-fixed / slope))
        elif fixed < 0:
            return range(0)
    return range(low, high + 1)


def room(problem: Problem, plan: Positions, offer: int, most_spent: int | None = None) -> tuple[Floats, Floats]:
    """How high each rule of money lets the cost of ``offer`` be, and what each other offer changes of that.

    As float64: highest costs (L,) of ``plan`` in minor units, and changes (L, n) when an offer is added to it.
    """
    limit = problem.budget if most_spent is None else min(problem.budget, most_spent)
    nothing = np.zeros(0, np.int64)
    rest, cost = plan[plan != offer], problem.cost.astype(np.float64)
    lines = zip(_lines(problem, nothing, offer, limit), _weights(problem), strict=True)
    falling = [(float(-slope), float(fixed), weight) for (slope, fixed), weight in lines if slope < 0]
    changes = np.array([cost * weight / slope for slope, _, weight in falling])
    highest = np.array([fixed / slope for slope, fixed, _ in falling]) + changes[:, rest].sum(axis=1)
    return highest, changes


def _weights(problem: Problem) -> Iterator[Floats]:
    """What a minor unit spent on each offer adds to the rest of each line, in the order of ``_lines``: (n,)."""
    yield np.full(problem.offers, -1.0)
    for rule in problem.rules:
        if not isinstance(rule, Spend | SpendShare):
            continue
        inside = np.zeros(problem.offers)
        inside[rule.offers] = 1.0
        least, most = (0.0, 0.0) if isinstance(rule, Spend) else (float(rule.least or 0), float(rule.most or 0))
        if rule.least is not None:
            yield inside - least
        if rule.most is not None:
            yield most - inside


def common_step(problem: Problem, offer: int) -> int:
    """Minor units >= 1: a landed cost of ``offer`` that a plan keeps the rules with is a multiple of it.

    More than 1 where the other offers that can be paid cost multiples of something and an exact share p / q of the
    spend goes to some: then (q - p) k = p x rest - q x matched, or p k = q x matched - p x rest.
    """
    payable = problem.cost <= problem.budget
    payable[offer] = False
    unit = int(np.gcd.reduce(problem.cost[payable])) if payable.any() else 0
    step = 1
    for rule in problem.rules:
        if isinstance(rule, SpendShare) and rule.least == rule.most and rule.most is not None and 0 < rule.most < 1:
            share = rule.most
            by = share.denominator - share.numerator if offer in rule.offers else share.numerator
            step = math.lcm(step, unit // math.gcd(unit, by) if unit else 1)
    return step


def _lines(problem: Problem, rest: Positions, offer: int, limit: int) -> Iterator[Line]:
    one, spent = Fraction(1), Fraction(sum(problem.cost[rest].tolist()))
    yield -one, limit - spent
    for rule in problem.rules:
        if not isinstance(rule, Spend | SpendShare):
            continue
        matched = Fraction(sum(problem.cost[np.intersect1d(rest, rule.offers, assume_unique=True)].tolist()))
        inside = Fraction(int(offer in rule.offers))
        if isinstance(rule, Spend):
            if rule.least is not None:
                yield inside, matched - rule.least
            if rule.most is not None:
                yield -inside, rule.most - matched
        else:
            if rule.least is not None:
                yield inside - rule.least, matched - rule.least * spent
            if rule.most is not None:
                yield rule.most - inside, rule.most * spent - matched

"""What a problem's money rules imply together, found before anything is priced.

Prices are multiples of a common unit, in many briefs of 50 or 100 units of currency. Then a budget is worth no more
than the next multiple below it, an exact share of the spend leaves even fewer possible totals, and a share closes
every offer that alone is dearer than its side may be. The relaxation, which takes offers in part, sees none of this.
"""

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from optimizer.columns import Flags, Positions
from optimizer.problem import Problem
from optimizer.rows import Rows
from optimizer.rules import Spend, SpendShare

_FIRST_LOOK = 1024
_PASSES = 4


@dataclass(frozen=True, eq=False, slots=True)
class Tight:
    """budget: minor units, no plan spends more. unit: minor units >= 1 of which every payable price is a multiple.

    closed: positions of offers that no plan contains, sorted; those dearer than the budget among them.
    """

    budget: int
    unit: int
    closed: Positions


def tightened(problem: Problem, filtered: Positions) -> Tight:
    """The same plans, a lower budget and more closed offers; ``filtered``: sorted offers that are closed already."""
    budget, unit = problem.budget, 1
    is_open = problem.cost <= budget
    is_open[filtered] = False
    for again in range(_PASSES):
        before, unit = budget, _common_unit(problem, is_open)
        budget = budget // unit * unit
        for rule in problem.rules:
            if isinstance(rule, SpendShare):
                budget = min(budget, _most_spent(rule, budget, unit))
        if again and budget == before:
            break
        if budget < before:
            is_open &= problem.cost <= budget
        for rule in problem.rules:
            if isinstance(rule, Spend | SpendShare):
                _close_too_dear(problem, rule, budget, is_open)
    return Tight(budget, unit, np.flatnonzero(~is_open))


def in_units(rows: Rows, problem: Problem, unit: int) -> Rows:
    """The rows with the sides of what is spent under a ``Spend`` rule moved to multiples of ``unit``.

    Where no multiple is left between them they stay: solvers want sides in order.
    """
    if unit == 1:
        return rows
    lower, upper = rows.lower.copy(), rows.upper.copy()
    for row, index in enumerate(rows.rule.tolist()):
        rule = problem.rules[index]
        if isinstance(rule, Spend):
            lower[row] = -np.inf if rule.least is None else -(-rule.least // unit) * unit
            upper[row] = np.inf if rule.most is None else rule.most // unit * unit
    hopeless = lower > upper
    lower[hopeless], upper[hopeless] = rows.lower[hopeless], rows.upper[hopeless]
    return replace(rows, lower=lower, upper=upper)


def _common_unit(problem: Problem, is_open: Flags) -> int:
    """The greatest common divisor of the open offers' costs; 1 when there are none or all are free."""
    unit, start, size = 0, 0, _FIRST_LOOK
    while start < problem.offers and unit != 1:
        block = slice(start, start + size)
        unit = math.gcd(unit, int(np.gcd.reduce(problem.cost[block][is_open[block]])))
        start, size = start + size, 4 * size
    return max(unit, 1)


def _most_spent(rule: SpendShare, budget: int, unit: int) -> int:
    """The most that is spent when an exact share p / q of it goes to some offers, all prices multiples of ``unit``.

    What they cost is then p times a whole number and what the others cost q - p times the same; both are multiples
    of the unit.
    """
    share = rule.least
    if share is None or share != rule.most or not 0 < share < 1:
        return budget
    p, rest = share.numerator, share.denominator - share.numerator
    step = share.denominator * math.lcm(unit // math.gcd(unit, p), unit // math.gcd(unit, rest))
    return budget // step * step


def _close_too_dear(problem: Problem, rule: Spend | SpendShare, budget: int, is_open: Flags) -> None:
    """Close offers that alone are dearer than their side of the rule may be, a share being one of the budget."""
    if isinstance(rule, Spend):
        sides: list[tuple[Fraction | int | None, bool]] = [(rule.most, True)]
    else:
        most, least = rule.most, rule.least
        sides = [
            (None if most is None else most * budget, True),
            (None if least is None else (1 - least) * budget, False),
        ]
    for side, inside in sides:
        if side is not None and side < budget:
            matched = np.zeros(problem.offers, np.bool_)
            matched[rule.offers] = True
            dear = np.flatnonzero(problem.cost > math.floor(side))
            is_open[dear[matched[dear] == inside]] = False

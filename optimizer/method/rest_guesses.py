"""What the rest of a partial plan may meet: points and prices from relaxations of the core at several budgets."""

from dataclasses import dataclass, replace

import numpy as np

from optimizer.columns import Floats, Positions
from optimizer.method.bound import Relaxation, relax
from optimizer.method.choices import COST, GAIN, ROWS, WORTH, Choices
from optimizer.method.core import Effort
from optimizer.method.price_pool import PricePool
from optimizer.program import Prices, Program
from optimizer.sorted_sets import union
from optimizer.tangents import spread

_BUDGETS = (1.0, 0.85, 1.15, 0.6, 1.5)
"""Shares of the budget at which the relaxation says what the rest of a plan may meet."""
_EPSILON = 2.3e-16


@dataclass(frozen=True, eq=False, slots=True)
class RestGuess:
    """A point and prices: weight of each option in the relaxed rest (n,), and per price vector j the price of reach
    (j,) and of money and rows (j, 1 + R), with the constant part of the bound and its rounding error (j,).
    """

    weight: Floats
    reach: Floats
    charges: Floats
    constant: Floats


def rest_guesses(choices: Choices, program: Program, prices: Prices, effort: Effort) -> list[RestGuess]:
    """What relaxations of the window at several budgets say; with a goal at several goals."""
    offers = union(choices.offer[choices.offer >= 0], choices.fixed)
    part = program.part(offers, choices.fixed)
    steps = np.array([0.5, 1.0])
    tangents = spread(part.problem, -np.log(np.clip(prices.fresh, 1e-9, 1.0)), steps)
    made = []
    for share in _BUDGETS:
        if effort.clock.over():
            break
        if program.goal is None:
            there = replace(part, problem=replace(part.problem, budget=int(part.problem.budget * share)))
        else:
            there = replace(part, goal=program.goal * min(share, 1.0 / share))
        relaxation = relax(there, prices, tangents, -np.inf, effort.clock.over)
        made.append(_guess(choices, offers, relaxation))
    return made


def _guess(choices: Choices, offers: Positions, relaxation: Relaxation) -> RestGuess:
    weight = np.zeros(len(offers) + 1)
    weight[relaxation.fixed] = 1.0
    weight[relaxation.free] = relaxation.weight
    at = np.where(choices.offer >= 0, np.searchsorted(offers, choices.offer), len(offers))
    goal, rows = choices.program.goal, len(choices.rows)
    vectors = PricePool.around(choices, choices.start_prices(relaxation.priced.prices)).vectors
    reach, charges = vectors[:, 0], vectors[:, 1 : 2 + rows]
    sides = slice(COST, ROWS + len(choices.rows))
    upper, lower = choices.upper[sides], choices.lower[sides]
    constant = np.where(charges > 0, charges * np.where(np.isfinite(upper), upper, 0.0), 0.0)
    constant += np.where(charges < 0, charges * np.where(np.isfinite(lower), lower, 0.0), 0.0)
    size = np.abs(choices.base) + np.abs(choices.features).sum(axis=0)
    for side in (upper, lower):
        size[sides] += np.where(np.isfinite(side), np.abs(side), 0.0)
    moved = size[WORTH] + reach * (size[GAIN] + 4.0 * float(choices.ceilings.sum()) + (goal or 0.0))
    terms = len(choices.offer) + len(size) + 8
    noise = _EPSILON * terms * (moved + np.abs(charges) @ size[sides])
    return RestGuess(weight[at], reach, charges, constant.sum(axis=1) - reach * (goal or 0.0) + noise)

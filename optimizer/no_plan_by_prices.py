"""That there is no plan, by prices alone: a proof that is a sum over all offers.

Give the budget and every row a price and add them up. No plan exists when the sum asks for more than all creators
together can give, each by its best offer. That is the bound of ``program.price``: without an objective every plan has
the value 0, so a bound below 0 is a contradiction; with a goal a plan engages at least that many people, so a bound on
engaged reach below it is one. Whatever solver made the prices, the sum proves it.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from optimizer.judge import GOAL_TOLERANCE
from optimizer.method.bound import relax
from optimizer.problem import Problem
from optimizer.program import Priced, Prices, Program, known_prices, price, valid
from optimizer.solution import Duals
from optimizer.tangents import spread

_ROUNDING = 1e-9
"""Relative rounding granted to a sum over millions of offers."""


def no_plan_by_prices(problem: Problem, out_of_time: Callable[[], bool], duals: Duals | None = None) -> bool:
    """Whether prices prove that no plan keeps budget and rules and reaches the goal, if there is one.

    duals: prices to try, of a problem with the same rules; None: they are looked for.
    False proves nothing: offers taken in part may do what whole ones cannot.
    """
    if problem.goal is None:
        least, offers = 0.0, problem.offers
        bare = replace(problem, exponents=np.zeros((offers, 0)), ceilings=np.zeros(0), gain=np.zeros(offers))
    else:
        least, bare = problem.goal * (1 - GOAL_TOLERANCE), problem
    program = Program.of(replace(bare, waste_aversion=0.0, goal=None))
    segments = len(bare.ceilings)
    if duals is None:
        start = Prices(1.0, np.ones(segments), 0.0, np.zeros(len(program.rows)))
        tangents = spread(bare, np.zeros(segments), np.zeros(1))
        priced = relax(program, start, tangents, -np.inf, out_of_time).priced
    else:
        priced = price(program, valid(program, known_prices(program, duals)))
    return priced.bound < least - _ROUNDING * _moved(program, priced)


def _moved(program: Program, priced: Priced) -> float:
    """The size of all that is added and taken away in a bound."""
    prices, rows = priced.prices, program.rows
    used = prices.rules != 0
    sides = np.where(prices.rules > 0, rows.upper, rows.lower)[used]
    people = float(program.problem.ceilings.sum() + program.problem.gain.sum())
    money = prices.budget * program.problem.budget
    return float(priced.best.sum() + np.abs(prices.rules[used] * sides).sum()) + money + people

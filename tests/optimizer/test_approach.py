"""First prices: with them few enough offers are worth their cost."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from optimizer.approach import approach
from optimizer.greedy import greedy
from optimizer.program import Program, price, valid
from optimizer.rules import SpendShare
from tests.optimizer.test_greedy import many


@pytest.mark.parametrize("seed", range(5))
def test_where_rules_keep_greedy_from_spending_the_first_prices_choose_what_can_be_paid(seed: int) -> None:
    drawn = many(np.random.default_rng(seed), creators=200)
    half = SpendShare("half", "spend_share", np.arange(200), Fraction(1, 2), Fraction(1, 2))
    problem = replace(drawn, cost=drawn.cost // 1_000 * 1_000, rules=(half,))
    program = Program.of(problem)
    start = greedy(program)
    assert not len(start.plan)
    priced = price(program, valid(program, approach(program, start)))
    best = np.flatnonzero(priced.profit > 0)
    assert 0 < problem.cost[best].sum() <= problem.budget

"""What rules of money imply: no plan is lost, and what no plan can do is seen beforehand."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from optimizer.columns import Positions
from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.program import Program
from optimizer.rules import Spend, SpendShare
from optimizer.tighten import tightened

_NONE: Positions = np.zeros(0, np.int64)


def _priced(cost: list[int], budget: int, *rules: Spend | SpendShare) -> Problem:
    n = len(cost)
    some = np.full(n, 10.0)
    return Problem(
        creator=np.arange(n),
        cost=np.array(cost, np.int64),
        exponents=np.full((n, 1), 0.1),
        gain=np.zeros(n),
        waste=some,
        contacts=2.0 * some,
        ceilings=np.array([1_000.0]),
        budget=budget,
        waste_aversion=0.0,
        rules=rules,
    )


def _half(*offers: int) -> SpendShare:
    return SpendShare("half", "spend_share", np.array(offers), Fraction(1, 2), Fraction(1, 2))


def test_a_budget_between_multiples_of_the_prices_is_the_lower_one() -> None:
    tight = tightened(_priced([300, 450, 600], 1_000), _NONE)
    assert (tight.budget, tight.unit) == (900, 150)


def test_closed_offers_do_not_count_for_the_unit() -> None:
    tight = tightened(_priced([300, 450, 600, 7], 1_000), np.array([3]))
    assert tight.unit == 150
    assert 3 in tight.closed


def test_an_exact_half_leaves_even_totals_and_closes_whoever_is_dearer_than_half() -> None:
    tight = tightened(_priced([190, 10, 20, 180], 379, _half(0, 1)), _NONE)
    assert tight.budget == 360
    assert tight.closed.tolist() == [0]


@pytest.mark.parametrize(("p", "q", "left"), [(1, 3, 990), (2, 5, 1_000), (1, 7, 980), (3, 4, 1_000)])
def test_an_exact_share_leaves_totals_that_split_into_whole_prices(p: int, q: int, left: int) -> None:
    share = SpendShare("share", "spend_share", np.array([0, 1]), Fraction(p, q), Fraction(p, q))
    cost = [30, 60, 90, 120] if q == 3 else [10, 20, 30, 40]
    unit = 30 if q == 3 else 10
    split = [m for m in range(0, 1_001, unit) if m * p % q == 0 and m * p // q % unit == 0]
    assert tightened(_priced(cost, 1_000, share), _NONE).budget == split[-1] == left


def test_a_share_without_money_is_nothing_spent() -> None:
    share = SpendShare("share", "spend_share", np.array([0]), None, Fraction(0))
    assert tightened(_priced([5, 7], 20, share), _NONE).closed.tolist() == [0]


def test_sides_of_spend_move_to_prices_that_somebody_asks() -> None:
    spend = Spend("spend", "spend", np.array([0, 1]), 130, 390)
    program = Program.of(_priced([100, 200, 300], 1_000, spend))
    assert (program.rows.lower[0], program.rows.upper[0]) == (200.0, 300.0)


@pytest.mark.parametrize("seed", range(60))
def test_no_plan_is_lost(seed: int) -> None:
    rng = np.random.default_rng(seed)
    unit = int(rng.choice([1, 5, 12]))
    cost = (unit * rng.integers(0, 12, 8)).tolist()
    offers = np.sort(rng.choice(8, 4, replace=False))
    share = Fraction(int(rng.integers(1, 5)), 5)
    rules: list[Spend | SpendShare] = [
        SpendShare("s", "spend_share", offers, share, share),
        SpendShare("s", "spend_share", offers, share, None),
        SpendShare("s", "spend_share", offers, None, share),
        Spend("s", "spend", offers, None, int(rng.integers(0, 20 * unit))),
    ]
    problem = _priced(cost, int(rng.integers(0, 40 * unit)), rules[seed % 4])
    program = Program.of(problem)
    for size in range(9):
        for offers_in in combinations(range(8), size):
            plan = np.array(offers_in, np.int64)
            if judge(problem, plan).feasible:
                activity = program.rows.activity(problem, plan)
                assert problem.cost[plan].sum() <= program.problem.budget
                assert not np.isin(plan, program.closed).any()
                assert np.all((activity >= program.rows.lower - 1e-9) & (activity <= program.rows.upper + 1e-9))

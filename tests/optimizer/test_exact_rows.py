"""Money in digits: the rows hold for exactly the choices for which the one row holds."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.exact_rows import Digits, IntegerRow, in_digits
from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.rules import Rule, Spend
from optimizer.solution import Limits
from optimizer.solve import solve

AMOUNTS = st.one_of(st.integers(-10, 10), st.integers(-(10**15), 10**15), st.sampled_from([10**11, 10**11 + 1]))


def holds(digits: Digits, chosen: tuple[int, ...]) -> bool:
    """Whether carries exist: the smallest that a row allows is the best for the next."""
    carry = 0
    for row in digits.rows[:-1]:
        over = sum(value * x for value, x in zip(row.values, chosen, strict=True)) + carry - row.side
        carry = -(-over // digits.base)
        assert -1 <= carry <= len(chosen) + 1
    last = digits.rows[-1]
    return sum(value * x for value, x in zip(last.values, chosen, strict=True)) + carry <= last.side


@settings(max_examples=150, derandomize=True)
@given(st.lists(AMOUNTS, min_size=1, max_size=6), st.data())
def test_digits_hold_for_exactly_the_same_choices(values: list[int], data: st.DataObject) -> None:
    sums = sorted(
        {sum(v * x for v, x in zip(values, chosen, strict=True)) for chosen in product((0, 1), repeat=len(values))}
    )
    side = data.draw(st.sampled_from([near for total in sums for near in (total - 1, total, total + 1)]))
    digits = in_digits(IntegerRow(values, side))
    for chosen in product((0, 1), repeat=len(values)):
        within = sum(v * x for v, x in zip(values, chosen, strict=True)) <= side
        assert holds(digits, chosen) == within


@given(st.lists(AMOUNTS, min_size=1, max_size=40), AMOUNTS)
def test_no_number_is_large_enough_for_a_tolerance_to_bridge_one_unit(values: list[int], side: int) -> None:
    digits = in_digits(IntegerRow(values, side))
    for row in digits.rows:
        assert max(sum(map(abs, row.values)), abs(row.side)) * 1e-8 < 0.1


def near_alike(budget_short_by: int, rules: tuple[Rule, ...] = ()) -> Problem:
    """24 creators of 5 000 000 001 to 5 000 000 024 minor units each, worth the same; the first dozen just too dear."""
    n = 24
    cost = 5 * 10**9 + 1 + np.arange(n, dtype=np.int64)
    return Problem(
        creator=np.arange(n),
        cost=cost,
        exponents=np.zeros((n, 0)),
        gain=np.full(n, 10.0),
        waste=np.zeros(n),
        contacts=np.zeros(n),
        ceilings=np.zeros(0),
        budget=int(cost[:12].sum()) - budget_short_by,
        waste_aversion=0.0,
        rules=rules,
    )


def everyone(problem: Problem) -> np.ndarray:
    return np.arange(problem.offers)


@pytest.mark.parametrize(("short_by", "creators"), [(0, 12), (1, 11), (2, 11)])
def test_a_large_budget_is_kept_to_one_minor_unit(short_by: int, creators: int) -> None:
    """Two million sets of a dozen overspend by less than a part in 10^8."""
    problem = near_alike(short_by)
    solution = solve(problem, Limits())
    assert solution.status == "optimal"
    assert solution.plan is not None
    assert len(solution.plan) == creators


@pytest.mark.parametrize("short_by", [0, 1])
def test_a_large_spend_is_reached_to_one_minor_unit(short_by: int) -> None:
    """All that the dozen costs is to be spent, and at most that: one plan is left, or none."""
    free = near_alike(0)
    asked = free.budget
    problem = near_alike(short_by, (Spend("spend it", "spend", everyone(free), asked, None),))
    solution = solve(problem, Limits())
    if short_by:
        assert solution.status == "infeasible"
        assert solution.conflicts == ("spend it", "budget")
    else:
        assert solution.plan is not None
        assert judge(problem, solution.plan).cost == asked

"""Prices never call a problem with a plan impossible, and see most of those that have none."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.no_plan_by_prices import no_plan_by_prices
from optimizer.rules import Count, Spend
from tests.enumerate import AllPlans
from tests.optimizer.problems import random_problem
from tests.optimizer.test_conflicts import alike


def proven(seed: int, inverse: bool) -> tuple[bool, bool]:
    """Whether a random problem has a plan, and whether prices say that it has none."""
    problem = random_problem(np.random.default_rng(seed), rules=6, offers=8, inverse=inverse)
    return bool(AllPlans.of(problem).feasible.any()), no_plan_by_prices(problem, lambda: False)


@pytest.mark.parametrize("inverse", [False, True])
def test_against_every_plan(inverse: bool) -> None:
    answers = [proven(seed, inverse) for seed in range(150)]
    assert (True, True) not in answers
    without = [seen for possible, seen in answers if not possible]
    assert len(without) > 30
    assert sum(without) > 0.8 * len(without)


def test_whole_offers_that_parts_of_could_replace_prove_nothing() -> None:
    """101 to 199 of what costs 100 apiece: one and a half would do."""
    problem = alike(3, Spend("spend", "spend", np.arange(3), 101, 199))
    assert not AllPlans.of(problem).feasible.any()
    assert not no_plan_by_prices(problem, lambda: False)


def test_one_minor_unit_short_is_seen_among_thousands() -> None:
    problem = alike(5_000, Count("all", "count", np.arange(5_000), 5_000, None), budget=500_000)
    assert not no_plan_by_prices(problem, lambda: False)
    assert no_plan_by_prices(replace(problem, budget=499_999), lambda: False)


def test_out_of_time_nothing_is_proven_that_is_not_true() -> None:
    problem = alike(400, Count("some", "count", np.arange(400), 100, None), budget=10_000)
    assert not no_plan_by_prices(problem, lambda: True)

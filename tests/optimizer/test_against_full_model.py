"""Problems too large to enumerate: the answer equals that of one model of everything, solved by SCIP."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from optimizer.problem import Problem
from optimizer.rules import Count, OnlyWith, Rule, SpendShare, WasteShare
from optimizer.solution import Limits
from optimizer.solve import solve
from tests.optimizer.full_model import best_by_full_model
from tests.optimizer.problems import random_problem


def brief_like(seed: int) -> Problem:
    """80 creators from nano to mega with one to three offers, rules as briefs have them."""
    rng = np.random.default_rng(seed)
    creators, segments = 80, int(rng.integers(1, 5))
    offers_of = rng.integers(1, 4, creators)
    creator = np.repeat(np.arange(creators), offers_of)
    n = len(creator)
    followers = np.repeat(10.0 ** rng.uniform(3, 6.3, creators), offers_of)
    cost = np.round(followers * 0.012 * rng.lognormal(0, 0.4, n)).astype(np.int64) * 100
    size = 10.0 ** rng.uniform(5, 6.5, segments)
    share = np.repeat(rng.dirichlet(np.full(segments + 1, 0.5), creators)[:, :segments], offers_of, axis=0)
    engaged = followers[:, None] * np.exp(rng.normal(-3.5, 0.6, n))[:, None] * share
    contacts = followers * 0.3
    small = np.flatnonzero(followers < 1e5)
    pairs = rng.choice(creators, (3, 2), replace=False)
    rules: list[Rule] = [
        Count("few", "count", np.arange(n), None, int(rng.integers(3, 20))),
        SpendShare("micro", "spend_share", small, Fraction(int(rng.integers(10, 50)), 100), None),
        WasteShare("waste", "waste_share", 0.8),
        Count("large", "count", np.flatnonzero(followers > 5e5), 1, 3),
        *(
            Count(f"rivals {k}", "at_most_one_of", np.flatnonzero(np.isin(creator, pair)), None, 1)
            for k, pair in enumerate(pairs)
        ),
        OnlyWith("pair", "only_with", np.flatnonzero(creator == 7), (np.flatnonzero(creator == 9),)),
    ]
    return Problem(
        creator=creator,
        cost=cost,
        exponents=-np.log1p(-engaged / size),
        gain=np.zeros(n),
        waste=contacts * (1 - share.sum(axis=1)),
        contacts=contacts,
        ceilings=size * rng.uniform(0.5, 1, segments),
        budget=int(np.median(cost) * rng.choice([10, 40])),
        waste_aversion=float(rng.choice([0.0, 0.001, 0.01])),
        rules=tuple(rule for rule in rules if rng.random() < 0.6),
    )


def assert_equals_full_model(problem: Problem) -> None:
    other = best_by_full_model(problem)
    solution = solve(problem, Limits(relative_gap=1e-6))
    if other is None:
        assert solution.status == "infeasible"
        return
    assert solution.status == "optimal"
    assert solution.verdict is not None
    assert solution.best_bound is not None
    _, value = other
    assert solution.verdict.value >= value - 2e-6 * abs(value)
    assert solution.best_bound >= value - 1e-7 * abs(value)


@pytest.mark.parametrize("seed", range(9))
def test_briefs_of_eighty_creators(seed: int) -> None:
    assert_equals_full_model(brief_like(seed))


@pytest.mark.parametrize("seed", range(3))
def test_the_least_cost_for_a_goal(seed: int) -> None:
    problem = brief_like(100 + seed)
    everybody = float(problem.ceilings @ -np.expm1(-problem.exponents.sum(axis=0)))
    assert_equals_full_model(replace(problem, goal=everybody * 0.1, budget=int(problem.cost.sum())))


@pytest.mark.parametrize("seed", range(20))
def test_random_problems_of_forty_offers(seed: int) -> None:
    rng = np.random.default_rng(7_000 + seed)
    assert_equals_full_model(random_problem(rng, rules=5, offers=40, inverse=seed % 4 == 0))

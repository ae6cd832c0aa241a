"""What only large problems do, done to small ones: the answer is still that of enumeration."""

import numpy as np
import pytest

from optimizer.problem import Problem
from optimizer.solution import Limits, Progress
from optimizer.solve import solve
from tests.optimizer.problems import random_problem
from tests.optimizer.test_against_enumeration import assert_equals_enumeration


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two offers are vast, one creator is a large plan, four offers are too many for a sweep."""
    monkeypatch.setattr("optimizer.method.bound._VAST", 1)
    monkeypatch.setattr("optimizer.method.bound._NEIGHBOURS", 2)
    monkeypatch.setattr("optimizer.solve._VAST", 1)
    monkeypatch.setattr("optimizer.method.greedy._SKETCHED", 3)
    monkeypatch.setattr("optimizer.solve._SMALL", 0)
    monkeypatch.setattr("optimizer.solve._SWEPT", ((3, 20), (3, 20)))
    monkeypatch.setattr("optimizer.method.search._SWEPT", 3)
    monkeypatch.setattr("optimizer.method.search._CORE", 2)
    monkeypatch.setattr("optimizer.method.approach._MANY", 1)
    monkeypatch.setattr("optimizer.method.approach._SAMPLE", 4)
    monkeypatch.setattr("optimizer.method.approach._LEAST_CHOSEN", 1)


@pytest.mark.parametrize("seed", range(90))
def test_large_ways_find_what_enumeration_finds(seed: int) -> None:
    rng = np.random.default_rng(70_000 + seed)
    assert_equals_enumeration(random_problem(rng, rules=seed % 4, offers=10, inverse=seed % 5 == 4))


def test_a_first_plan_is_there_before_all_offers_are_looked_at() -> None:
    n = 400
    rng = np.random.default_rng(1)
    cost = rng.integers(100, 1_000, n)
    problem = Problem(
        creator=np.arange(n),
        cost=cost,
        exponents=(cost * rng.uniform(0.5, 1.5, n))[:, None] * 1e-6,
        gain=np.zeros(n),
        waste=np.zeros(n),
        contacts=np.ones(n),
        ceilings=np.array([1e6]),
        budget=8_000,
        waste_aversion=0.0,
    )
    seen: list[Progress] = []
    solution = solve(problem, Limits(), seen.append)
    assert [progress.phase for progress in seen[:2]] == ["greedy", "greedy"]
    sketch, whole = (progress.value for progress in seen[:2])
    assert sketch is not None
    assert whole is not None
    assert 0 < sketch <= whole
    assert solution.status == "optimal"

"""Branch and bound: with cores kept tiny, small problems branch, and the answer is still that of enumeration."""

import numpy as np
import pytest

from optimizer.problem import Problem
from optimizer.rules import Require
from optimizer.solution import Limits, Progress
from optimizer.solve import solve
from tests.optimizer.problems import random_problem
from tests.optimizer.test_against_enumeration import assert_equals_enumeration


@pytest.mark.parametrize("seed", range(80))
def test_branching_finds_what_enumeration_finds(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.solve._SWEPT", ((-1, 0), (-1, 0)))
    monkeypatch.setattr("optimizer.method.search._SWEPT", -1)
    monkeypatch.setattr("optimizer.method.search._CORE", 1)
    monkeypatch.setattr("optimizer.method.branching._LEAST_STAKE", 0.0 if seed % 2 else 1.0)
    monkeypatch.setattr("optimizer.method.search._LOOK_EVERY", 3)
    monkeypatch.setattr("optimizer.method.search._CROWDED", 2 if seed % 3 else 100)
    rng = np.random.default_rng(10_000 + seed)
    assert_equals_enumeration(random_problem(rng, rules=3, offers=10, inverse=seed % 4 == 0))


def test_an_offer_that_dwarfs_the_plan_does_not_blur_its_proof() -> None:
    """Met once: who engages a whole segment fits in no plan; beside it the 15 people of the best were rounding."""
    problem = Problem(
        creator=np.array([0, 1, 1, 2]),
        cost=np.array([742, 336, 297, 704]),
        exponents=np.array([[1e-7], [10.0], [1e-2], [1e-5]]),
        gain=np.zeros(4),
        waste=np.array([846.0, 792.0, 15.0, 912.0]),
        contacts=np.full(4, 1000.0),
        ceilings=np.array([2_433_302.74]),
        budget=856,
        waste_aversion=0.01,
        rules=(Require("small", "require", np.array([3])),),
    )
    solution = assert_equals_enumeration(problem)
    assert solution.plan is not None
    assert solution.plan.tolist() == [3]


def dear_and_similar(seed: int) -> Problem:
    """30 creators who each cost a good part of the budget: the relaxation takes a fraction of one of them."""
    rng = np.random.default_rng(seed)
    n = 30
    cost = rng.integers(280, 360, n) * 1_000
    contacts = cost * rng.uniform(0.9, 1.1, n)
    return Problem(
        creator=np.arange(n),
        cost=cost,
        exponents=(cost * rng.uniform(0.9, 1.1, n))[:, None] * 1e-7,
        gain=np.zeros(n),
        waste=contacts * rng.uniform(0.2, 0.6, n),
        contacts=contacts,
        ceilings=np.array([1_000_000.0]),
        budget=1_000_000,
        waste_aversion=0.001,
    )


@pytest.mark.parametrize("seed", range(5))
def test_branching_and_one_large_core_agree(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = dear_and_similar(seed)
    whole = solve(problem, Limits())
    monkeypatch.setattr("optimizer.solve._SWEPT", ((-1, 0), (-1, 0)))
    monkeypatch.setattr("optimizer.method.search._SWEPT", -1)
    monkeypatch.setattr("optimizer.method.search._CORE", 2)
    seen: list[Progress] = []
    branched = solve(problem, Limits(), seen.append)
    assert whole.verdict is not None
    assert branched.verdict is not None
    assert (whole.status, branched.status) == ("optimal", "optimal")
    assert branched.verdict.value == pytest.approx(whole.verdict.value, rel=1e-6)
    assert [progress.phase for progress in seen].count("core") >= 2

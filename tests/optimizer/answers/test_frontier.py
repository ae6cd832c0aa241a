"""The budget curve: every point is what trying every plan finds, and the knee is where it bends."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.answers.frontier import frontier, knee
from optimizer.problem import Problem
from optimizer.rules import Count
from optimizer.solution import Limits, Solution
from optimizer.solve import solve
from tests.enumerate import AllPlans
from tests.optimizer.problems import random_problem

LIMITS = Limits(relative_gap=1e-6)


def curve(problem: Problem, budgets: list[int]) -> list[Solution]:
    return frontier(problem, solve(problem, LIMITS), budgets, LIMITS)


@pytest.mark.parametrize("seed", range(60))
def test_every_point_equals_enumeration(seed: int) -> None:
    check_against_enumeration(seed)


@pytest.mark.parametrize("states", [3_000, 0])
@pytest.mark.parametrize("seed", range(60))
def test_so_it_does_on_the_way_of_large_problems(seed: int, states: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.solve._SMALL", 0)
    monkeypatch.setattr("optimizer.solve._GLANCED_STATES", states)  # 0: what a glance leaves is branched on
    check_against_enumeration(seed)


@pytest.mark.parametrize("seed", range(3))
def test_every_point_is_what_a_solve_of_its_own_proves(seed: int) -> None:
    problem = market_problem(seed)
    budgets = [problem.budget * share // 4 for share in (1, 2, 3, 5, 8)]
    for budget, found in zip(budgets, curve(problem, budgets), strict=True):
        alone = solve(replace(problem, budget=budget), LIMITS)
        assert found.status == alone.status == "optimal"
        assert found.verdict is not None
        assert alone.verdict is not None
        assert found.best_bound is not None
        assert alone.best_bound is not None
        assert found.verdict.value <= alone.best_bound + 1e-9 * abs(alone.best_bound)
        assert alone.verdict.value <= found.best_bound + 1e-9 * abs(found.best_bound)


def market_problem(seed: int) -> Problem:
    """2 000 offers of which dear ones reach more, a budget for some ten of them."""
    rng = np.random.default_rng([23, seed])
    cost = np.rint(np.exp(rng.normal(9.0, 1.2, 2_000))).astype(np.int64)
    share = rng.dirichlet(np.full(4, 0.5), 2_000)
    engaged = cost[:, None] ** 0.9 * rng.lognormal(-4.0, 0.4, (2_000, 1)) * share
    people = np.full(4, 4.0 * float(np.sort(engaged.sum(axis=1))[-50:].mean()))
    contacts = engaged.sum(axis=1) * 30.0
    return Problem(
        creator=np.arange(2_000),
        cost=cost,
        exponents=-np.log1p(-np.minimum(engaged / people, 0.9)),
        gain=np.zeros(2_000),
        waste=contacts * rng.uniform(0.2, 0.8, 2_000),
        contacts=contacts,
        ceilings=people,
        budget=int(np.sort(cost)[-200:].mean()) * 3,
        waste_aversion=0.001,
        rules=(Count("few", "count", np.arange(2_000), None, 12),),
    )


def check_against_enumeration(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, rules=3, inverse=seed % 5 == 0)
    most = int(problem.cost.sum()) + 1
    budgets = sorted({0, problem.budget, most, *rng.integers(0, most + 1, 6).tolist()})
    for budget, found in zip(budgets, curve(problem, budgets), strict=True):
        best = AllPlans.of(replace(problem, budget=budget)).best_value
        if best is None:
            assert found.status == "infeasible", budget
            continue
        assert found.status == "optimal", budget
        assert found.verdict is not None
        assert found.best_bound is not None
        assert found.verdict.feasible
        assert found.verdict.cost <= budget
        assert found.verdict.checks[0].most == budget
        assert found.verdict.value == pytest.approx(best, rel=1.1e-6, abs=1e-6)
        assert found.best_bound >= best - 1e-6 * max(abs(best), 1e-3)


def test_budgets_may_come_in_any_order_and_twice() -> None:
    problem = random_problem(np.random.default_rng(2), rules=0)
    ordered = curve(problem, [0, 1_000, 2_000])
    mixed = curve(problem, [2_000, 0, 1_000, 2_000])
    values = [found.verdict.value if found.verdict else None for found in ordered]
    assert [found.verdict.value if found.verdict else None for found in mixed] == [
        values[2],
        values[0],
        values[1],
        values[2],
    ]


def test_the_brief_s_own_budget_keeps_the_known_plan() -> None:
    problem = random_problem(np.random.default_rng(4), rules=1)
    known = solve(problem, LIMITS)
    assert frontier(problem, known, [problem.budget], LIMITS) == [known]


def test_the_knee_is_where_a_bent_line_bends() -> None:
    assert knee([10, 20, 30, 40], [10.0, 20.0, 21.0, 22.0]) == 1
    assert knee([1_000, 2_000, 3_000, 4_000], [10.0, 20.0, 21.0, 22.0]) == 1


def test_a_straight_line_has_no_knee() -> None:
    assert knee([10, 20, 30], [1.0, 2.0, 3.0]) is None
    assert knee([10, 20, 30], [5.0, 5.0, 5.0]) is None


def test_points_without_a_plan_do_not_count_for_the_knee() -> None:
    assert knee([10, 20, 30, 40, 50], [None, None, 10.0, 19.0, 20.0]) == 3
    assert knee([10, 20, 30], [None, 1.0, 2.0]) is None

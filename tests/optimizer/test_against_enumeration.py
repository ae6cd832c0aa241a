"""Small problems of every rule kind: the answer equals that of trying every plan."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.solution import Limits, Solution
from optimizer.solve import solve
from tests.enumerate import AllPlans
from tests.optimizer.problems import odd_problems, random_problem, random_rule, strange_scales

ASKED = Limits(relative_gap=1e-6)


def assert_equals_enumeration(problem: Problem, limits: Limits = ASKED) -> Solution:
    """The best value within the asked gap and a bound that holds, or a minimal conflict of an infeasible problem."""
    solution = solve(problem, limits)
    assert_is_that_of_enumeration(problem, solution, limits)
    return solution


def assert_is_that_of_enumeration(problem: Problem, solution: Solution, limits: Limits) -> None:
    """The same of a solution that was asked for in any way."""
    plans = AllPlans.of(problem)
    best = plans.best_value
    if best is None:
        assert solution.status == "infeasible"
        assert solution.plan is None
        assert not plans.keeping(solution.conflicts).any()
        for left_out in solution.conflicts:
            assert plans.keeping(set(solution.conflicts) - {left_out}).any(), f"{left_out} does not clash"
        return
    assert solution.status == "optimal"
    assert solution.plan is not None
    assert solution.verdict is not None
    assert solution.best_bound is not None
    assert judge(problem, solution.plan).feasible
    rounding = 1e-12 * max(float(problem.ceilings.sum()), 1.0)
    gap = limits.relative_gap * max(abs(solution.verdict.value), 1e-9) + rounding
    assert best - gap <= solution.verdict.value <= best + rounding
    assert solution.best_bound >= best - rounding


@pytest.mark.parametrize("seed", range(250))
def test_random_problems_equal_enumeration(seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert_equals_enumeration(random_problem(rng, rules=5, inverse=seed % 4 == 0))


@settings(max_examples=90, derandomize=True)
@given(odd_problems(goal=False))
def test_problems_of_ties_nothings_and_extremes_equal_enumeration(problem: Problem) -> None:
    assert_equals_enumeration(problem)


@settings(max_examples=90, derandomize=True)
@given(odd_problems(goal=True))
def test_least_costs_of_ties_nothings_and_extremes_equal_enumeration(problem: Problem) -> None:
    assert_equals_enumeration(problem)


@settings(max_examples=70, derandomize=True)
@given(odd_problems(offers=8))
def test_somewhat_larger_ones_too(problem: Problem) -> None:
    assert_equals_enumeration(problem)


@pytest.mark.parametrize("seed", range(60))
def test_problems_on_strange_scales_equal_enumeration(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = strange_scales(rng, offers=int(rng.integers(2, 9)))
    rules = tuple(random_rule(rng, problem, f"rule {k}") for k in range(int(rng.integers(0, 4))))
    assert_equals_enumeration(replace(problem, rules=rules))


@pytest.mark.parametrize("people", [5e-324, 1e-290, 1e-200, 1e-20])
@pytest.mark.parametrize("seed", range(4))
def test_segments_of_next_to_nobody_equal_enumeration(people: float, seed: int) -> None:
    """The units of a model are people, and one of 1e-20 people would make waste look infinite to a solver."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, rules=3)
    assert_equals_enumeration(replace(problem, ceilings=np.full(len(problem.ceilings), people)))

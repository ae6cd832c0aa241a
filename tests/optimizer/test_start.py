"""A solve that begins from what is known: same answer as from nothing, and an early end once enough is known."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.rules import Filter
from optimizer.solution import Limits, Solution, Start
from optimizer.solve import solve
from tests.enumerate import AllPlans
from tests.optimizer.problems import random_problem, random_rule

LIMITS = Limits(relative_gap=1e-9)


def known_of(problem: Problem) -> Solution:
    return solve(problem, LIMITS)


def changed(rng: np.random.Generator, problem: Problem) -> Problem:
    """The problem with another budget, and one rule more or less."""
    rules = problem.rules[1:] if rng.random() < 0.5 else (*problem.rules, random_rule(rng, problem, "one more"))
    budget = int(problem.budget * rng.uniform(0.3, 2.0))
    return replace(problem, rules=rules, budget=budget)


@pytest.mark.parametrize("seed", range(120))
def test_prices_and_plans_of_a_similar_problem_change_nothing_in_the_answer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, rules=4, inverse=seed % 4 == 0)
    known = known_of(problem)
    other = changed(rng, problem)
    plans = () if known.plan is None else (known.plan,)
    warm = solve(other, LIMITS, start=Start(plans, known.duals))
    best = AllPlans.of(other).best_value
    if best is None:
        assert warm.status == "infeasible"
        return
    assert warm.verdict is not None
    assert warm.status == "optimal"
    assert warm.verdict.value == pytest.approx(best, rel=1e-8, abs=1e-6)


@pytest.mark.parametrize("seed", range(160))
def test_a_solve_that_asks_for_enough_says_whether_a_plan_has_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, rules=4, inverse=seed % 4 == 0)
    known = known_of(problem)
    plans = AllPlans.of(problem)
    best = plans.best_value
    asked = 10.0 if best is None else best + abs(best) * float(rng.choice([-0.5, -1e-3, -1e-5, 1e-5, 1e-3, 0.5]))
    solution = solve(problem, LIMITS, start=Start((), known.duals if seed % 2 else None, enough=asked))
    if best is not None and best >= asked:
        assert solution.verdict is not None
        assert solution.verdict.value >= asked
        assert solution.plan is not None
        assert judge(problem, solution.plan).feasible
    elif solution.status == "infeasible":
        assert best is None
    else:
        assert solution.best_bound is not None
        assert solution.best_bound < asked


def test_exactly_the_best_value_is_enough() -> None:
    for seed in range(40):
        problem = random_problem(np.random.default_rng(seed), rules=2)
        best = AllPlans.of(problem).best_value
        if best is not None:
            solution = solve(problem, LIMITS, start=Start(enough=best * (1 - 1e-12)))
            assert solution.verdict is not None
            assert solution.verdict.value >= best * (1 - 1e-12)


def test_a_plan_that_is_enough_already_is_the_answer_at_once() -> None:
    problem = random_problem(np.random.default_rng(3), rules=0)
    known = known_of(problem)
    assert known.plan is not None
    assert known.verdict is not None
    again = solve(problem, LIMITS, start=Start((known.plan,), known.duals, enough=known.verdict.value))
    assert again.plan is not None
    assert again.plan.tolist() == known.plan.tolist()


def test_a_known_plan_that_breaks_a_rule_is_passed_over() -> None:
    problem = random_problem(np.random.default_rng(3), rules=0)
    known = known_of(problem)
    assert known.plan is not None
    without = replace(problem, rules=(Filter("out", "exclude", known.plan),))
    solution = solve(without, LIMITS, start=Start((known.plan,), known.duals))
    assert solution.plan is not None
    assert not np.isin(solution.plan, known.plan).any()

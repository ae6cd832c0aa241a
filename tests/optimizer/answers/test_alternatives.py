"""The k best plans that differ, against trying all plans."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from optimizer.answers.alternatives import Alternative, alternatives, differing, unlike
from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.rules import Count, Require
from optimizer.solution import Limits
from optimizer.solve import solve
from tests.enumerate import AllPlans
from tests.optimizer.problems import random_problem
from tests.optimizer.test_rules import ALL, BEST, positions, six_creators

LIMITS = Limits(relative_gap=1e-9)
SEEDS = range(150)


def found(problem: Problem, most: int, least: int) -> tuple[Alternative, ...]:
    return alternatives(problem, solve(problem, LIMITS), most, least, LIMITS)


def creators_of(problem: Problem, offers: np.ndarray) -> set[int]:
    return set(problem.creator[offers].tolist())


def drawn(seed: int) -> tuple[Problem, int, int]:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, rules=3, offers=9, inverse=seed % 5 == 0)
    return problem, int(rng.integers(1, 8)), int(rng.integers(1, 5))


@pytest.mark.parametrize("seed", SEEDS)
def test_each_is_the_best_of_all_plans_that_differ_from_those_before(seed: int) -> None:
    problem, most, least = drawn(seed)
    rows, plans = found(problem, most, least), AllPlans.of(problem)
    creators = [creators_of(problem, plans.plan(place)) for place in range(len(plans.chosen))]
    left = plans.feasible.copy()
    for row in rows:
        assert left.any()
        best = float(plans.value[left].max())
        assert row.verdict.value == pytest.approx(best, rel=1e-8, abs=1e-6)
        assert row.best_bound is not None
        assert row.best_bound >= best - 1e-6
        own = creators_of(problem, row.plan)
        left &= np.array([len(own ^ other) >= least for other in creators], np.bool_)
    assert len(rows) == most or not left.any()


@pytest.mark.parametrize("seed", SEEDS)
def test_they_keep_all_rules_differ_pairwise_and_come_best_first(seed: int) -> None:
    problem, most, least = drawn(seed)
    solution = solve(problem, LIMITS)
    rows = alternatives(problem, solution, most, least, LIMITS)
    assert (solution.plan is None) == (not rows)
    for row in rows:
        assert judge(problem, row.plan).feasible
        assert row.difference == len(creators_of(problem, rows[0].plan) ^ creators_of(problem, row.plan))
    if rows and solution.plan is not None:
        assert rows[0].plan.tolist() == solution.plan.tolist()
    for one, other in itertools.combinations(rows, 2):
        assert differing(problem, one.plan, other.plan) >= least
    values = [row.verdict.value for row in rows[1:]]
    assert values == sorted(values, reverse=True)


def test_another_offer_of_the_same_creator_is_no_difference() -> None:
    """Creator 0 has two offers; the best plan has the dear one."""
    problem = six_creators()
    first, second = found(problem, 2, 1)
    assert first.plan.tolist() == BEST
    assert creators_of(problem, second.plan) != creators_of(problem, first.plan)
    assert differing(problem, positions(0, 2), positions(1, 2)) == 0


def test_no_plan_left_ends_the_list() -> None:
    """Exactly one creator, and two of them differ by two: six plans, and the first is the best."""
    one = Count("one", "count", ALL, 1, 1)
    assert len(found(six_creators(one), 20, 2)) == 6
    assert len(found(six_creators(one), 20, 3)) == 1


def test_an_infeasible_problem_has_none() -> None:
    assert found(six_creators(Require("r", "require", positions())), 5, 2) == ()


def test_a_name_that_the_brief_has_taken_is_no_obstacle() -> None:
    taken = Count("unlike plan 1", "count", ALL, 1, None)
    assert len(found(six_creators(taken), 3, 2)) == 3


@pytest.mark.parametrize(("least", "best"), [(1, False), (0, True)])
def test_the_rule_counts_creators_in_exactly_one_of_two_plans(least: int, best: bool) -> None:
    problem = six_creators()
    rule = unlike(problem, np.array(BEST), "r", least)
    ruled = replace(problem, rules=(rule,))
    assert judge(ruled, np.array(BEST)).feasible == best
    assert judge(ruled, positions(0, 2, 3, 4)).feasible == best  # creator 0 with another offer
    assert judge(ruled, positions(2, 3, 4)).feasible
    activity = judge(ruled, positions(1, 2, 5, 6)).checks[-1].activity
    assert activity == 4

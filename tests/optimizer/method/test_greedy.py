"""The first plan: never dearer than the budget, never two offers of a creator, and prices that prove something."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from optimizer.judge import judge
from optimizer.method.greedy import greedy, outlined
from optimizer.problem import Problem
from optimizer.program import Program, price, valid
from optimizer.rules import Count, Require, Rule, Spend, SpendShare
from tests.optimizer.problems import random_problem
from tests.optimizer.test_program import tolerance, values


def many(rng: np.random.Generator, creators: int = 300, rules: tuple[Rule, ...] = ()) -> Problem:
    """Two offers each, two segments, money for some thirty."""
    n = 2 * creators
    cost = rng.integers(1_000, 100_000, n)
    contacts = rng.uniform(100, 10_000, n)
    return Problem(
        creator=np.repeat(np.arange(creators), 2),
        cost=cost,
        exponents=rng.uniform(0, 0.01, (n, 2)),
        gain=np.zeros(n),
        waste=contacts * rng.uniform(0, 1, n),
        contacts=contacts,
        ceilings=np.array([50_000.0, 20_000.0]),
        budget=1_500_000,
        waste_aversion=0.001,
        rules=rules,
    )


@pytest.mark.parametrize("seed", range(60))
def test_the_plan_keeps_budget_creators_and_filters_and_the_prices_bound_all_plans(seed: int) -> None:
    problem = random_problem(np.random.default_rng(seed), rules=4, offers=9, inverse=seed % 4 == 0)
    program = Program.of(problem)
    found = greedy(program)
    assert np.all(np.diff(found.plan) > 0)
    verdict = judge(problem, found.plan)
    assert verdict.cost <= problem.budget
    assert not np.intersect1d(found.plan, program.closed).size
    priced = price(program, valid(program, found.prices))
    assert all(value <= priced.bound + tolerance(problem) for _, value in values(problem))


@pytest.mark.parametrize("seed", range(10))
def test_without_rules_it_comes_close_to_its_own_bound(seed: int) -> None:
    problem = many(np.random.default_rng(seed))
    program = Program.of(problem)
    found = greedy(program)
    value = judge(problem, found.plan).value
    bound = price(program, valid(program, found.prices)).bound
    assert 0.8 * bound <= value <= bound


EASY: list[Rule] = [
    Count("ten of these", "count", np.arange(0, 200), 10, None),
    Count("five at most", "count", np.arange(600), None, 5),
    Spend("half on these", "spend", np.arange(0, 300), 750_000, None),
    Spend("little on these", "spend", np.arange(0, 300), None, 50_000),
    SpendShare("a third here", "spend_share", np.arange(0, 300), None, Fraction(1, 3)),
    Require("the dearest", "require", np.array([10, 11])),
]


@pytest.mark.parametrize("rule", EASY, ids=lambda rule: rule.name)
def test_a_rule_with_room_is_kept_at_once(rule: Rule) -> None:
    problem = many(np.random.default_rng(5), rules=(rule,))
    assert judge(problem, greedy(Program.of(problem)).plan).feasible


def test_the_goal_of_the_inverse_objective_is_reached_where_money_is_no_matter() -> None:
    free = many(np.random.default_rng(6))
    reach = judge(free, greedy(Program.of(free)).plan).engaged_reach
    problem = replace(free, goal=0.8 * reach, budget=10**9)
    assert judge(problem, greedy(Program.of(problem)).plan).feasible


def test_the_same_problem_gives_the_same_plan() -> None:
    problem = many(np.random.default_rng(7))
    assert greedy(Program.of(problem)).plan.tolist() == greedy(Program.of(problem)).plan.tolist()


def test_nothing_to_choose_from_is_no_plan() -> None:
    problem = replace(many(np.random.default_rng(8)), budget=0)
    assert greedy(Program.of(problem)).plan.tolist() == []


def test_exact_numbers_of_several_sets_are_met_by_cheap_offers_where_the_budget_is_short() -> None:
    """Two of the dear half, five of the others, seven altogether: the best offers of the first rule spend it all."""
    drawn = many(np.random.default_rng(9))
    n = drawn.offers
    dear = np.arange(n // 2)
    cost = np.where(np.arange(n) < n // 2, 600_000, 60_000) + np.arange(n)
    exponents = np.where((np.arange(n) < n // 2)[:, None], 0.1, 1e-4) * np.ones((n, 2))
    rules = (
        Count("altogether", "count", np.arange(n), 7, 7),
        Count("dear", "count", dear, 2, 2),
        Count("others", "count", np.arange(n // 2, n), 5, 5),
    )
    problem = replace(drawn, cost=cost, exponents=exponents, budget=1_510_000, rules=rules)
    assert judge(problem, greedy(Program.of(problem)).plan).feasible


@pytest.mark.parametrize("seed", range(60))
def test_an_outline_spends_no_more_than_there_is_and_its_prices_bound_all_plans(seed: int) -> None:
    problem = random_problem(np.random.default_rng(6_000 + seed), rules=3, inverse=seed % 3 == 0)
    program = Program.of(problem)
    outline = outlined(program)
    assert not np.isin(outline.plan, program.closed).any()
    assert len(np.unique(problem.creator[outline.plan])) == len(outline.plan)
    if problem.goal is None:
        assert problem.cost[outline.plan].sum() <= problem.budget
    elif len(outline.plan) < len(outline.pool):
        assert program.reached(outline.plan)
        assert not all(program.reached(np.setdiff1d(outline.plan, [offer])) for offer in outline.plan)
    priced = price(program, valid(program, outline.prices))
    assert all(value <= priced.bound + tolerance(problem) for _, value in values(problem))


def test_an_outline_of_nothing_is_nothing() -> None:
    problem = many(np.random.default_rng(1), creators=5)
    nothing = outlined(Program.of(replace(problem, budget=0)))
    assert nothing.plan.tolist() == []
    closed = Program.of(replace(problem, exponents=0.0 * problem.exponents, gain=0.0 * problem.gain))
    assert outlined(closed).plan.tolist() == []

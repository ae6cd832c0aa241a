"""Why nothing is feasible: the named rules clash, none of them is named in vain, and two solvers say so."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import optimizer.conflicts
from optimizer.clock import Clock
from optimizer.conflicts import find_conflicts, restricted
from optimizer.feasibility import decide, impossible_by_scip
from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.rules import Count, Filter, OnlyWith, Require, Rule, Spend, SpendShare, WasteShare
from optimizer.solution import Limits, Solution
from optimizer.solve import solve
from tests.enumerate import AllPlans
from tests.optimizer.problems import random_problem


def positions(*offers: int) -> np.ndarray:
    return np.array(offers, np.int64)


def alike(creators: int, *rules: Rule, budget: int = 10**9, goal: float | None = None) -> Problem:
    """Creators with one offer each, 100 minor units and 10 engaged people apiece, half of the contacts wasted."""
    return Problem(
        creator=np.arange(creators),
        cost=np.full(creators, 100),
        exponents=np.zeros((creators, 0)),
        gain=np.full(creators, 10.0),
        waste=np.full(creators, 50.0),
        contacts=np.full(creators, 100.0),
        ceilings=np.zeros(0),
        budget=budget,
        waste_aversion=0.0,
        rules=rules,
        goal=goal,
    )


def conflicts(problem: Problem) -> tuple[str, ...]:
    solution: Solution = solve(problem, Limits(time_limit_s=20.0))
    assert (solution.status, solution.stop_reason) == ("infeasible", "proven")
    assert (solution.plan, solution.verdict, solution.relative_gap) == (None, None, None)
    return solution.conflicts


CLASHES: list[tuple[Problem, set[str]]] = [
    (alike(4, Count("four", "count", positions(0, 1, 2, 3), 4, None), budget=399), {"four", "budget"}),
    (alike(4, Count("five", "count", positions(0, 1, 2, 3), 5, None)), {"five"}),
    (alike(2, Require("in", "require", positions(1)), Filter("out", "exclude", positions(0, 1))), {"in", "out"}),
    (alike(2, Require("dear", "require", positions(0)), budget=99), {"dear", "budget"}),
    (alike(2, Require("nobody", "require", positions())), {"nobody"}),
    (alike(3, Spend("spend", "spend", positions(0, 1), 201, None)), {"spend"}),
    (alike(3, Spend("spend", "spend", positions(0, 1), 101, 199)), {"spend"}),
    (
        alike(3, Count("all", "count", positions(0, 1, 2), 3, None), WasteShare("waste", "waste_share", 0.49)),
        {"all", "waste"},
    ),
    (
        alike(
            3,
            Count("all three", "count", positions(0, 1, 2), 3, None),
            SpendShare("half", "spend_share", positions(0), Fraction(1, 2), None),
        ),
        {"all three", "half"},
    ),
    (
        alike(
            3,
            Require("in", "require", positions(0)),
            OnlyWith("pair", "only_with", positions(0), (positions(1), positions(2))),
            Count("not both", "at_most_one_of", positions(1, 2), None, 1),
            Count("slack", "count", positions(0, 1, 2), None, 3),
        ),
        {"in", "pair", "not both"},
    ),
    (alike(3, goal=31.0), {"goal"}),
    (alike(3, goal=30.0, budget=299), {"goal", "budget"}),
    (alike(3, Count("two", "count", positions(0, 1, 2), None, 2), goal=30.0), {"goal", "two"}),
]


@pytest.mark.parametrize(("problem", "names"), CLASHES)
def test_the_rules_that_clash_are_named_and_no_others(problem: Problem, names: set[str]) -> None:
    assert set(conflicts(problem)) == names


def test_names_stand_in_the_order_of_the_rules_then_budget_and_goal() -> None:
    rules = tuple(Count(name, "count", positions(0, 1, 2), 2, None) for name in "cab")
    problem = alike(3, *rules, Count("never", "count", positions(0, 1, 2), None, 1), budget=100)
    found = conflicts(problem)
    names = [rule.name for rule in problem.rules] + ["budget", "goal"]
    assert list(found) == sorted(found, key=names.index)


def test_three_of_something_cannot_be_two_halves_and_that_takes_no_time() -> None:
    """No linear relaxation sees it: 1.5 creators on each side keep both rules."""
    problem = alike(
        200,
        Count("three", "count", np.arange(200), 3, 3),
        SpendShare("half", "spend_share", np.arange(100), Fraction(1, 2), Fraction(1, 2)),
    )
    assert set(conflicts(problem)) == {"three", "half"}


def test_a_sum_that_no_creators_of_hundreds_cost_clashes_alone() -> None:
    """Every relaxation keeps it, and the plans that are tried do not."""
    assert conflicts(alike(301, Spend("spend", "spend", np.arange(301), 101, 199))) == ("spend",)


def test_money_is_what_clashes_when_one_minor_unit_is_missing() -> None:
    amounts = [33_333_333_333, 33_333_333_333, 33_333_333_335]
    problem = replace(
        alike(3, Count("all", "count", positions(0, 1, 2), 3, None), budget=sum(amounts)), cost=np.array(amounts)
    )
    assert solve(problem, Limits()).status == "optimal"
    assert set(conflicts(replace(problem, budget=sum(amounts) - 1))) == {"all", "budget"}


def test_where_the_second_way_does_not_agree_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimizer.conflicts, "impossible_by_scip", lambda *_: False)
    solution = solve(alike(2, Require("dear", "require", positions(0)), budget=99), Limits())
    assert solution.status == "no_solution"
    assert solution.conflicts == ()


def test_a_brief_with_a_plan_has_no_conflict_but_the_plan() -> None:
    problem = alike(3, Count("two", "count", positions(0, 1, 2), 2, 2))
    clash = find_conflicts(problem, Limits(), Clock(10.0), solve)
    assert clash.names is None
    assert clash.plan is not None
    assert judge(problem, clash.plan).feasible


def test_only_named_rules_remain_of_a_restricted_problem() -> None:
    problem = alike(3, Count("two", "count", positions(0), 2, 2), Require("in", "require", positions(0)), budget=7)
    free = restricted(replace(problem, goal=5.0), frozenset(["in"]))
    assert [rule.name for rule in free.rules] == ["in"]
    assert free.budget == 300
    assert free.goal is None
    kept = restricted(replace(problem, goal=5.0), frozenset(["budget", "goal"]))
    assert (kept.rules, kept.budget, kept.goal) == ((), 7, 5.0)


@pytest.mark.parametrize("seed", range(60))
def test_both_ways_to_decide_agree_with_enumeration(seed: int) -> None:
    problem = replace(random_problem(np.random.default_rng(1000 + seed), rules=7, offers=8), goal=None)
    possible = bool(AllPlans.of(problem).feasible.any())
    answer = decide(problem, Clock(10.0), 1)
    assert answer.possible == possible
    assert (answer.plan is not None) == possible
    if answer.plan is not None:
        assert judge(problem, answer.plan).feasible
    assert impossible_by_scip(problem, Clock(10.0), 1) != possible


@pytest.mark.parametrize("seed", range(30))
def test_the_second_way_counts_the_goal(seed: int) -> None:
    problem = random_problem(np.random.default_rng(2000 + seed), rules=3, offers=8, inverse=True)
    assert impossible_by_scip(problem, Clock(10.0), 1) != bool(AllPlans.of(problem).feasible.any())


@pytest.mark.parametrize(("dearer", "possible"), [(0, True), (1, False)])
def test_numbers_beyond_64_bits_are_decided_too(dearer: int, possible: bool) -> None:
    """A third of 3 x 10^13 each, or one minor unit less, with a denominator of 3 x 10^9."""
    share = SpendShare("share", "spend_share", positions(0), Fraction(10**9, 3 * 10**9 + 1), Fraction(1, 3))
    third = SpendShare("third", "spend_share", positions(1), Fraction(10**9 - 1, 3 * 10**9 - 1), None)
    whole = Count("whole", "count", positions(0, 1, 2), 3, None)
    problem = replace(alike(3, share, third, whole, budget=10**14), cost=np.array([10**13 + dearer, 10**13, 10**13]))
    assert bool(AllPlans.of(problem).feasible.any()) == possible
    assert decide(problem, Clock(5.0), 1).possible == possible

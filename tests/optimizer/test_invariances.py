"""What must not matter does not, and what must help does not hurt."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from optimizer.columns import Positions
from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.rules import Count, Filter, OnlyWith, Require, Rule, Spend, SpendShare, WasteShare
from optimizer.solution import Limits, Solution
from optimizer.solve import solve
from tests.optimizer.method.test_greedy import many
from tests.optimizer.problems import random_problem

TIGHT = Limits(relative_gap=1e-9)


@pytest.fixture(params=range(12))
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    return np.random.default_rng(500 + request.param)


@pytest.fixture
def problem(rng: np.random.Generator) -> Problem:
    """A dozen or so creators with rules, or a hundred with a few."""
    if rng.random() < 0.7:
        return random_problem(rng, rules=3, offers=24, inverse=bool(rng.random() < 0.25))
    rules: tuple[Rule, ...] = (
        Count("few", "count", np.arange(0, 200), None, 8),
        SpendShare("some here", "spend_share", np.arange(0, 60), Fraction(1, 4), None),
        WasteShare("waste", "waste_share", 0.45),
    )
    return many(rng, creators=100, rules=rules)


def value_of(solution: Solution) -> float | None:
    """The value, None where nothing is feasible; every solve here must end with a proof."""
    assert solution.status in ("optimal", "infeasible")
    return None if solution.verdict is None else solution.verdict.value


def best(problem: Problem) -> float | None:
    return value_of(solve(problem, TIGHT))


def same(value: float | None) -> object:
    return None if value is None else pytest.approx(value, rel=1e-7, abs=1e-9)


def changed(rules: tuple[Rule, ...], change: Callable[[Positions], Positions]) -> tuple[Rule, ...]:
    """The rules when their sets of offers become others."""
    found: list[Rule] = []
    for rule in rules:
        if isinstance(rule, WasteShare):
            found.append(rule)
        elif isinstance(rule, OnlyWith):
            groups = tuple(change(group) for group in rule.needed)
            found.append(replace(rule, offers=change(rule.offers), needed=groups))
        else:
            found.append(replace(rule, offers=change(rule.offers)))
    return tuple(found)


def moved(rules: tuple[Rule, ...], to: Positions) -> tuple[Rule, ...]:
    """The rules when offer o has become offer to[o]."""
    return changed(rules, lambda offers: np.sort(to[offers]))


def taken(problem: Problem, offers: Positions, creator: Positions) -> Problem:
    """The problem of some offers in another order, offers may repeat; rules are left as they are."""
    return replace(
        problem,
        creator=creator,
        cost=problem.cost[offers],
        exponents=problem.exponents[offers],
        gain=problem.gain[offers],
        waste=problem.waste[offers],
        contacts=problem.contacts[offers],
    )


def with_offer(problem: Problem, creator: int, **figures: float) -> Problem:
    """One offer more at the end, of a creator that may be new; rules do not match it."""
    n = problem.offers
    order = np.argsort(np.append(problem.creator, creator), kind="stable")
    to = np.empty(n + 1, np.int64)
    to[order] = np.arange(n + 1)

    def column(name: str) -> np.ndarray:
        old = getattr(problem, name)
        new = np.full((1, *old.shape[1:]), figures.get(name, 0.0))
        return np.asarray(np.concatenate([old, new])[order], dtype=old.dtype)

    return replace(
        problem,
        creator=np.append(problem.creator, creator)[order],
        rules=moved(problem.rules, to),
        cost=column("cost"),
        exponents=column("exponents"),
        gain=column("gain"),
        waste=column("waste"),
        contacts=column("contacts"),
    )


def test_the_order_of_creators_and_of_their_offers(rng: np.random.Generator, problem: Problem) -> None:
    shuffled = rng.permutation(int(problem.creator.max()) + 1)[problem.creator]
    offers = np.lexsort((rng.random(problem.offers), shuffled))
    to = np.empty(problem.offers, np.int64)
    to[offers] = np.arange(problem.offers)
    other = replace(taken(problem, offers, shuffled[offers]), rules=moved(problem.rules, to)[::-1])
    assert best(other) == same(best(problem))


@pytest.mark.parametrize("factor", [7, 10**6])
def test_the_currency(problem: Problem, factor: int) -> None:
    def scaled(rule: Rule) -> Rule:
        if not isinstance(rule, Spend):
            return rule
        sides = (None if side is None else side * factor for side in (rule.least, rule.most))
        return Spend(rule.name, rule.kind, rule.offers, *sides)

    rules = tuple(scaled(rule) for rule in problem.rules)
    other = replace(problem, cost=problem.cost * factor, budget=problem.budget * factor, rules=rules)
    value = best(problem)
    in_cost = value is not None and problem.goal is not None
    assert best(other) == same(value * factor if in_cost and value is not None else value)


@pytest.mark.parametrize("factor", [1e-3, 1e5])
def test_the_unit_of_people(problem: Problem, factor: float) -> None:
    """The same exponents in a segment of ten times the people engage ten times the people."""
    other = replace(
        problem,
        ceilings=problem.ceilings * factor,
        gain=problem.gain * factor,
        waste=problem.waste * factor,
        contacts=problem.contacts * factor,
        goal=None if problem.goal is None else problem.goal * factor,
    )
    value = best(problem)
    in_people = value is not None and problem.goal is None
    assert best(other) == same(value * factor if in_people and value is not None else value)


def test_more_budget_never_hurts(problem: Problem) -> None:
    values = []
    for budget in (problem.budget // 2, problem.budget, problem.budget + 1, problem.budget * 2):
        value = best(replace(problem, budget=budget))
        values.append(-np.inf if value is None else value)
    assert all(later >= earlier - 1e-7 * abs(earlier) for earlier, later in pairwise(values))


def test_a_dominated_offer_changes_nothing(rng: np.random.Generator, problem: Problem) -> None:
    """Of the same creator, matched by the same rules, dearer, with more waste, and reaching the same people."""
    offer = int(rng.integers(problem.offers))
    rules = tuple(rule for rule in problem.rules if isinstance(rule, Count | Require | OnlyWith))
    offers = np.insert(np.arange(problem.offers), offer + 1, offer)
    to = np.arange(problem.offers) + (np.arange(problem.offers) > offer)

    def beside(some: Positions) -> Positions:
        return np.sort(np.append(to[some], offer + 1)) if offer in some else to[some]

    twice = replace(taken(problem, offers, problem.creator[offers]), rules=changed(rules, beside))
    cost, waste = twice.cost.copy(), twice.waste.copy()
    cost[offer + 1] += 1
    waste[offer + 1] = twice.contacts[offer + 1]
    assert best(replace(twice, cost=cost, waste=waste)) == same(best(replace(problem, rules=rules)))


def test_offers_that_are_worth_nothing_change_nothing(problem: Problem) -> None:
    """A new creator who costs, reaches nobody and wastes nothing; where rules ask for company it is no company."""
    creator = int(problem.creator.max()) + 1
    shares = any(isinstance(rule, SpendShare) for rule in problem.rules)
    other = with_offer(problem, creator, cost=0 if not shares else 10**12)
    assert best(other) == same(best(problem))


def test_a_creator_again_under_another_name_never_hurts(rng: np.random.Generator, problem: Problem) -> None:
    offer = int(rng.integers(problem.offers))
    figures = {name: float(getattr(problem, name)[offer]) for name in ("cost", "gain", "waste", "contacts")}
    other = with_offer(problem, int(problem.creator.max()) + 1, **figures)
    exponents = other.exponents.copy()
    exponents[-1] = problem.exponents[offer]
    before, after = best(problem), best(replace(other, exponents=exponents))
    if before is not None:
        assert after is not None
        assert after >= before - 1e-7 * abs(before)


def test_one_creator_twice_in_the_same_offers_is_one_creator(problem: Problem) -> None:
    """Every offer twice: the plan may change its ids, not its value."""
    offers = np.repeat(np.arange(problem.offers), 2)
    rules = changed(problem.rules, lambda some: np.sort(np.concatenate([2 * some, 2 * some + 1])))
    twice = replace(taken(problem, offers, problem.creator[offers]), rules=rules)
    assert best(twice) == same(best(problem))


def test_more_aversion_never_brings_more_waste(problem: Problem) -> None:
    if problem.goal is not None:
        return
    waste, engaged = [], []
    for aversion in (0.0, 0.003, 0.03, 1.0, 100.0):
        verdict = solve(replace(problem, waste_aversion=aversion), TIGHT).verdict
        if verdict is None:
            return
        waste.append(verdict.waste)
        engaged.append(verdict.engaged_reach)
    slack = 1e-6 * (waste[0] + 1.0)
    assert all(later <= earlier + slack for earlier, later in pairwise(waste))
    assert all(later <= earlier * (1 + 1e-7) for earlier, later in pairwise(engaged))


def test_a_filter_is_the_problem_without_the_offers(rng: np.random.Generator, problem: Problem) -> None:
    out = np.flatnonzero(rng.random(problem.offers) < 0.3)
    filtered = replace(problem, rules=(*problem.rules, Filter("out", "exclude", out)))
    left = np.setdiff1d(np.arange(problem.offers), out)
    if not len(left):
        return
    to = np.cumsum(np.isin(np.arange(problem.offers), left)) - 1

    rules = changed(problem.rules, lambda offers: to[offers[np.isin(offers, left)]])
    without = replace(taken(problem, left, problem.creator[left]), rules=rules)
    assert best(filtered) == same(best(without))


def test_a_required_creator_is_chosen_and_costs_no_more_than_leaving_it_free(problem: Problem) -> None:
    if problem.goal is not None:
        return
    free = best(problem)
    creator = int(problem.creator[0])
    offers = np.flatnonzero(problem.creator == creator)
    solution = solve(replace(problem, rules=(*problem.rules, Require("in", "require", offers))), TIGHT)
    forced = value_of(solution)
    if forced is not None:
        assert free is not None
        assert solution.plan is not None
        assert np.isin(solution.plan, offers).sum() == 1
        assert forced <= free + 1e-7 * abs(free)


def test_the_two_objectives_answer_each_other(rng: np.random.Generator) -> None:
    """The least cost of what a budget engages at most is no more than that budget, and one unit less engages less."""
    problem = replace(random_problem(rng, rules=2, offers=20), waste_aversion=0.0)
    most = solve(problem, TIGHT)
    if most.verdict is None or most.verdict.engaged_reach == 0:
        return
    goal = most.verdict.engaged_reach * (1 - 1e-8)
    least = solve(replace(problem, goal=goal), TIGHT)
    assert least.verdict is not None
    assert least.verdict.cost <= most.verdict.cost
    if least.verdict.cost > 0:
        short = solve(replace(problem, budget=least.verdict.cost - 1), TIGHT).verdict
        assert short is None or short.engaged_reach < goal
    assert least.plan is not None
    assert judge(problem, least.plan).feasible

"""What the prices of the proof say about one more unit of a limit, against problems solved again with it."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from optimizer.answers.prices import reduced_profits
from optimizer.problem import Problem
from optimizer.rules import Count, Filter, OnlyWith, Rule, Spend, SpendShare, WasteShare
from optimizer.solution import Duals, Limits, Solution
from optimizer.solve import solve
from tests.enumerate import AllPlans
from tests.optimizer.problems import random_problem

LIMITS = Limits(time_limit_s=30.0)
CLOSE = Limits(time_limit_s=30.0, relative_gap=1e-4)
"""Close enough to tell what thousands of offers bring together."""
NOISE = 1e-6
"""Relative rounding of a bound that is added up again from a few dozen prices."""


def promised(problem: Problem, duals: Duals) -> float:
    """What the relaxation behind the prices promises at most, over all offers: step 1 of the design's method."""
    profit = reduced_profits(problem, duals)
    for rule in problem.rules:
        if isinstance(rule, Filter):
            profit[rule.offers] = -np.inf
    total = duals.budget * problem.budget
    reach = 1.0 if problem.goal is None else -duals.rules.get("goal", 0.0)
    total -= reach * (problem.goal or 0.0)
    for creator in np.unique(problem.creator):
        total += max(0.0, float(profit[problem.creator == creator].max()))
    for slope, people in zip(duals.segments.tolist(), problem.ceilings.tolist(), strict=True):
        most = reach * people
        total += most - slope + slope * np.log(slope / most) if 0 < slope < most else most * (slope <= 0)
    for rule in problem.rules:
        price = duals.rules.get(rule.name, 0.0)
        if price and isinstance(rule, Count | Spend):
            limit = rule.most if price > 0 else rule.least
            assert limit is not None
            total += price * limit
        elif price and rule.kind == "require":
            total += price
    return float(total)


def best_value(problem: Problem) -> float:
    value = AllPlans.of(problem).best_value
    return -np.inf if value is None else value


def moved(problem: Problem, rule: Rule, price: float, by: int) -> tuple[Problem, float]:
    """The problem with the priced limit of a rule looser, and by how many of its units (a share: of what is spent)."""
    by_points = Fraction(by, 100)
    if isinstance(rule, Count | Spend):
        least = rule.least if price > 0 or rule.least is None else rule.least - by
        most = rule.most if price < 0 or rule.most is None else rule.most + by
        looser: Rule = replace(rule, least=least, most=most)
        units = float(by)
    elif isinstance(rule, SpendShare):
        low = rule.least if price > 0 or rule.least is None else rule.least - by_points
        high = rule.most if price < 0 or rule.most is None else rule.most + by_points
        looser, units = replace(rule, least=low, most=high), float(by_points * problem.budget)
    else:
        assert isinstance(rule, WasteShare)
        looser, units = replace(rule, most=rule.most + float(by_points)), 0.01 * by * float(problem.contacts.sum())
    rules = tuple(looser if each is rule else each for each in problem.rules)
    return replace(problem, rules=rules), units


def solved(seed: int, inverse: bool = False) -> tuple[Problem, Solution, Duals] | None:
    """A random problem with its plan, unless it has none, or rules whose prices stand for several rows."""
    rng = np.random.default_rng(4000 + seed)
    problem = random_problem(rng, rules=3, offers=8, inverse=inverse)
    solution = solve(problem, LIMITS)
    several = any(isinstance(rule, OnlyWith) and len(rule.needed) > 1 for rule in problem.rules)
    if solution.plan is None or solution.duals is None or several:
        return None
    return problem, solution, solution.duals


@pytest.mark.parametrize("seed", range(60))
def test_more_budget_never_brings_more_than_its_price_and_what_the_relaxation_promises(seed: int) -> None:
    case = solved(seed)
    if case is None:
        return
    problem, _, duals = case
    promise = promised(problem, duals)
    noise = NOISE * max(1.0, abs(promise))
    assert best_value(problem) <= promise + noise
    for more in (1, 100, 1_000, 10_000):
        assert best_value(replace(problem, budget=problem.budget + more)) <= promise + duals.budget * more + noise


@pytest.mark.parametrize("seed", range(60))
def test_a_higher_goal_never_costs_less_than_its_price_and_what_the_relaxation_promises(seed: int) -> None:
    case = solved(seed, inverse=True)
    if case is None:
        return
    problem, _, duals = case
    promise = promised(problem, duals)
    noise = NOISE * max(1.0, abs(promise), *problem.cost.tolist())
    assert best_value(problem) <= promise + noise
    assert problem.goal is not None
    for more in (-0.2, 0.001, 0.01, 0.1, 0.5):
        moved_goal = problem.goal * (1 + more)
        price = duals.rules.get("goal", 0.0)
        assert best_value(replace(problem, goal=moved_goal)) <= promise + price * problem.goal * more + noise


@pytest.mark.parametrize("inverse", [False, True])
@pytest.mark.parametrize("seed", range(60))
def test_a_looser_limit_never_brings_more_than_its_price_and_what_the_relaxation_promises(
    seed: int, inverse: bool
) -> None:
    case = solved(seed, inverse)
    if case is None:
        return
    problem, _, duals = case
    promise = promised(problem, duals)
    noise = NOISE * max(1.0, abs(promise))
    for rule in problem.rules:
        if isinstance(rule, Count | Spend | SpendShare | WasteShare):
            price = duals.rules.get(rule.name, 0.0)
            for by in (1, 2, 10):
                looser, units = moved(problem, rule, price, by)
                assert best_value(looser) <= promise + abs(price) * units + noise


def crowd(*rules: Rule, budget: int = 2_500_000) -> Problem:
    """3 000 creators with one offer of 20.00 to 60.00 each, three segments: none of them matters much."""
    rng = np.random.default_rng(7)
    n = 3_000
    contacts = rng.uniform(500, 5_000, n)
    return Problem(
        creator=np.arange(n),
        cost=rng.integers(2_000, 6_000, n),
        exponents=rng.uniform(0, 0.004, (n, 3)),
        gain=np.zeros(n),
        waste=contacts * rng.uniform(0.2, 0.9, n),
        contacts=contacts,
        ceilings=np.array([40_000.0, 25_000.0, 90_000.0]),
        budget=budget,
        waste_aversion=0.001,
        rules=rules,
    )


def value_of(problem: Problem) -> float:
    solution = solve(problem, CLOSE)
    assert solution.verdict is not None
    assert solution.status == "optimal"
    return solution.verdict.value


HALF = np.arange(1_500)
MOVES: dict[str, Rule] = {
    "count": Count("rule", "count", np.arange(3_000), None, 400),
    "count of some, at least": Count("rule", "count", HALF, 600, None),
    "spend": Spend("rule", "spend", HALF, None, 500_000),
    "spend at least": Spend("rule", "spend", HALF, 2_000_000, None),
    "spend_share": SpendShare("rule", "spend_share", HALF, None, Fraction(1, 5)),
    "spend_share at least": SpendShare("rule", "spend_share", HALF, Fraction(4, 5), None),
    "waste_share": WasteShare("rule", "waste_share", 0.4),
}
BY = {"count": 10, "spend": 20_000, "spend_share": 1, "waste_share": 1}


def test_where_no_offer_matters_much_the_next_1000_bring_what_their_price_says() -> None:
    problem = crowd()
    solution = solve(problem, CLOSE)
    assert solution.duals is not None
    assert solution.verdict is not None
    more = 100_000
    gained = value_of(replace(problem, budget=problem.budget + more)) - solution.verdict.value
    lost = solution.verdict.value - value_of(replace(problem, budget=problem.budget - more))
    estimate = solution.duals.budget * more
    assert 0.95 * estimate < gained < 1.001 * estimate
    assert 0.999 * estimate < lost < 1.05 * estimate


@pytest.mark.parametrize("name", MOVES)
def test_where_no_offer_matters_much_a_looser_limit_brings_what_its_price_says(name: str) -> None:
    rule = MOVES[name]
    problem = crowd(rule)
    solution = solve(problem, CLOSE)
    assert solution.duals is not None
    assert solution.verdict is not None
    price, by = solution.duals.rules["rule"], BY[rule.kind]
    looser, _ = moved(problem, rule, price, by)
    # app/services/answers/rules.py: a point of a share is worth what it is of the spend or of the contacts
    units = {"spend_share": solution.verdict.cost * 0.01, "waste_share": solution.verdict.contacts * 0.01}
    gained = value_of(looser) - solution.verdict.value
    assert gained == pytest.approx(abs(price) * by * units.get(rule.kind, 1.0), rel=0.1)


def test_where_no_offer_matters_much_more_people_cost_what_the_price_of_the_goal_says() -> None:
    goal = 0.5 * crowd().ceilings.sum()
    problem = replace(crowd(budget=20_000_000), goal=float(goal))
    solution = solve(problem, CLOSE)
    assert solution.duals is not None
    assert solution.verdict is not None
    costs = solution.verdict.value - value_of(replace(problem, goal=float(goal) + 1_000))
    assert costs == pytest.approx(-solution.duals.rules["goal"] * 1_000, rel=0.05)


def test_a_looser_limit_saves_what_its_price_says_when_cost_is_minimised() -> None:
    """Half as many of some as the cheapest plan takes; prices of a convex problem lie between what both moves do."""
    free = replace(crowd(budget=20_000_000), goal=50_000.0)
    cheapest = solve(free, LIMITS)
    assert cheapest.plan is not None
    most = int(np.isin(cheapest.plan, HALF).sum()) // 2

    def with_most(creators: int) -> Problem:
        return replace(free, rules=(Count("rule", "count", HALF, None, creators),))

    solution = solve(with_most(most), LIMITS)
    assert solution.duals is not None
    assert solution.verdict is not None
    price = solution.duals.rules["rule"]
    saved = value_of(with_most(most + 3)) - solution.verdict.value
    lost = solution.verdict.value - value_of(with_most(most - 3))
    assert 0.85 * price * 3 < saved < 1.03 * price * 3
    assert 0.97 * price * 3 < lost < 1.25 * price * 3

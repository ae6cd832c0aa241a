"""Every reason code is true of its offer: recomputed here with the judge, one offer at a time."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.answers.prices import charges
from optimizer.answers.reasons import reasons
from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.rules import Count, Filter
from optimizer.solution import Duals, Limits, Solution
from optimizer.solve import solve
from tests.enumerate import best_plan
from tests.optimizer.problems import random_problem


def solved(problem: Problem, duals: Duals | None = None) -> Solution:
    """The best plan by enumeration, as a proven solution; infeasible when there is none."""
    best = best_plan(problem)
    if best is None:
        return Solution("infeasible", "proven", None, None, None, None, None)
    plan, verdict = best
    return Solution("optimal", "proven", plan, verdict, verdict.value, 0.0, duals)


def codes_of(problem: Problem, solution: Solution) -> list[list[str]]:
    found = reasons(problem, solution)
    return [
        [found.names[code] for code in found.codes[found.start[offer] : found.start[offer + 1]]]
        for offer in range(problem.offers)
    ]


@pytest.mark.parametrize("seed", range(150))
def test_codes_are_true_and_none_is_missing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, inverse=seed % 5 == 0)
    solution = solved(problem)
    codes = codes_of(problem, solution)
    for offer, found in enumerate(codes):
        assert len(set(found)) == len(found)
        assert ("price_above_budget" in found) == (problem.cost[offer] > problem.budget)
        for rule in problem.rules:
            if isinstance(rule, Filter):
                assert (f"filtered:{rule.name}" in found) == (offer in rule.offers)
    if solution.plan is not None:
        for offer, found in enumerate(codes):
            check_next_to_plan(problem, solution.plan, offer, found)


def check_next_to_plan(problem: Problem, plan: np.ndarray, offer: int, found: list[str]) -> None:
    if offer in plan:
        assert found == []
        return
    assert found, "a rejected offer has a reason"
    taken = problem.creator[offer] in problem.creator[plan]
    assert ("other_offer_chosen" in found) == taken
    if taken or {code.split(":")[0] for code in found} & {"price_above_budget", "filtered"}:
        return
    before, after = judge(problem, plan), judge(problem, np.sort(np.append(plan, offer)))
    broken = {check.name for check in after.checks if not check.holds and check.kind not in ("budget", "goal")}
    assert {code.removeprefix("rule:") for code in found if code.startswith("rule:")} == broken
    if problem.goal is None and "better_value_elsewhere" in found:
        assert after.cost > problem.budget or after.net <= before.net + 1e-9 * max(abs(before.net), 1.0)


def test_without_a_plan_only_facts_of_the_offer_are_given() -> None:
    problem = replace(
        two_shops(),
        budget=600,
        rules=(Filter("not her", "exclude", np.array([0])), Count("two", "count", np.arange(3), 3, None)),
    )
    assert codes_of(problem, solved(problem)) == [["filtered:not her"], [], ["price_above_budget"]]


@pytest.mark.parametrize("seed", range(40))
def test_what_is_said_about_worth_holds_under_the_prices_of_a_real_proof(seed: int) -> None:
    """Worth is recomputed offer by offer: the judge says what an offer adds, the prices what it is charged."""
    problem = random_problem(np.random.default_rng(1000 + seed), offers=12)
    solution = solve(problem, Limits())
    if solution.plan is None or solution.duals is None:
        return
    plan, before = solution.plan, judge(problem, solution.plan)
    usual = 1 - before.waste / before.contacts if before.contacts else 1.0
    charged = charges(problem, solution.duals)
    waste_price = sum(solution.duals.rules.get(rule.name, 0.0) for rule in problem.rules if rule.kind == "waste_share")
    for offer, found in enumerate(codes_of(problem, solution)):
        if not {"audience_already_reached", "low_on_target_share"} & set(found):
            continue
        waste, contacts = float(problem.waste[offer]), float(problem.contacts[offer])
        adds = judge(problem, np.sort(np.append(plan, offer))).engaged_reach - before.engaged_reach
        alone = judge(problem, np.array([offer])).engaged_reach
        aversion, charge = problem.waste_aversion, float(charged[offer])
        assert adds - aversion * waste <= charge + 1e-6
        if "audience_already_reached" in found:
            assert alone - aversion * waste > charge - 1e-6
        if "low_on_target_share" in found:
            own = 1 - waste / contacts
            assert own < usual
            expected = contacts * (1 - usual)
            worth = adds * usual / own - aversion * expected - charge + waste_price * (waste - expected)
            assert worth > -1e-6


def two_shops() -> Problem:
    """One segment of 1 000 people; three creators: 300 people for 500, 100 for 500, 100 for 700 and half wasted."""
    return Problem(
        creator=np.array([0, 1, 2]),
        cost=np.array([500, 500, 700]),
        exponents=-np.log1p(-np.array([[0.3], [0.1], [0.1]])),
        gain=np.zeros(3),
        waste=np.array([0.0, 0.0, 2000.0]),
        contacts=np.array([4000.0, 4000.0, 4000.0]),
        ceilings=np.array([1000.0]),
        budget=500,
        waste_aversion=0.01,
    )


def with_price(problem: Problem, plan: np.ndarray, mu: float) -> Solution:
    verdict = judge(problem, plan)
    slope = problem.ceilings * np.exp(-problem.exponents[plan].sum(axis=0))
    profit = problem.exponents @ slope - problem.waste_aversion * problem.waste - mu * problem.cost
    duals = Duals(slope, mu, {}, profit)
    return Solution("optimal", "proven", plan, verdict, verdict.value, 0.0, duals)


def test_audience_already_reached_by_hand() -> None:
    """With 0.18 per minor unit 500 costs 90: the second brings 100 alone, but only 70 next to the first."""
    problem = replace(two_shops(), budget=600)
    found = codes_of(problem, with_price(problem, np.array([0]), 0.18))
    assert found[1] == ["audience_already_reached", "better_value_elsewhere"]


def test_a_lone_price_too_high_is_not_blamed_on_overlap() -> None:
    """With 0.3 per minor unit 500 costs 150, more than the 100 that the second brings even alone."""
    problem = replace(two_shops(), budget=600)
    found = codes_of(problem, with_price(problem, np.array([0]), 0.3))
    assert found[1] == ["better_value_elsewhere"]


def test_low_on_target_share_by_hand() -> None:
    """The third brings 70 next to the first and wastes 2000 x 0.01 = 20, and 700 at 0.1 cost 70: worth -20.

    Its share is a half, the plan's is 1. With that share it would bring 140 and waste nothing: worth 70.
    """
    problem = replace(two_shops(), budget=1000)
    found = codes_of(problem, with_price(problem, np.array([0]), 0.1))
    assert found[2] == ["low_on_target_share", "audience_already_reached", "better_value_elsewhere"]
    # alone it would bring 100 - 20 - 70 = 10 > 0, so overlap decides as well


def test_nobody_on_target_is_low_whatever_it_costs() -> None:
    problem = replace(
        two_shops(),
        budget=5000,
        exponents=np.append(two_shops().exponents[:2], [[0.0]], axis=0),
        waste=np.array([0.0, 0.0, 4000.0]),
    )
    assert codes_of(problem, with_price(problem, np.array([0, 1]), 0.0))[2] == [
        "low_on_target_share",
        "better_value_elsewhere",
    ]


def test_a_full_plan_names_the_rule_that_keeps_an_offer_out() -> None:
    """With money to spare and a cap of one creator only the cap keeps the second out."""
    problem = replace(two_shops(), budget=5000, rules=(Count("just one", "count", np.arange(3), None, 1),))
    found = codes_of(problem, solved(problem))
    assert found[0] == []
    assert found[1] == ["rule:just one"]


def test_a_hundred_thousand_offers_are_explained_at_once() -> None:
    rng = np.random.default_rng(5)
    n = 100_000
    problem = Problem(
        creator=np.arange(n) // 2,
        cost=rng.integers(1, 10**6, n),
        exponents=rng.uniform(0, 1e-3, (n, 4)),
        gain=np.zeros(n),
        waste=rng.uniform(0, 1e4, n),
        contacts=np.full(n, 1e4),
        ceilings=np.full(4, 1e6),
        budget=10**7,
        waste_aversion=0.01,
        rules=tuple(
            Count(f"group {k}", "at_most_one_of", np.arange(k * 10, k * 10 + 10), None, 1) for k in range(2000)
        ),
    )
    plan = np.arange(0, 100, 2)
    found = reasons(problem, with_price(problem, plan, 1e-4))
    number = np.diff(found.start)
    assert np.all(number[plan] == 0)
    assert np.all(np.delete(number, plan) > 0)

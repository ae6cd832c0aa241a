"""Entry and drop-out costs, estimated from prices, against enumeration where the program is linear."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from optimizer.answers.prices import charges, losses_if_forced, reduced_profits, threshold_costs
from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.program import Program, known_prices, price
from optimizer.rules import Count, Filter, Require, Spend, SpendShare, WasteShare
from optimizer.solution import Duals, Limits
from optimizer.solve import solve
from tests.enumerate import AllPlans, best_plan
from tests.optimizer.problems import random_problem


def knapsack(**changes: object) -> Problem:
    """Five creators without overlap; per minor unit they bring 0.10, 0.08, 0.05, 0.04 and 0.02."""
    columns: dict[str, object] = {
        "creator": np.arange(5),
        "cost": np.array([1000, 1000, 1000, 1000, 1000]),
        "exponents": np.zeros((5, 0)),
        "gain": np.array([100.0, 80.0, 50.0, 40.0, 20.0]),
        "waste": np.zeros(5),
        "contacts": np.ones(5),
        "ceilings": np.zeros(0),
        "budget": 3000,
        "waste_aversion": 0.0,
    }
    return Problem(**(columns | changes))  # type: ignore[arg-type]


def priced(problem: Problem, mu: float, rules: dict[str, float] | None = None) -> Duals:
    """Duals whose reduced profits are left to the formula, as for offers that the solver closed."""
    return Duals(np.zeros(len(problem.ceilings)), mu, rules or {}, np.full(problem.offers, -np.inf))


def test_costs_by_hand() -> None:
    """At 0.04 per minor unit the five are worth 2500, 2000, 1250, 1000 and 500."""
    problem, plan = knapsack(), np.array([0, 1, 2])
    found = threshold_costs(problem, plan, priced(problem, 0.04))
    assert found == pytest.approx([2500, 2000, 1250, 1000, 500])


def test_an_entry_cost_is_right_on_both_sides_where_the_program_is_linear() -> None:
    problem, plan = knapsack(), np.array([0, 1, 2])
    entry = threshold_costs(problem, plan, priced(problem, 0.05))[4]
    assert entry == pytest.approx(400)
    for cost, comes_in in ((0, True), (1000, False)):
        cheaper = replace(problem, cost=np.array([1000, 1000, 1000, 1000, cost]))
        best = best_plan(cheaper)
        assert best is not None
        assert (4 in best[0]) == comes_in


def test_thresholds_stay_on_their_side_of_the_cost_and_within_the_budget() -> None:
    """A price of money that disagrees with the plan may not say that a chosen offer is too dear already."""
    problem, plan = knapsack(), np.array([0, 1, 4])
    found = threshold_costs(problem, plan, priced(problem, 0.02))
    assert found == pytest.approx([3000, 3000, 1000, 1000, 1000])


def test_money_without_a_price_gives_no_estimate() -> None:
    problem = knapsack()
    assert np.isnan(threshold_costs(problem, np.arange(5), priced(problem, 0.0))).all()


def test_no_cost_brings_in_what_is_worth_less_than_nothing() -> None:
    problem = knapsack(waste=np.array([0, 0, 0, 0, 1.0]), waste_aversion=30.0)
    found = threshold_costs(problem, np.array([0, 1, 2]), priced(problem, 0.04))
    assert np.isnan(found[4])
    assert found[3] == pytest.approx(1000)


def test_filtered_and_required_creators_have_no_price() -> None:
    rules = (Filter("out", "exclude", np.array([3])), Require("in", "require", np.array([0])))
    problem = knapsack(rules=rules)
    found = threshold_costs(problem, np.array([0, 1, 2]), priced(problem, 0.04))
    assert np.isnan(found[[0, 3]]).all()
    assert not np.isnan(found[[1, 2, 4]]).any()


def test_another_offer_of_the_creator_is_the_alternative() -> None:
    """Two offers of one creator, worth 60 and 10 beyond their cost: the first leaves when it is worth but 10."""
    problem = knapsack(creator=np.array([0, 0, 1, 2, 3]), gain=np.array([100.0, 50.0, 50.0, 40.0, 20.0]))
    duals = priced(problem, 0.04)
    assert reduced_profits(problem, duals)[:2] == pytest.approx([60, 10])
    found = threshold_costs(problem, np.array([0, 2, 3]), duals)
    assert found[0] == pytest.approx(1000 + (60 - 10) / 0.04)
    assert np.isnan(found[1])  # free of charge it would bring 50, less than the 60 of the first


def test_charges_are_the_sum_of_price_and_coefficient() -> None:
    every = np.arange(5)
    problem = knapsack(
        waste=np.array([0.0, 0.5, 0, 0, 0]),
        rules=(
            Count("count", "count", np.array([0, 1]), None, 1),
            Spend("spend", "spend", np.array([1, 2]), None, 1500),
            SpendShare("share", "spend_share", np.array([2, 3]), Fraction(2, 5), None),
            WasteShare("waste", "waste_share", 0.25),
        ),
    )
    duals = priced(problem, 0.04, {"count": 5.0, "spend": 0.01, "share": -0.02, "waste": 2.0})
    share = -0.02 * 1000 * (np.isin(every, [2, 3]) - 0.4)
    waste = 2.0 * (problem.waste - 0.25 * problem.contacts)
    expected = 40 + 5 * np.isin(every, [0, 1]) + 10 * np.isin(every, [1, 2]) + share + waste
    assert charges(problem, duals) == pytest.approx(expected)
    assert reduced_profits(problem, duals) == pytest.approx(problem.gain - expected)


def test_when_cost_is_minimised_a_minor_unit_is_itself_a_unit_of_value() -> None:
    """Where the goal makes an engaged person worth 22 minor units, a creator belongs in up to 22 per person."""
    problem = knapsack(goal=230.0, budget=5000)
    plan = np.array([0, 1, 2])
    assert judge(problem, plan).feasible
    found = threshold_costs(problem, plan, priced(problem, 0.0, {"goal": -22.0}))
    assert found == pytest.approx([2200, 1760, 1100, 880, 440])


@pytest.mark.parametrize("seed", range(40))
def test_estimates_from_a_real_proof_stay_within_reason(seed: int) -> None:
    problem = random_problem(np.random.default_rng(2000 + seed), offers=12, inverse=seed % 4 == 0)
    solution = solve(problem, Limits())
    if solution.plan is None or solution.duals is None:
        return
    found = threshold_costs(problem, solution.plan, solution.duals)
    chosen = np.isin(np.arange(problem.offers), solution.plan)
    stated = ~np.isnan(found)
    assert np.all(found[stated] >= 0)
    assert np.all(found[stated] <= problem.budget)
    assert np.all(found[stated & chosen] >= problem.cost[stated & chosen])
    assert np.all(found[stated & ~chosen] <= problem.cost[stated & ~chosen])
    open_offers = np.isfinite(solution.duals.reduced_profit)
    ours = reduced_profits(problem, replace(solution.duals, reduced_profit=np.full(problem.offers, -np.inf)))
    if not any(rule.kind == "only_with" for rule in problem.rules):
        scale = 1 + np.abs(charges(problem, solution.duals))
        gap = np.abs(ours - solution.duals.reduced_profit)[open_offers] / scale[open_offers]
        assert np.all(gap < 1e-6), "reduced profits by name of rule are those that the proof used"


def test_losses_by_hand() -> None:
    """At 0.04 per minor unit the fourth is worth what it costs and the fifth 20 less."""
    rules = (Filter("out", "exclude", np.array([3])),)
    found = losses_if_forced(knapsack(rules=rules), np.array([0, 1, 2]), priced(knapsack(), 0.04))
    assert found[[0, 1, 2, 4]] == pytest.approx([0, 0, 0, 20])
    assert np.isnan(found[3])
    assert np.isnan(losses_if_forced(knapsack(budget=900), np.zeros(0, np.int64), priced(knapsack(), 0.04))).all()


@pytest.mark.parametrize("seed", range(80))
def test_no_offer_loses_less_than_estimated_but_for_the_gap_of_the_relaxation(seed: int) -> None:
    """Against enumeration: the prices prove a bound for the best plan, and lower ones for plans with each offer."""
    problem = random_problem(np.random.default_rng(4000 + seed), inverse=seed % 4 == 0)
    solution = solve(problem, Limits())
    if solution.plan is None or solution.duals is None:
        return
    program = Program.of(problem)
    open_value = price(program, known_prices(program, solution.duals)).bound - judge(problem, solution.plan).value
    found, plans = losses_if_forced(problem, solution.plan, solution.duals), AllPlans.of(problem)
    assert plans.best_value is not None
    for offer in range(problem.offers):
        with_it = plans.feasible & plans.chosen[:, offer]
        if with_it.any():
            loss = plans.best_value - float(plans.value[with_it].max())
            assert loss >= found[offer] - open_value - 1e-6 * max(abs(plans.best_value), 1.0)

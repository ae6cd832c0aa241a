"""A solve whose plans raise the cost of an offer ends at the highest cost at which enumeration finds a plan."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.answers.cost_range import cost_range
from optimizer.answers.one_offer import at_cost, required
from optimizer.answers.sharp import none_has
from optimizer.columns import Positions
from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.program import Program, known_prices, price, valid
from optimizer.rules import Rule, Spend, SpendShare
from optimizer.solution import Limits, Rising, Start
from optimizer.solve import solve
from tests.enumerate import AllPlans
from tests.optimizer.problems import random_problem, random_rule

SHARP = Limits(relative_gap=1e-9)


def with_upper_sides(rng: np.random.Generator, offers: int) -> Problem:
    """A random problem whose rules a dearer offer makes no easier to keep: rules on money have only upper sides."""
    problem = random_problem(rng, rules=0, offers=offers)
    kinds = ("count", "spend", "spend_share", "waste_share", "at_most_one_of")
    rules = [random_rule(rng, problem, f"rule {k}", str(rng.choice(kinds))) for k in range(int(rng.integers(0, 4)))]
    return replace(problem, rules=tuple(map(_upper_side, rules)))


def _upper_side(rule: Rule) -> Rule:
    return replace(rule, least=None) if isinstance(rule, Spend) else rule


def loosened(problem: Problem, offer: int) -> bool:
    """Whether a rule on shares is easier to keep when the offer costs more."""
    shares = [rule for rule in problem.rules if isinstance(rule, SpendShare)]
    return any((rule.least if offer in rule.offers else rule.most) is not None for rule in shares)


@pytest.mark.parametrize("seed", range(120))
def test_the_last_cost_is_the_highest_that_a_plan_of_this_value_bears(seed: int) -> None:
    rng = np.random.default_rng(3_000 + seed)
    problem = with_upper_sides(rng, offers=9)
    offer = int(rng.integers(problem.offers))
    if loosened(problem, offer):
        return
    asked = required(at_cost(problem, offer, 0), offer)
    plans = AllPlans.of(asked)
    values = plans.value[plans.feasible]
    if not len(values):
        return
    enough = float(rng.choice(values)) - 1e-6
    wanted = np.flatnonzero(plans.feasible & (plans.value >= enough))
    highest = max(cost_range(problem, plans.plan(place), offer)[-1] for place in wanted.tolist())
    told: list[int] = []

    def next_cost(plan: Positions) -> int:
        told.append(cost_range(problem, plan, offer)[-1] + 1)
        return told[-1]

    solution = solve(asked, SHARP, start=Start((), None, enough, Rising(offer, next_cost)))
    if solution.verdict is not None and solution.verdict.value >= enough:  # its rows are tight at one cost only
        assert not told
        assert Program.of(asked, offer).rising is None
        return
    assert told == sorted(set(told))
    assert told[-1] == highest + 1
    assert none_has(enough, solution)


@pytest.mark.parametrize("seed", range(30))
def test_a_solve_ends_with_the_plan_that_changes_no_cost(seed: int) -> None:
    problem = with_upper_sides(np.random.default_rng(4_000 + seed), offers=9)
    asked = required(at_cost(problem, 0, 0), 0)
    if not AllPlans.of(asked).feasible.any():
        return
    solution = solve(asked, SHARP, start=Start((), None, -1e9, Rising(0, lambda _: None)))
    assert solution.plan is not None
    assert judge(asked, solution.plan).feasible


@pytest.mark.parametrize("seed", range(40))
def test_a_dearer_offer_has_the_program_that_its_cost_makes(seed: int) -> None:
    """Also in a part of the program, under the offer's number there."""
    rng = np.random.default_rng(5_000 + seed)
    problem = with_upper_sides(rng, offers=20)
    offer = int(rng.integers(problem.offers))
    program = Program.of(problem, offer)
    if program.rising is None or offer in program.closed:
        return
    cost = int(problem.cost[offer]) + int(rng.integers(1, 500))
    some = np.union1d(np.flatnonzero(rng.random(problem.offers) < 0.5), [offer])
    offers = np.setdiff1d(some, program.closed)
    there = program.part(offers, np.zeros(0, np.int64)).at_cost(cost)
    dearer = at_cost(problem, offer, cost)
    assert there.problem.cost.tolist() == dearer.cost[offers].tolist()
    activity = Program.of(dearer).rows.activity(dearer, offers)
    assert there.rows.activity(there.problem, np.arange(len(offers))) == pytest.approx(activity)
    prices = valid(program, known_prices(program, None))
    assert price(there, prices).profit == pytest.approx(price(program.at_cost(cost), prices).profit[offers])


def test_an_offer_gets_no_cheaper_and_a_part_without_it_has_none() -> None:
    problem = replace(with_upper_sides(np.random.default_rng(7), offers=9), rules=())
    program = Program.of(problem, 0)
    if program.rising is not None:
        assert program.at_cost(int(problem.cost[0])) is program
        assert program.at_cost(None) is program
        rest = np.arange(1, problem.offers)
        assert program.part(rest, np.zeros(0, np.int64)).rising is None

"""Prices of any kind prove a bound, and the pieces of a program add up to the whole."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.columns import Positions
from optimizer.problem import Problem
from optimizer.program import Prices, Program, price, valid
from tests.enumerate import AllPlans
from tests.optimizer.problems import random_problem


def random_prices(rng: np.random.Generator, program: Program) -> Prices:
    """Prices of every sign and size; ``valid`` makes them prove something."""
    segments, rows = len(program.problem.ceilings), len(program.rows)
    size = 10.0 ** rng.uniform(-6, 3)
    some = rng.random(rows) < 0.7
    return Prices(
        reach=float(rng.choice([0.0, 1.0, size])),
        fresh=rng.choice([0.0, 1.0, size], segments) * rng.uniform(0, 1, segments),
        budget=float(rng.choice([-1.0, 0.0, 1.0])) * size,
        rules=rng.normal(size=rows) * size * some,
    )


def within(program: Program, plan: Positions) -> bool:
    """Whether a plan is one of the program's: forced offers in, closed ones out, rows of counts kept."""
    counts = program.rows.activity(program.problem, plan)[program.rows.rule < 0]
    lower, upper = (side[program.rows.rule < 0] for side in (program.rows.lower, program.rows.upper))
    return (
        not np.intersect1d(plan, program.closed).size
        and bool(np.isin(program.forced, plan).all())
        and bool(np.all((counts >= lower) & (counts <= upper)))
    )


def values(problem: Problem) -> list[tuple[Positions, float]]:
    """Every feasible plan with its value."""
    plans = AllPlans.of(problem)
    return [(plans.plan(place), float(plans.value[place])) for place in np.flatnonzero(plans.feasible).tolist()]


def tolerance(problem: Problem) -> float:
    return 1e-9 * (float(problem.ceilings.sum()) + float(problem.cost.sum()) + 1.0)


@pytest.fixture(params=range(40))
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    return np.random.default_rng(request.param)


@pytest.fixture
def problem(rng: np.random.Generator) -> Problem:
    return random_problem(rng, rules=4, offers=8, inverse=bool(rng.random() < 0.3))


def test_no_feasible_plan_is_worth_more_than_any_valid_prices_say(rng: np.random.Generator, problem: Problem) -> None:
    program, feasible = Program.of(problem), values(problem)
    for _ in range(10):
        priced = price(program, valid(program, random_prices(rng, program)))
        slack = tolerance(problem) + 1e-9 * abs(priced.bound)
        assert all(value <= priced.bound + slack for _, value in feasible)


def test_each_branch_has_a_bound_on_its_own_plans_and_together_they_hold_all(
    rng: np.random.Generator, problem: Problem
) -> None:
    program, feasible = Program.of(problem), values(problem)
    for _ in range(4):
        open_offers = np.setdiff1d(np.arange(problem.offers), np.union1d(program.closed, program.forced))
        if not len(open_offers):
            break
        if rng.random() < 0.5:
            offer = int(rng.choice(open_offers))
            children = [program.branch(offer, chosen) for chosen in (True, False)]
        else:
            some, most = np.flatnonzero(rng.random(problem.offers) < 0.5), int(rng.integers(0, 3))
            children = [program.counted(some, -np.inf, most), program.counted(some, most + 1, np.inf)]
        mine = [(plan, value) for plan, value in feasible if within(program, plan)]
        for plan, _ in mine:
            assert sum(within(child, plan) for child in children) == 1
        for child in children:
            priced = price(child, valid(child, random_prices(rng, child)))
            slack = tolerance(problem) + 1e-9 * abs(priced.bound)
            assert all(value <= priced.bound + slack for plan, value in mine if within(child, plan))
        program = children[int(rng.integers(2))]


def test_prices_of_a_parent_are_valid_in_a_child_and_prove_no_less(rng: np.random.Generator, problem: Problem) -> None:
    program = Program.of(problem)
    prices = valid(program, random_prices(rng, program))
    parent = price(program, prices)
    child = program.counted(np.arange(0, problem.offers, 2), -np.inf, 1)
    assert price(child, valid(child, prices)).bound == pytest.approx(parent.bound)
    for offer in np.setdiff1d(np.arange(problem.offers), program.closed)[:3].tolist():
        for chosen in (True, False):
            branch = program.branch(offer, chosen)
            assert price(branch, prices).bound <= parent.bound + tolerance(problem)


def test_a_part_prices_its_offers_as_the_whole_does(rng: np.random.Generator, problem: Problem) -> None:
    program = Program.of(problem)
    prices = valid(program, random_prices(rng, program))
    whole = price(program, prices)
    kept = np.setdiff1d(np.flatnonzero(rng.random(problem.offers) < 0.7), program.closed)
    part = program.part(kept, kept[:1])
    priced = price(part, prices)
    np.testing.assert_allclose(priced.profit, whole.profit[kept], rtol=1e-9, atol=tolerance(problem))
    assert part.problem.creator[part.forced].tolist() == problem.creator[kept[:1]].tolist()
    everything = program.part(np.setdiff1d(np.arange(problem.offers), program.closed), kept[:0])
    assert price(everything, prices).bound == pytest.approx(whole.bound, rel=1e-9, abs=tolerance(problem))


def test_profits_and_bound_by_hand() -> None:
    """y = 0.5 x 1000: offer 0 is worth 500 x 0.1 + 2 - 1 - 0.01 x 100 = 50, offer 1 500 x 0.2 - 3 = 97 of one creator;
    the curve leaves 1000 (1 - 0.5 + 0.5 ln 0.5) = 153.43, the budget 0.01 x 200."""
    problem = Problem(
        creator=np.array([0, 0]),
        cost=np.array([100, 150]),
        exponents=np.array([[0.1], [0.2]]),
        gain=np.array([2.0, 0.0]),
        waste=np.array([10.0, 15.0]),
        contacts=np.array([10.0, 15.0]),
        ceilings=np.array([1000.0]),
        budget=200,
        waste_aversion=0.1,
    )
    priced = price(Program.of(problem), Prices(1.0, np.array([0.5]), 0.01, np.zeros(0)))
    assert priced.profit == pytest.approx([50.0, 97.0])
    assert priced.best == pytest.approx([97.0])
    assert priced.bound == pytest.approx(97.0 + 1000 * (0.5 + 0.5 * np.log(0.5)) + 2.0)


def test_the_bound_is_exact_in_a_segment_far_larger_than_what_is_met() -> None:
    """One engaged person of 10^9: the curve's constant is a difference of numbers that agree in nine digits."""
    problem = Problem(
        creator=np.array([0]),
        cost=np.array([1]),
        exponents=np.array([[1e-9]]),
        gain=np.zeros(1),
        waste=np.zeros(1),
        contacts=np.zeros(1),
        ceilings=np.array([1e9]),
        budget=1,
        waste_aversion=0.0,
    )
    value = AllPlans.of(problem).best_value
    assert value is not None
    priced = price(Program.of(problem), Prices(1.0, np.exp(np.array([-1e-9])), 0.0, np.zeros(0)))
    assert priced.bound == pytest.approx(value, rel=1e-12)


def test_mixtures_of_prices_lie_between_them_and_stay_valid(rng: np.random.Generator, problem: Problem) -> None:
    program = Program.of(problem)
    one, other = (valid(program, random_prices(rng, program)) for _ in range(2))
    mixed = one.towards(other, 0.25)
    again = valid(program, mixed)
    assert again.rules == pytest.approx(mixed.rules)
    assert again.fresh == pytest.approx(mixed.fresh)
    assert mixed.budget == pytest.approx(0.75 * one.budget + 0.25 * other.budget)
    bound = 0.75 * price(program, one).bound + 0.25 * price(program, other).bound
    assert price(program, mixed).bound <= bound + tolerance(problem) + 1e-9 * abs(bound)


def test_offers_that_are_filtered_or_dearer_than_the_budget_are_closed() -> None:
    problem = replace(random_problem(np.random.default_rng(1), rules=0, offers=9), budget=1000)
    program = Program.of(problem)
    assert program.closed.tolist() == np.flatnonzero(problem.cost > 1000).tolist()
    priced = price(program, Prices(1.0, np.zeros(len(problem.ceilings)), 0.0, np.zeros(0)))
    assert np.all(np.isneginf(priced.profit[program.closed]))

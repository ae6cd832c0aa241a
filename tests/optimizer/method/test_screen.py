"""The screen decides nothing that a better plan decides otherwise, whatever the prices."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.method.screen import screen
from optimizer.method.window import closeness, leaders
from optimizer.problem import Problem
from optimizer.program import Program, price, valid
from tests.optimizer.problems import random_problem
from tests.optimizer.test_program import random_prices, tolerance, values, within


def assert_keeps_better_plans(problem: Problem, program: Program, rng: np.random.Generator) -> None:
    """Every plan above a threshold takes all fixed offers and else only free ones."""
    feasible = [(plan, value) for plan, value in values(problem) if within(program, plan)]
    priced = price(program, valid(program, random_prices(rng, program)))
    worth = sorted(value for _, value in feasible)
    for threshold in [-np.inf, *worth[-3:], *worth[:1]]:
        left = screen(program, priced, threshold)
        assert not np.intersect1d(left.free, left.fixed).size
        assert not np.isin(problem.creator[left.fixed], problem.creator[left.free]).any()
        better = [plan for plan, value in feasible if value > threshold + tolerance(problem)]
        for plan in better:
            assert np.isin(left.fixed, plan).all()
            assert np.isin(plan, np.union1d(left.free, left.fixed)).all()


@pytest.mark.parametrize("seed", range(60))
def test_no_better_plan_is_screened_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, rules=3, offers=8, inverse=seed % 4 == 0)
    program = Program.of(problem)
    for _ in range(5):
        assert_keeps_better_plans(problem, program, rng)
    open_offers = np.setdiff1d(np.arange(problem.offers), program.closed)
    if len(open_offers):
        assert_keeps_better_plans(problem, program.branch(int(rng.choice(open_offers)), True), rng)
        assert_keeps_better_plans(problem, program.branch(int(rng.choice(open_offers)), False), rng)


@pytest.mark.parametrize("seed", range(30))
def test_nor_among_offers_of_one_creator_that_are_equal(seed: int) -> None:
    """Met once: of two offers with the same profit each is the other's next choice, so neither is decided."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, rules=0, offers=5)
    twice = np.repeat(np.arange(problem.offers), 2)
    doubled = replace(
        problem,
        creator=problem.creator[twice],
        cost=problem.cost[twice],
        exponents=problem.exponents[twice],
        gain=problem.gain[twice],
        waste=problem.waste[twice],
        contacts=problem.contacts[twice],
    )
    program = Program.of(doubled)
    for _ in range(5):
        assert_keeps_better_plans(doubled, program, rng)


@pytest.mark.parametrize("seed", range(30))
def test_closeness_is_what_the_bound_falls_when_an_offer_is_decided_otherwise(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, rules=3, offers=9)
    program = Program.of(problem)
    priced = price(program, valid(program, random_prices(rng, program)))
    near = closeness(program, priced)
    lead = leaders(program, priced)
    assert len(np.unique(problem.creator[lead])) == len(lead)
    for offer in np.setdiff1d(np.arange(problem.offers), program.closed).tolist():
        other = program.branch(offer, offer not in lead)
        fall = priced.bound - price(other, priced.prices).bound
        assert near[offer] == pytest.approx(fall, rel=1e-9, abs=tolerance(problem))
    assert np.all(np.isinf(near[program.closed]))

"""Problems of more segments than take tangents of their own, as the patterns of a panel are."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.judge import judge
from optimizer.method.bound import relax
from optimizer.method.greedy import greedy
from optimizer.method.merge import merged
from optimizer.problem import Problem
from optimizer.program import Program, price, valid
from optimizer.rules import Require
from optimizer.solution import Limits
from optimizer.solve import solve
from optimizer.tangents import is_wide, spread
from tests.enumerate import AllPlans
from tests.optimizer.problems import random_problem


def wide_problem(rng: np.random.Generator, inverse: bool = False, **sizes: int) -> Problem:
    """A random small problem whose people fall into some hundred patterns; each creator reaches a part of them."""
    narrow = random_problem(rng, inverse=inverse, **sizes)
    patterns = int(rng.integers(201, 400))
    reached = rng.random((narrow.offers, patterns)) < rng.uniform(0.05, 0.9, (narrow.offers, 1))
    return replace(
        narrow,
        exponents=reached * rng.uniform(0.0, 10.0 ** rng.uniform(-3, 1), (narrow.offers, 1)),
        ceilings=rng.lognormal(4.0, 2.0, patterns),
    )


@pytest.mark.parametrize("seed", range(60))
def test_the_plan_is_the_best_of_all(seed: int) -> None:
    problem = wide_problem(np.random.default_rng([17, seed]))
    assert is_wide(problem)
    every, solution = AllPlans.of(problem), solve(problem, Limits(time_limit_s=60))
    best = every.best_value
    assert solution.status == ("infeasible" if best is None else "optimal")
    if best is not None:
        assert solution.verdict is not None
        assert solution.best_bound is not None
        assert solution.verdict.value == pytest.approx(best, rel=1e-6, abs=1e-9)
        assert solution.best_bound >= best - 1e-9 * abs(best)


@pytest.mark.parametrize("seed", range(40))
def test_the_cheapest_plan_reaches_the_goal(seed: int) -> None:
    problem = wide_problem(np.random.default_rng([18, seed]), inverse=True)
    best, solution = AllPlans.of(problem).best_value, solve(problem, Limits(time_limit_s=60))
    assert solution.status == ("infeasible" if best is None else "optimal")
    assert (solution.verdict and solution.verdict.value) == best


@pytest.mark.parametrize("seed", range(20))
def test_the_relaxation_bounds_every_plan(seed: int) -> None:
    problem = wide_problem(np.random.default_rng([19, seed]))
    program, every = Program.of(problem), AllPlans.of(problem)
    tangents = spread(problem, problem.exponents.sum(axis=0), np.array([0.1, 0.5]))
    relaxation = relax(program, greedy(program).prices, tangents, -np.inf, lambda: False)
    if every.best_value is not None:
        assert relaxation.priced.bound >= every.best_value - 1e-9 * abs(every.best_value)
        assert relaxation.feasible


@pytest.mark.parametrize("seed", range(20))
def test_merged_segments_give_every_plan_its_value(seed: int) -> None:
    rng = np.random.default_rng([20, seed])
    problem = replace(wide_problem(rng), rules=())
    fixed = np.flatnonzero(np.diff(problem.creator, prepend=-1))[: int(rng.integers(0, 3))]
    program = Program.of(problem)
    for offer in fixed.tolist():
        program = program.branch(offer, chosen=True)
    prices = valid(program, greedy(program).prices)
    made, fewer = merged(program, fixed, prices)
    assert len(made.problem.ceilings) <= len(problem.ceilings)
    required = tuple(Require(f"{offer}", "require", np.array([offer])) for offer in fixed.tolist())
    every = AllPlans.of(replace(problem, rules=required))
    for place in np.flatnonzero(every.feasible).tolist():
        plan = every.plan(place)
        value = judge(problem, plan).value
        assert judge(made.problem, plan).value == pytest.approx(value, rel=1e-12, abs=1e-9)
        assert price(made, valid(made, fewer)).bound >= value - 1e-9 * abs(value)


def test_segments_that_differ_in_decided_offers_alone_become_one() -> None:
    rng = np.random.default_rng(21)
    problem = replace(wide_problem(rng, offers=9), rules=())
    open_offers = np.arange(problem.offers)[-2:]
    inside = rng.random((len(open_offers), len(problem.ceilings))) < 0.5
    exponents = problem.exponents.copy()
    exponents[open_offers] = 0.2 * inside
    program = Program.of(replace(problem, exponents=exponents))
    fixed = np.setdiff1d(np.arange(problem.offers), open_offers)
    made, _ = merged(program, fixed, greedy(program).prices)
    assert len(made.problem.ceilings) == 3  # reached by the one, by the other, by both

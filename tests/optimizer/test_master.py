"""The linear model of a window: tangents above the curve and close to it, units that change nothing but the numbers."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.linear_model import Ending
from optimizer.master import build, dense
from optimizer.program import Program, price, valid
from tests.enumerate import AllPlans
from tests.optimizer.problems import random_problem, strange_scales
from tests.optimizer.test_program import tolerance


def tangent(ceiling: float, at: np.ndarray, u: np.ndarray) -> np.ndarray:
    """The lowest of the tangents of M (1 - e^-u) at each point: float64 (u,)."""
    lines = ceiling * (1 - np.exp(-at)[:, None] * (1 + at[:, None] - u[None, :]))
    return np.asarray(lines.min(axis=0))


@pytest.mark.parametrize("around", [0.0, 1e-6, 0.01, 1.0, 5.0])
@pytest.mark.parametrize("allowed", [1e-3, 1.0, 1e3])
def test_dense_tangents_stand_above_the_curve_and_near_the_middle_by_no_more_than_allowed(
    around: float, allowed: float
) -> None:
    problem = random_problem(np.random.default_rng(1), rules=0)
    ceilings = np.array([1e5, 2e4, 3e5])
    problem = replace(problem, ceilings=ceilings, exponents=np.full((problem.offers, 3), 0.1))
    program = Program.of(problem)
    points = dense(program, [np.zeros(1)] * 3, np.full(3, around), allowed)
    for ceiling, at in zip(problem.ceilings.tolist(), points, strict=True):
        u = np.linspace(0, 2 * around + 1e-9, 501)
        above = tangent(ceiling, at, u) - ceiling * -np.expm1(-u)
        assert above.min() >= -1e-9 * ceiling
        nearest = np.abs(u - around) <= np.diff(np.sort(at)).min()
        assert above[nearest].max(initial=0.0) <= allowed + 1e-9 * ceiling


@pytest.mark.parametrize("seed", range(30))
def test_the_relaxed_model_of_all_offers_is_above_every_plan_and_its_prices_say_so(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = strange_scales(rng) if seed % 3 == 0 else random_problem(rng, rules=3, offers=8)
    program = Program.of(problem)
    best = AllPlans.of(problem).best_value
    offers = np.setdiff1d(np.arange(problem.offers), program.closed)
    tangents = [np.linspace(0, total, 9) for total in problem.exponents.sum(axis=0)]
    master = build(program, offers, offers[:0], tangents)
    answer = master.model.solve_relaxed(10.0)
    if best is None:
        return
    assert answer.ending is Ending.OPTIMAL
    assert answer.point is not None
    assert answer.row_prices is not None
    value = master.value(answer.objective)
    slack = tolerance(problem) + 1e-7 * abs(value)
    assert value >= best - slack
    u, people = master.exponents(answer.point), master.people(answer.point)
    assert u == pytest.approx(
        answer.point[: len(offers)] @ problem.exponents[offers], rel=1e-6, abs=1e-6 * u.max(initial=0)
    )
    assert np.all(people >= problem.ceilings * -np.expm1(-u) - 1e-7 * (1 + problem.ceilings))
    bound = price(program, valid(program, master.prices(answer.row_prices))).bound
    assert best - slack <= bound <= value + slack


@pytest.mark.parametrize("seed", range(30))
def test_fixing_some_offers_is_the_same_model_with_constants(seed: int) -> None:
    """What is fixed in may be fixed beforehand or by forcing the relaxed x to one."""
    rng = np.random.default_rng(seed)
    problem = replace(random_problem(rng, rules=0, offers=10), budget=10**9)
    creators, first = np.unique(problem.creator, return_index=True)
    fixed = first[rng.random(len(creators)) < 0.4]
    free = np.flatnonzero(~np.isin(problem.creator, problem.creator[fixed]))
    program = Program.of(problem)
    tangents = [np.linspace(0, total, 9) for total in problem.exponents.sum(axis=0)]
    apart = build(program, free, fixed, tangents)
    part = np.sort(np.concatenate([free, fixed]))
    forced = build(program, part, part[:0], tangents)
    at = np.flatnonzero(np.isin(part, fixed))
    forced.model.add_rows(np.arange(len(at)), at, np.ones(len(at)), np.ones(len(at)), np.ones(len(at)))
    one, other = (master.model.solve_relaxed(10.0) for master in (apart, forced))
    assert apart.value(one.objective) == pytest.approx(forced.value(other.objective), rel=1e-6, abs=1e-6)

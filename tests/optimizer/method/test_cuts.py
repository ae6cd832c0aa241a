"""Rows that every plan keeps and the relaxation breaks."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.method.bound import Relaxation, relax
from optimizer.method.cuts import with_cuts
from optimizer.method.greedy import greedy
from optimizer.program import Program, price
from optimizer.rules import Spend
from tests.enumerate import AllPlans
from tests.optimizer.method.test_bound import never, no_tangents
from tests.optimizer.problems import random_problem
from tests.optimizer.test_program import tolerance


def _relaxed_and_cut(program: Program) -> tuple[Relaxation, Program, Relaxation]:
    tangents = no_tangents(program.problem)
    plain = relax(program, greedy(program).prices, tangents, -np.inf, never)
    return plain, *with_cuts(program, plain, tangents, lambda: -np.inf, never)


@pytest.mark.parametrize("seed", range(120))
def test_every_plan_keeps_every_row_that_is_added(seed: int) -> None:
    problem = random_problem(np.random.default_rng(seed), rules=4, offers=10, inverse=seed % 3 == 2)
    plain, cut, relaxation = _relaxed_and_cut(Program.of(problem))
    assert price(cut, relaxation.priced.prices).bound == relaxation.priced.bound
    assert relaxation.priced.bound <= plain.priced.bound + tolerance(problem)
    plans = AllPlans.of(problem)
    for place in np.flatnonzero(plans.feasible).tolist():
        assert np.all(cut.rows.activity(problem, plans.plan(place)) <= cut.rows.upper + 1e-9)
    if plans.best_value is not None:
        assert plans.best_value <= relaxation.priced.bound + tolerance(problem)


@pytest.mark.parametrize("seed", range(20))
def test_of_three_that_do_not_go_together_in_pairs_little_more_than_one_is_taken(seed: int) -> None:
    rng = np.random.default_rng(seed)
    drawn = random_problem(rng, rules=0, offers=3)
    n = 3
    problem = replace(
        drawn,
        creator=np.arange(n),
        cost=np.array([60, 61, 62]),
        exponents=np.full((n, 1), 1e-6),
        gain=rng.uniform(90, 100, n),
        waste=np.zeros(n),
        contacts=np.zeros(n),
        ceilings=np.ones(1),
        budget=1_000,
        rules=(Spend("cap", "spend", np.arange(n), None, 100),),
    )
    plain, _, relaxation = _relaxed_and_cut(Program.of(problem))
    assert plain.priced.bound > 1.4 * problem.gain.max()
    assert problem.gain.max() <= relaxation.priced.bound < 1.2 * problem.gain.max()

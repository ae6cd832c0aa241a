"""The integer program over a window, by itself: right whatever the units of people and money."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.clock import Clock
from optimizer.method.core import Effort, solve_core
from optimizer.method.greedy import greedy
from optimizer.method.incumbent import Incumbent
from optimizer.method.window import Window
from optimizer.problem import Problem
from optimizer.program import Program
from optimizer.solution import Limits
from optimizer.solve import solve
from tests.enumerate import AllPlans
from tests.optimizer.problems import strange_scales
from tests.optimizer.test_against_enumeration import assert_equals_enumeration


@pytest.mark.parametrize("seed", range(60))
def test_a_window_of_all_offers_gives_the_best_plan_on_any_scale(seed: int, capfd: pytest.CaptureFixture[str]) -> None:
    problem = strange_scales(np.random.default_rng(seed))
    program, incumbent = Program.of(problem), Incumbent(problem)
    incumbent.offer(greedy(program).plan)
    open_offers = np.setdiff1d(np.arange(problem.offers), program.closed)
    tangents = [np.zeros(1) for _ in problem.ceilings]
    tolerance = 1e-6 * max(incumbent.value, 1e-9)
    effort = Effort(Clock(20.0), 1, incumbent.offer)
    window = Window(open_offers, open_offers[:0])
    found = solve_core(program, window, tangents, incumbent.value, lambda: tolerance, effort)
    best = AllPlans.of(problem).best_value
    assert best is not None
    assert found.finished
    assert incumbent.value >= best - tolerance - 1e-12 * abs(best)
    assert max(found.bound, incumbent.value + tolerance) >= best
    assert capfd.readouterr() == ("", "")


def test_an_offer_of_next_to_nobody_is_no_infinite_number() -> None:
    """Met once: a share of 10^-20 of a segment of 10^9 was scaled beyond what SCIP takes for infinite."""
    problem = strange_scales(np.random.default_rng(3))
    nobody = problem.exponents * 1e-21 / problem.exponents.max()
    beside_somebody = np.hstack([nobody, problem.exponents])
    for exponents in (nobody, beside_somebody):
        assert_equals_enumeration(replace(problem, exponents=exponents, ceilings=np.full(exponents.shape[1], 1e9)))


def test_a_millionth_of_a_person_beside_a_hundred_hides_no_plan() -> None:
    """Met once with SCIP's feasibility tolerance at its rounding error: 114.96 was called optimal."""
    exponents = np.zeros((8, 2))
    exponents[[0, 5, 3, 4, 5], [1, 0, 0, 1, 1]] = [1e-9, 1e-9, 0.1, 0.02, 0.1]
    problem = Problem(
        creator=np.array([0, 0, 0, 1, 2, 2, 2, 2]),
        cost=np.array([1000, 0, 0, 0, 0, 3, 0, 0]),
        exponents=exponents,
        gain=np.zeros(8),
        waste=np.zeros(8),
        contacts=np.zeros(8),
        ceilings=np.array([1000.0, 1000.0]),
        budget=1000,
        waste_aversion=0.0,
    )
    solution = solve(problem, Limits())
    assert solution.plan is not None
    assert {3, 5} <= set(solution.plan.tolist())  # offer 1 brings and costs nothing

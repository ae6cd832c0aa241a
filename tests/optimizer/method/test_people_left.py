from dataclasses import replace

import numpy as np
import pytest

from optimizer.clock import Clock
from optimizer.method.bound import relax
from optimizer.method.core import Effort
from optimizer.method.greedy import greedy
from optimizer.method.incumbent import Incumbent
from optimizer.method.people_left import search_people_left
from optimizer.method.window import window
from optimizer.program import Program
from optimizer.tangents import spread
from tests.enumerate import AllPlans
from tests.optimizer.test_wide import wide_problem


@pytest.mark.parametrize("inverse", [False, True])
@pytest.mark.parametrize("seed", range(40))
def test_it_meets_the_best_plan_or_says_that_none_is_better(seed: int, inverse: bool) -> None:
    rng = np.random.default_rng([23, seed])
    problem = wide_problem(rng, inverse=inverse)
    program, incumbent, best = Program.of(problem), Incumbent(problem), AllPlans.of(problem).best_value
    tangents = spread(problem, problem.exponents.sum(axis=0), np.array([0.2, 0.6]))
    relaxation = relax(program, greedy(program).prices, tangents, -np.inf, lambda: False)
    known = -np.inf if best is None or seed % 2 else best - 0.1 * abs(best) - 1
    with Clock(60, None) as clock:
        found = search_people_left(
            program,
            relaxation.priced.prices,
            window(program, relaxation.priced, problem.offers),
            lambda: max(incumbent.value, known),
            Effort(clock, 1, incumbent.offer),
        )
    assert found is not None
    assert found.finished
    if best is None:
        assert incumbent.plan is None
    else:
        assert incumbent.value == pytest.approx(best, rel=1e-9, abs=1e-9)


def test_where_time_is_over_it_says_nothing() -> None:
    problem = replace(wide_problem(np.random.default_rng(24)), rules=())
    program, incumbent = Program.of(problem), Incumbent(problem)
    with Clock(60, lambda: True) as clock:
        prices, effort = greedy(program).prices, Effort(clock, 1, incumbent.offer)
        relaxation = relax(program, prices, spread(problem, np.zeros(len(problem.ceilings)), np.ones(1)), -np.inf, bool)
        everything = window(program, relaxation.priced, problem.offers)
        assert search_people_left(program, prices, everything, lambda: -np.inf, effort) is None

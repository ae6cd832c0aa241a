"""The gap that is asked for, down to none at all."""

import numpy as np
import pytest

from optimizer.solution import Limits
from optimizer.solve import solve
from tests.enumerate import best_plan
from tests.optimizer.problems import random_problem


@pytest.mark.parametrize("seed", range(60))
def test_no_gap_at_all_is_reported_as_none(seed: int) -> None:
    problem = random_problem(np.random.default_rng(seed), inverse=seed % 5 == 4)
    best = best_plan(problem)
    solution = solve(problem, Limits(relative_gap=0.0))
    if best is None:
        assert solution.status == "infeasible"
        return
    assert (solution.status, solution.stop_reason) == ("optimal", "proven")
    assert solution.verdict is not None
    assert solution.relative_gap == 0.0
    assert solution.best_bound == pytest.approx(solution.verdict.value, rel=1e-12, abs=1e-9)
    assert solution.verdict.value == pytest.approx(best[1].value, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_a_wide_gap_is_never_reported_wider_than_asked(seed: int) -> None:
    problem = random_problem(np.random.default_rng(seed), offers=12)
    solution = solve(problem, Limits(relative_gap=0.05))
    if solution.status == "infeasible":
        return
    assert solution.status == "optimal"
    assert solution.relative_gap is not None
    assert solution.relative_gap <= 0.05

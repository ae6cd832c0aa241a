"""Changes of two offers: what they find is a plan, no worse than where they began, and no plan so near is better."""

import numpy as np
import pytest

from optimizer.clock import Clock
from optimizer.columns import Positions
from optimizer.judge import judge
from optimizer.method.bound import relax
from optimizer.method.core import Effort
from optimizer.method.greedy import greedy
from optimizer.method.improve import improve, rounded
from optimizer.problem import Problem
from optimizer.program import Program
from optimizer.solution import Verdict
from tests.enumerate import every_plan
from tests.optimizer.problems import random_problem


def ends(problem: Problem, start: Positions) -> list[tuple[Positions, Verdict]]:
    """What ``improve`` reports from a start."""
    reported: list[tuple[Positions, Verdict]] = []

    def report(plan: Positions) -> Verdict:
        reported.append((plan, judge(problem, plan)))
        return reported[-1][1]

    program = Program.of(problem)
    relaxation = relax(program, greedy(program).prices, [np.zeros(1) for _ in problem.ceilings], -np.inf, lambda: False)
    effort = Effort(Clock(30.0), 1, report)
    for begin in (start, rounded(relaxation)):
        improve(program, relaxation, begin, lambda: -np.inf, effort)
    return reported


def two_changes_away(problem: Problem, plan: Positions) -> list[Positions]:
    """Plans in which at most two offers are decided otherwise."""
    mine = set(plan.tolist())
    others = [set(other.tolist()) for other in every_plan(problem)]
    return [np.array(sorted(o), np.int64) for o in others if len(mine ^ o) <= 2]


@pytest.mark.parametrize("seed", range(60))
def test_what_is_reported_is_a_plan_no_change_of_two_offers_betters(seed: int) -> None:
    problem = random_problem(np.random.default_rng(seed), inverse=seed % 5 == 4)
    start = greedy(Program.of(problem)).plan
    before = judge(problem, start)
    reported = ends(problem, start)
    for plan, verdict in reported:
        assert verdict.feasible
        neighbours = [judge(problem, other) for other in two_changes_away(problem, plan)]
        best = max(other.value for other in neighbours if other.feasible)
        assert verdict.value >= best - 1e-9 * abs(best)
    if before.feasible and reported:
        assert max(verdict.value for _, verdict in reported) >= before.value - 1e-9 * abs(before.value)


def test_changes_mend_a_start_that_spends_nothing() -> None:
    n = 6
    problem = Problem(
        creator=np.arange(n),
        cost=np.full(n, 10),
        exponents=np.full((n, 1), 0.01),
        gain=np.zeros(n),
        waste=np.zeros(n),
        contacts=np.ones(n),
        ceilings=np.array([1000.0]),
        budget=35,
        waste_aversion=0.0,
    )
    best = max(verdict.value for _, verdict in ends(problem, np.zeros(0, np.int64)))
    assert best == pytest.approx(1000 * -np.expm1(-0.03))

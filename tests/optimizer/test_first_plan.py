"""A plan where greedy met none: found near the relaxation or anywhere, and "none" only where there is none."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from optimizer.clock import Clock
from optimizer.columns import Positions
from optimizer.feasibility import plan_among
from optimizer.first_plan import any_plan
from optimizer.judge import judge
from optimizer.method.bound import relax
from optimizer.method.core import Effort
from optimizer.method.greedy import greedy
from optimizer.problem import Problem
from optimizer.program import Program
from optimizer.rules import Count, Spend, SpendShare
from optimizer.solution import Verdict
from tests.enumerate import AllPlans, best_plan
from tests.optimizer.method.test_bound import never, no_tangents
from tests.optimizer.method.test_greedy import many
from tests.optimizer.problems import random_problem


def _found(problem: Problem) -> tuple[bool | None, list[Verdict]]:
    program, met = Program.of(problem), list[Verdict]()

    def report(plan: Positions) -> Verdict:
        met.append(judge(problem, plan))
        return met[-1]

    tangents = no_tangents(problem)
    relaxation = relax(program, greedy(program).prices, tangents, -np.inf, never)
    with Clock(20.0) as clock:
        answer = any_plan(problem, program, relaxation, tangents, Effort(clock, 1, report))
    return answer, met


@pytest.mark.parametrize("seed", range(80))
def test_it_is_found_if_and_only_if_there_is_one(seed: int) -> None:
    problem = random_problem(np.random.default_rng(seed), rules=5, offers=9)
    answer, met = _found(problem)
    assert answer is (best_plan(problem) is not None)
    assert any(verdict.feasible for verdict in met) is answer


@pytest.mark.parametrize("seed", range(5))
def test_several_tight_rules_are_kept_together(seed: int) -> None:
    drawn = many(np.random.default_rng(seed))
    everything, n = np.arange(drawn.offers), drawn.offers
    rules = (
        Spend("nearly all", "spend", everything, drawn.budget * 98 // 100, None),
        Count("so many", "count", everything, 30, 30),
        Count("of the first", "count", np.arange(n // 2), 8, 9),
        SpendShare("half", "spend_share", np.arange(n // 3, n), Fraction(1, 2), Fraction(11, 20)),
    )
    answer, met = _found(replace(drawn, rules=rules))
    assert answer
    assert met[-1].feasible


@pytest.mark.parametrize("seed", range(60))
def test_a_plan_among_some_offers_keeps_the_rules_of_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, rules=4, offers=9)
    some = np.flatnonzero(rng.random(problem.offers) < 0.7)
    with Clock(20.0) as clock:
        plan = plan_among(problem, some, clock, 1, 1.0)
    plans = AllPlans.of(problem)
    inside = ~plans.chosen[:, np.setdiff1d(np.arange(problem.offers), some)].any(axis=1)
    assert (plan is not None) == bool((plans.feasible & inside).any())
    if plan is not None:
        assert judge(problem, plan).feasible
        assert np.isin(plan, some).all()

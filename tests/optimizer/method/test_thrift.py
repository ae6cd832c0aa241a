"""Of offers of one creator that bring the same the cheapest is bought, and nothing for what brings nothing."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.rules import Filter, Require, Rule, Spend
from optimizer.solution import Limits
from optimizer.solve import solve
from tests.optimizer.problems import random_problem


def with_twins(rng: np.random.Generator, problem: Problem, extra: float) -> Problem:
    """Every offer two or three times at other prices, some of them without effect, and money for all."""
    times = rng.integers(2, 4, problem.offers)
    of = np.repeat(np.arange(problem.offers), times)
    works = (rng.random(problem.offers) < 0.8)[of] * rng.choice([1.0, 1.0 - 2**-52], len(of))  # equal but for rounding
    cost = rng.integers(0, 1_000, len(of))
    return Problem(
        creator=problem.creator[of],
        cost=cost,
        exponents=problem.exponents[of] * works[:, None],
        gain=problem.gain[of] * works,
        waste=problem.waste[of] * works,
        contacts=problem.contacts[of] * works,
        ceilings=problem.ceilings,
        budget=int(cost.sum() * extra),
        waste_aversion=problem.waste_aversion,
    )


def one_swap(problem: Problem, plan: np.ndarray) -> set[tuple[int, ...]]:
    """All plans that have another offer of one creator of the plan, or leave one out."""
    found = set()
    for offer in plan.tolist():
        rest = [other for other in plan.tolist() if other != offer]
        found.add(tuple(rest))
        own = np.flatnonzero(problem.creator == problem.creator[offer])
        found |= {tuple(sorted([*rest, other])) for other in own.tolist()}
    return found


@pytest.mark.parametrize("seed", range(40))
def test_no_change_of_one_creator_is_cheaper_and_as_good(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = with_twins(rng, random_problem(rng, rules=0, offers=4), float(rng.choice([0.3, 1.0])))
    if seed % 2:
        rule: Rule = Spend("enough", "spend", np.arange(problem.offers), problem.budget // 5, None)
        problem = replace(problem, rules=(rule,))
    solution = solve(problem, Limits(relative_gap=0.0))
    if solution.plan is None or solution.verdict is None:
        return
    for other in one_swap(problem, solution.plan):
        verdict = judge(problem, np.array(other, np.int64))
        if verdict.feasible and verdict.value == pytest.approx(solution.verdict.value, rel=1e-12):
            assert verdict.cost >= solution.verdict.cost


def three_formats(*rules: Rule) -> Problem:
    """One creator whose three offers bring ten people each, for 7, 3 and 5, and one who brings nobody for 2."""
    return Problem(
        creator=np.array([0, 0, 0, 1]),
        cost=np.array([7, 3, 5, 2]),
        exponents=np.zeros((4, 0)),
        gain=np.array([10.0, 10.0, 10.0, 0.0]),
        waste=np.zeros(4),
        contacts=np.zeros(4),
        ceilings=np.zeros(0),
        budget=100,
        waste_aversion=0.01,
        rules=rules,
    )


@pytest.mark.parametrize(
    ("rules", "bought"),
    [
        ((), [1]),
        ((Filter("not the second", "exclude", np.array([1])),), [2]),
        ((Spend("more", "spend", np.arange(4), 6, 8), Filter("alone", "exclude", np.array([3]))), [0]),
        ((Require("both", "require", np.array([3])),), [1, 3]),
    ],
)
def test_the_cheapest_that_the_rules_allow(rules: tuple[Rule, ...], bought: list[int]) -> None:
    solution = solve(three_formats(*rules), Limits())
    assert solution.plan is not None
    assert solution.verdict is not None
    assert solution.verdict.value == 10.0
    assert solution.plan.tolist() == bought

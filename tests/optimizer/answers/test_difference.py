"""What leads from one plan to another, against judging plans with and without each offer."""

import numpy as np
import pytest

from optimizer.answers.difference import difference, open_again
from optimizer.judge import judge
from optimizer.problem import Problem
from tests.optimizer.answers.test_explain import some_plan
from tests.optimizer.problems import random_problem


@pytest.mark.parametrize("seed", range(60))
def test_every_offer_of_the_two_plans_is_in_one_part_with_what_its_plan_loses_without_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng)
    before, after = some_plan(rng, problem), some_plan(rng, problem)
    found = difference(problem, before, after)
    assert set(found.kept) == set(before) & set(after)
    assert set(found.dropped) == set(before) - set(after)
    assert set(found.added) == set(after) - set(before)
    parts = (
        (found.kept, found.brings_kept, after),
        (found.dropped, found.brings_dropped, before),
        (found.added, found.brings_added, after),
    )
    for offers, brings, plan in parts:
        assert np.all(np.diff(offers) > 0)
        for offer, lost in zip(offers, brings, strict=True):
            without = plan[plan != offer]
            assert lost == pytest.approx(judge(problem, plan).net - judge(problem, without).net, abs=1e-6)


@pytest.mark.parametrize("seed", range(60))
def test_an_audience_is_open_again_when_more_engage_without_what_is_dropped(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng)
    before, after = some_plan(rng, problem), some_plan(rng, problem)
    found = difference(problem, before, after)
    for offer, said in zip(found.added, open_again(problem, before, found), strict=True):
        if problem.creator[offer] in problem.creator[before]:
            continue

        def adds(plan: np.ndarray, offer: int = offer) -> float:
            with_it = judge(problem, np.sort(np.append(plan, offer))).engaged_reach
            return float(with_it - judge(problem, plan).engaged_reach)

        then, now = adds(before), adds(found.kept)
        assert now >= then - 1e-6
        if abs(now - 1.01 * then) > 1e-6:
            assert said == (now > 1.01 * then)


def test_a_little_overlap_is_no_reason() -> None:
    """Of 1 000 people the dropped engages 5 or 500, whom the added would have met again."""
    for engages, said in ((0.005, False), (0.5, True)):
        problem = Problem(
            creator=np.arange(2),
            cost=np.array([100, 100]),
            exponents=-np.log1p(-np.array([[engages], [0.1]])),
            gain=np.zeros(2),
            waste=np.zeros(2),
            contacts=np.full(2, 1000.0),
            ceilings=np.array([1000.0]),
            budget=100,
            waste_aversion=0.0,
        )
        before, after = np.array([0]), np.array([1])
        assert open_again(problem, before, difference(problem, before, after)).tolist() == [said]

"""Contributions and gains are closed formulas; here they are compared with judging two plans."""

import numpy as np
import pytest

from optimizer.answers.explain import contributions, engaged_alone, engaged_on_top, engaged_together, on_target_shares
from optimizer.judge import judge
from optimizer.problem import Problem
from tests.optimizer.problems import random_problem


def some_plan(rng: np.random.Generator, problem: Problem) -> np.ndarray:
    """A random plan with at most one offer of a creator."""
    shuffled = rng.permutation(problem.offers)
    _, first = np.unique(problem.creator[shuffled], return_index=True)
    kept = shuffled[first][rng.random(len(first)) < 0.7]
    return np.sort(kept)


@pytest.mark.parametrize("seed", range(40))
def test_a_contribution_is_what_judging_without_the_creator_loses(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng)
    plan = some_plan(rng, problem)
    whole = judge(problem, plan).net
    expected = [whole - judge(problem, np.delete(plan, place)).net for place in range(len(plan))]
    assert contributions(problem, plan) == pytest.approx(expected, rel=1e-9, abs=1e-7)


@pytest.mark.parametrize("seed", range(20))
def test_what_an_offer_adds_is_what_judging_with_it_gains(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng)
    plan = some_plan(rng, problem)
    before = judge(problem, plan).engaged_reach
    on_top = engaged_on_top(problem, plan)
    for offer in range(problem.offers):
        if problem.creator[offer] not in problem.creator[plan]:
            after = judge(problem, np.sort(np.append(plan, offer))).engaged_reach
            assert on_top[offer] == pytest.approx(after - before, rel=1e-9, abs=1e-7)


@pytest.mark.parametrize("seed", range(10))
def test_alone_means_that_the_offer_is_the_whole_plan(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng)
    expected = [judge(problem, np.array([offer])).engaged_reach for offer in range(problem.offers)]
    assert engaged_alone(problem) == pytest.approx(expected, rel=1e-12)
    assert engaged_alone(problem, np.arange(problem.offers)) == pytest.approx(expected, rel=1e-12)
    plan = some_plan(rng, problem)
    assert engaged_together(problem, plan) == pytest.approx(judge(problem, plan).engaged_reach, rel=1e-12)


def two_creators(**changes: object) -> Problem:
    """Two creators who each engage 100 of a segment of 1 000 people; the second wastes more."""
    columns: dict[str, object] = {
        "creator": np.array([0, 1]),
        "cost": np.array([500, 700]),
        "exponents": -np.log1p(-np.array([[0.1], [0.1]])),
        "gain": np.zeros(2),
        "waste": np.array([1000.0, 12_000.0]),
        "contacts": np.array([4000.0, 12_000.0]),
        "ceilings": np.array([1000.0]),
        "budget": 2000,
        "waste_aversion": 0.01,
    }
    return Problem(**(columns | changes))  # type: ignore[arg-type]


def test_figures_by_hand() -> None:
    """Together 1000 (1 - 0.9 x 0.9) = 190 people, so each adds 90 to the other; waste takes 10 and 120."""
    problem, plan = two_creators(), np.array([0, 1])
    assert engaged_alone(problem) == pytest.approx([100.0, 100.0])
    assert engaged_together(problem, plan) == pytest.approx(190.0)
    assert contributions(problem, plan) == pytest.approx([80.0, -30.0])
    assert on_target_shares(problem) == pytest.approx([0.75, 0.0])


def test_without_contacts_there_is_no_share() -> None:
    problem = two_creators(waste=np.zeros(2), contacts=np.array([0.0, 10.0]))
    shares = on_target_shares(problem)
    assert np.isnan(shares[0])
    assert shares[1] == 1.0


def test_an_empty_plan_has_no_contributions_and_offers_add_what_they_reach_alone() -> None:
    problem, nothing = two_creators(), np.zeros(0, np.int64)
    assert contributions(problem, nothing).shape == (0,)
    assert engaged_on_top(problem, nothing) == pytest.approx(engaged_alone(problem))

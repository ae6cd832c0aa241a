"""What is said to keep creators from a plan does so, by trying all plans."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from optimizer.answers.hopeless import clash, hopeless
from optimizer.columns import Positions
from optimizer.problem import Problem
from optimizer.rules import Count, SpendShare, WasteShare
from optimizer.solution import Limits
from tests.enumerate import AllPlans
from tests.optimizer.problems import random_problem
from tests.optimizer.test_rules import ALL, CASES, Case, positions, six_creators

SEEDS = range(200)


def drawn(seed: int) -> tuple[Problem, AllPlans]:
    problem = random_problem(np.random.default_rng(seed), rules=6, offers=6, inverse=seed % 5 == 0)
    return problem, AllPlans.of(problem)


@pytest.mark.parametrize("somebody", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_hopeless_rule_is_kept_by_no_plan_that_can_be_paid_and_is_not_filtered(seed: int, somebody: bool) -> None:
    problem, plans = drawn(seed)
    filters = [rule.name for rule in problem.rules if rule.kind == "exclude"]
    for name in hopeless(problem, somebody):
        kept = plans.keeping(["budget", name, *filters])
        assert not (kept & plans.chosen.any(axis=1) if somebody else kept).any()


@pytest.mark.parametrize("somebody", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_clash_leaves_no_plan(seed: int, somebody: bool) -> None:
    problem, plans = drawn(seed)
    asked = plans.chosen.any(axis=1) if somebody else np.ones(len(plans.chosen), np.bool_)
    if (plans.feasible & asked).any():
        return
    names = clash(problem, Limits(), somebody)
    filters = [rule.name for rule in problem.rules if rule.kind == "exclude"]
    beside = ["budget", *filters] if names == hopeless(problem, somebody) else []
    assert not (plans.keeping([*names, *beside]) & asked).any()


HOPELESS = ("count, at least", "spend, at least", "require", "at_least_one_of")


@pytest.mark.parametrize("name", HOPELESS)
def test_rules_beyond_all_that_there_is_are_seen_at_once(name: str) -> None:
    case: Case = CASES[name]
    assert hopeless(six_creators(case.broken, budget=10**6), somebody=False) == ("r",)
    assert hopeless(six_creators(case.exact, budget=10**6), somebody=False) == ()


@pytest.mark.parametrize(
    ("broken", "kept"),
    [
        (SpendShare("r", "spend_share", positions(), Fraction(1, 9), None), positions(0)),
        (SpendShare("r", "spend_share", ALL, None, Fraction(8, 9)), ALL[1:]),
        (WasteShare("r", "waste_share", 0.09), ALL),
    ],
)
def test_shares_that_everybody_breaks_are_seen_where_somebody_is_wanted(
    broken: SpendShare | WasteShare, kept: Positions
) -> None:
    assert hopeless(six_creators(broken), somebody=True) == ("r",)
    assert hopeless(six_creators(broken), somebody=False) == ()
    easier = replace(broken, most=0.1) if isinstance(broken, WasteShare) else replace(broken, offers=kept)
    assert hopeless(six_creators(easier), somebody=True) == ()


def test_two_rules_that_only_together_leave_nobody_are_found_by_looking() -> None:
    several, one = Count("several", "count", ALL, 2, None), Count("one", "count", ALL, None, 1)
    assert hopeless(six_creators(several, one), somebody=False) == ()
    assert set(clash(six_creators(several, one), Limits())) == {"several", "one"}

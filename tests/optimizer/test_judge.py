"""The judge by itself: figures worked by hand, every rule at its limit and one step past it."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.rules import Count, Distance, Filter, OnlyWith, Require, Rule, Spend, SpendShare, WasteShare
from optimizer.solution import RuleCheck, Verdict
from tests.enumerate import AllPlans, every_plan
from tests.optimizer.problems import odd_problems, random_problem


def positions(*offers: int) -> np.ndarray:
    return np.array(offers, np.int64)


def three_creators(*rules: Rule, **changes: object) -> Problem:
    """Offers 0 and 1 of one creator, 2 and 3 of two others; 10 % or 20 % of 1 000 people each, and some money."""
    columns: dict[str, object] = {
        "creator": positions(0, 0, 1, 2),
        "cost": positions(100, 250, 300, 600),
        "exponents": -np.log1p(-np.array([[0.1], [0.2], [0.2], [0.0]])),
        "gain": np.array([0.0, 0.0, 0.0, 5.0]),
        "waste": np.array([10.0, 20.0, 30.0, 100.0]),
        "contacts": np.array([100.0, 40.0, 100.0, 100.0]),
        "ceilings": np.array([1000.0]),
        "budget": 1000,
        "waste_aversion": 0.5,
        "rules": rules,
    }
    return Problem(**(columns | changes))  # type: ignore[arg-type]


def only_check(problem: Problem, *offers: int) -> RuleCheck:
    """The check of the one rule of a problem."""
    return judge(problem, positions(*offers)).checks[-1]


def test_figures_by_hand() -> None:
    """Offers 1 and 2: 1000 (1 - 0.8 x 0.8) = 360 people, 550 spent, 50 of 140 contacts wasted, net 360 - 25."""
    verdict = judge(three_creators(), positions(1, 2))
    assert verdict.engaged_reach == pytest.approx(360.0)
    assert verdict.segment_engaged == pytest.approx([360.0])
    assert (verdict.cost, verdict.waste, verdict.contacts) == (550, 50.0, 140.0)
    assert verdict.net == pytest.approx(335.0)
    assert verdict.value == verdict.net
    assert verdict.feasible


def test_segments_without_a_size_add_their_gain() -> None:
    assert judge(three_creators(), positions(2, 3)).engaged_reach == pytest.approx(205.0)


def test_no_plan_at_all_is_a_plan_of_nothing() -> None:
    verdict = judge(three_creators(), positions())
    assert (verdict.cost, verdict.engaged_reach, verdict.waste, verdict.contacts, verdict.value) == (0, 0, 0, 0, 0)
    assert verdict.feasible


def test_where_cost_is_minimised_the_value_is_the_cost_and_the_goal_is_a_rule() -> None:
    problem = three_creators(goal=360.0)
    assert judge(problem, positions(1, 2)).value == -550
    assert judge(problem, positions(1, 2)).feasible
    short = judge(problem, positions(0, 2))
    assert [check.name for check in short.checks if not check.holds] == ["goal"]


@pytest.mark.parametrize(("short_by", "reached"), [(0.0, True), (0.9e-9, True), (1.1e-9, False)])
def test_a_goal_may_be_missed_by_a_part_in_a_thousand_million(short_by: float, reached: bool) -> None:
    people = judge(three_creators(), positions(1, 2)).engaged_reach
    assert judge(three_creators(goal=people * (1 + short_by)), positions(1, 2)).feasible == reached


@pytest.mark.parametrize("amount", [1, 10**5, 10**11, 4 * 10**18])
def test_money_is_compared_to_one_minor_unit(amount: int) -> None:
    one_too_many = three_creators(cost=positions(0, 0, amount - 1, 2), budget=amount)
    assert not judge(one_too_many, positions(2, 3)).feasible
    assert judge(replace(one_too_many, budget=amount + 1), positions(2, 3)).feasible


def test_money_beyond_64_bits_is_still_exact() -> None:
    largest = 2**62
    problem = three_creators(cost=positions(largest, 0, largest, largest), budget=3 * largest - 1)
    assert judge(problem, positions(0, 2, 3)).cost == 3 * largest
    assert not judge(problem, positions(0, 2, 3)).feasible


@pytest.mark.parametrize(
    "wrong", [positions(2, 1), positions(1, 1), positions(-1), positions(4), positions(0, 1), positions(0, 1, 2)]
)
def test_what_is_no_plan_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="a plan"):
        judge(three_creators(), wrong)


WITHIN = [
    (Count("r", "count", positions(0, 1, 2), 1, 2), (1, 3), 1.0),
    (Count("r", "count", positions(0, 1, 2), 1, 2), (0, 2), 2.0),
    (Count("r", "count", positions(0, 1, 2), 2, 2), (1, 2), 2.0),
    (Spend("r", "spend", positions(1, 2), 300, 550), (2, 3), 300.0),
    (Spend("r", "spend", positions(1, 2), 300, 550), (1, 2), 550.0),
    (SpendShare("r", "spend_share", positions(2), Fraction(1, 3), None), (2, 3), 1 / 3),
    (SpendShare("r", "spend_share", positions(2), None, Fraction(1, 3)), (2, 3), 1 / 3),
    (SpendShare("r", "spend_share", positions(0), Fraction(1), Fraction(1)), (0,), 1.0),
    (SpendShare("r", "spend_share", positions(0), Fraction(1), None), (), None),
    (WasteShare("r", "waste_share", 0.3), (2,), 0.3),
    (WasteShare("r", "waste_share", 0.0), (), None),
    (Filter("r", "exclude", positions(0)), (1, 2), 0.0),
    (Require("r", "require", positions(0, 1)), (1,), 1.0),
    (OnlyWith("r", "only_with", positions(2), (positions(0, 1), positions(3))), (1, 2, 3), 0.0),
    (OnlyWith("r", "only_with", positions(2), (positions(0, 1), positions(3))), (0,), 0.0),
    (Distance("r", "distance", positions(1, 2), positions(3), 2, None, 1), (2,), 1.0),
    (Distance("r", "distance", positions(1, 2), positions(3), 2, None, 1), (0, 2), 1.0),
    (Distance("r", "distance", positions(1, 2), positions(3), 2, None, 1), (1, 2, 3), 1.0),
    (Distance("r", "distance", positions(1, 2), positions(3), 2, 2, None), (2, 3), 2.0),
    (Distance("r", "distance", positions(1, 2), positions(3), 2, 2, None), (), 2.0),
]
"""A rule, a plan that is just within, what the rule measures."""


@pytest.mark.parametrize(("rule", "plan", "activity"), WITHIN)
def test_exactly_at_the_limit_holds(rule: Rule, plan: tuple[int, ...], activity: float | None) -> None:
    check = only_check(three_creators(rule), *plan)
    assert check.holds
    assert (check.name, check.kind) == ("r", rule.kind)
    assert check.activity == (None if activity is None else pytest.approx(activity))


BEYOND = [
    (Count("r", "count", positions(0, 1, 2), 1, 1), (0, 2)),
    (Count("r", "count", positions(0, 1, 2), 1, 1), (3,)),
    (Count("r", "count", positions(), 1, None), (0, 2, 3)),
    (Spend("r", "spend", positions(1, 2), 301, 549), (2,)),
    (Spend("r", "spend", positions(1, 2), 301, 549), (1, 2)),
    (SpendShare("r", "spend_share", positions(2), Fraction(300_001, 900_000), None), (2, 3)),
    (SpendShare("r", "spend_share", positions(2), None, Fraction(299_999, 900_000)), (2, 3)),
    (SpendShare("r", "spend_share", positions(), Fraction(1, 10**12), None), (0,)),
    (WasteShare("r", "waste_share", 0.3 - 2e-9), (2,)),
    (Filter("r", "exclude", positions(0)), (0, 2)),
    (Require("r", "require", positions(0, 1)), (2, 3)),
    (Require("r", "require", positions()), (0, 2, 3)),
    (OnlyWith("r", "only_with", positions(2), (positions(0, 1), positions(3))), (1, 2)),
    (OnlyWith("r", "only_with", positions(2), (positions(),)), (0, 2, 3)),
    (Distance("r", "distance", positions(1, 2), positions(3), 2, None, 1), (0,)),
    (Distance("r", "distance", positions(1, 2), positions(3), 2, None, 1), (0, 3)),
    (Distance("r", "distance", positions(1, 2), positions(3), 2, 2, None), (2,)),
]
"""A rule and a plan that is one step past it."""


@pytest.mark.parametrize(("rule", "plan"), BEYOND)
def test_one_step_past_the_limit_does_not(rule: Rule, plan: tuple[int, ...]) -> None:
    verdict = judge(three_creators(rule), positions(*plan))
    assert [check.name for check in verdict.checks if not check.holds] == ["r"]
    assert not verdict.feasible


def test_a_rule_with_slack_changes_no_figure() -> None:
    free = judge(three_creators(), positions(1, 2))
    bound = judge(three_creators(Count("r", "count", positions(0, 1, 2, 3), 0, 4)), positions(1, 2))
    assert (bound.value, bound.cost, bound.feasible) == (free.value, free.cost, True)


def test_a_waste_share_may_be_overstepped_by_1e_9_and_no_more() -> None:
    for over, holds in ((0.9e-9, True), (1.1e-9, False)):
        problem = three_creators(WasteShare("r", "waste_share", 0.5), waste=np.array([50.0 + 100 * over, 0, 0, 0]))
        assert only_check(problem, 0).holds == holds


def assert_agrees(problem: Problem) -> None:
    """The judge and the table of all plans, written apart from each other, say the same."""
    plans = AllPlans.of(problem)
    for place, plan in enumerate(every_plan(problem)):
        verdict: Verdict = judge(problem, plan)
        assert verdict.cost == plans.cost[place]
        assert verdict.value == pytest.approx(plans.value[place], rel=1e-9, abs=1e-6)
        assert {check.name: check.holds for check in verdict.checks} == {
            name: bool(kept[place]) for name, kept in plans.keeps.items()
        }


@pytest.mark.parametrize("seed", range(25))
def test_every_plan_of_a_random_problem_is_judged_as_the_words_say(seed: int) -> None:
    assert_agrees(random_problem(np.random.default_rng(seed), rules=6, offers=7, inverse=seed % 5 == 0))


@settings(max_examples=40, derandomize=True)
@given(odd_problems(offers=5))
def test_every_plan_of_an_odd_problem_is_judged_as_the_words_say(problem: Problem) -> None:
    assert_agrees(problem)

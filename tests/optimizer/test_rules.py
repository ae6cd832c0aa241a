"""Each rule kind, solved: slack changes nothing, exactly at the limit is allowed, broken is infeasible and named.

What the judge alone says of each kind is in ``test_judge``.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest

from optimizer.columns import Positions
from optimizer.problem import Problem
from optimizer.rules import Count, Filter, OnlyWith, Require, Rule, Spend, SpendShare, WasteShare, outside
from optimizer.solution import Limits, Solution
from optimizer.solve import solve
from tests.optimizer.test_against_enumeration import assert_equals_enumeration


def positions(*offers: int) -> Positions:
    return np.array(offers, np.int64)


def six_creators(*rules: Rule, **changes: object) -> Problem:
    """Creators 0 to 5; creator 0 has offers 0 and 1. There is money for four.

    The best plan is offers 1 to 4: 1000 spent on four creators, 400 of it on 2 and 3, 160 of 400 contacts wasted.
    """
    columns: dict[str, object] = {
        "creator": positions(0, 0, 1, 2, 3, 4, 5),
        "cost": positions(100, 300, 200, 200, 300, 400, 100),
        "exponents": np.array([[0.01], [0.05], [0.04], [0.03], [0.05], [0.05], [0.001]]),
        "gain": np.zeros(7),
        "waste": np.array([10.0, 40.0, 30.0, 50.0, 40.0, 90.0, 90.0]),
        "contacts": np.full(7, 100.0),
        "ceilings": np.array([10_000.0]),
        "budget": 1000,
        "waste_aversion": 0.1,
        "rules": rules,
    }
    return Problem(**(columns | changes))  # type: ignore[arg-type]


BEST = [1, 2, 3, 4]


@dataclass(frozen=True)
class Case:
    """slack and exact: rules that the best plan keeps, the second with nothing to spare. tight: one step more.

    broken: a rule that no plan keeps, alone or with ``beside``.
    """

    slack: Rule
    exact: Rule
    tight: Rule
    broken: Rule
    beside: tuple[Rule, ...] = ()


ALL = positions(0, 1, 2, 3, 4, 5, 6)
MIDDLE = positions(2, 3)

CASES = {
    "count, at most": Case(
        Count("r", "count", ALL, None, 6),
        Count("r", "count", ALL, None, 4),
        Count("r", "count", ALL, None, 3),
        Count("r", "count", ALL, None, 1),
        (Count("two", "count", ALL, 2, None),),
    ),
    "count, at least": Case(
        Count("r", "count", ALL, 1, None),
        Count("r", "count", ALL, 4, None),
        Count("r", "count", ALL, 5, None),
        Count("r", "count", ALL, 7, None),
    ),
    "spend, at most": Case(
        Spend("r", "spend", MIDDLE, None, 900),
        Spend("r", "spend", MIDDLE, None, 400),
        Spend("r", "spend", MIDDLE, None, 399),
        Spend("r", "spend", MIDDLE, None, 199),
        (Count("one", "count", MIDDLE, 1, None),),
    ),
    "spend, at least": Case(
        Spend("r", "spend", positions(2, 3, 5), 1, None),
        Spend("r", "spend", positions(2, 3, 5), 400, None),
        Spend("r", "spend", positions(2, 3, 5), 401, None),
        Spend("r", "spend", positions(2, 3, 5), 801, None),
    ),
    "spend_share, at most": Case(
        SpendShare("r", "spend_share", MIDDLE, None, Fraction(1, 2)),
        SpendShare("r", "spend_share", MIDDLE, None, Fraction(2, 5)),
        SpendShare("r", "spend_share", MIDDLE, None, Fraction(399_999, 1_000_000)),
        SpendShare("r", "spend_share", MIDDLE, None, Fraction(0)),
        (Count("one", "count", MIDDLE, 1, None),),
    ),
    "spend_share, at least": Case(
        SpendShare("r", "spend_share", MIDDLE, Fraction(1, 3), None),
        SpendShare("r", "spend_share", MIDDLE, Fraction(2, 5), None),
        SpendShare("r", "spend_share", MIDDLE, Fraction(400_001, 1_000_000), None),
        SpendShare("r", "spend_share", MIDDLE, Fraction(1), None),
        (Require("five", "require", positions(6)),),
    ),
    "waste_share": Case(
        WasteShare("r", "waste_share", 0.6),
        WasteShare("r", "waste_share", 0.4),
        WasteShare("r", "waste_share", 0.399),
        WasteShare("r", "waste_share", 0.89),
        (Require("four", "require", positions(5)), Count("one", "count", ALL, None, 1)),
    ),
    "a filter": Case(
        Filter("r", "max_followers", positions()),
        Filter("r", "max_followers", positions(0, 5, 6)),
        Filter("r", "max_followers", positions(0, 1, 5, 6)),
        Filter("r", "max_followers", positions(4)),
        (Require("three", "require", positions(4)),),
    ),
    "exclude": Case(
        Filter("r", "exclude", positions(6)),
        Filter("r", "exclude", positions(0, 5, 6)),
        Filter("r", "exclude", positions(3)),
        Filter("r", "exclude", positions(0, 1)),
        (Require("zero", "require", positions(0, 1)),),
    ),
    "require": Case(
        Require("r", "require", positions(4)),
        Require("r", "require", positions(0, 1)),
        Require("r", "require", positions(6)),
        Require("r", "require", positions()),
    ),
    "at_most_one_of": Case(
        Count("r", "at_most_one_of", positions(5, 6), None, 1),
        Count("r", "at_most_one_of", positions(0, 1, 5, 6), None, 1),
        Count("r", "at_most_one_of", positions(1, 2), None, 1),
        Count("r", "at_most_one_of", positions(5, 6), None, 1),
        (Require("four", "require", positions(5)), Require("five", "require", positions(6))),
    ),
    "at_least_one_of": Case(
        Count("r", "at_least_one_of", ALL, 1, None),
        Count("r", "at_least_one_of", positions(4, 5, 6), 1, None),
        Count("r", "at_least_one_of", positions(5, 6), 1, None),
        Count("r", "at_least_one_of", positions(), 1, None),
    ),
    "only_with": Case(
        OnlyWith("r", "only_with", positions(5), (positions(6),)),
        OnlyWith("r", "only_with", positions(2), (positions(0, 1), positions(3))),
        OnlyWith("r", "only_with", positions(2), (positions(3), positions(6))),
        OnlyWith("r", "only_with", positions(2), (positions(), positions(3))),
        (Require("one", "require", positions(2)),),
    ),
}


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def solved(problem: Problem) -> Solution:
    return assert_equals_enumeration(problem, Limits(relative_gap=1e-9))


def plan_of(problem: Problem) -> list[int]:
    solution = solved(problem)
    assert solution.plan is not None
    found: list[int] = solution.plan.tolist()
    return found


def test_without_a_rule_the_best_plan_is_as_described() -> None:
    solution = solved(six_creators())
    assert solution.plan is not None
    assert solution.verdict is not None
    assert solution.plan.tolist() == BEST
    assert (solution.verdict.cost, solution.verdict.waste, solution.verdict.contacts) == (1000, 160.0, 400.0)


def test_slack_changes_nothing(case: Case) -> None:
    assert plan_of(six_creators(case.slack)) == BEST


def test_exactly_at_the_limit_is_allowed(case: Case) -> None:
    assert plan_of(six_creators(case.exact)) == BEST


def test_one_step_past_the_limit_costs_value_and_is_kept(case: Case) -> None:
    free, held = solved(six_creators()), solved(six_creators(case.tight))
    assert free.verdict is not None
    assert held.verdict is not None
    assert held.verdict.value < free.verdict.value
    assert held.verdict.checks[-1].name == "r"
    assert held.verdict.checks[-1].holds


def test_a_broken_rule_is_infeasible_and_named(case: Case) -> None:
    solution = solved(six_creators(case.broken, *case.beside))
    assert solution.status == "infeasible"
    assert set(solution.conflicts) == {"r", *(rule.name for rule in case.beside)}


def test_the_budget_likewise() -> None:
    assert plan_of(six_creators(budget=10**6)) == [1, 2, 3, 4, 5]
    assert plan_of(six_creators(budget=1000)) == BEST
    assert plan_of(six_creators(budget=999)) != BEST
    everybody = Count("all", "count", ALL, 6, None)
    assert solved(six_creators(everybody, budget=1299)).conflicts == ("all", "budget")
    assert solved(six_creators(everybody, budget=1300)).status == "optimal"


def test_the_goal_likewise() -> None:
    best = solved(six_creators(waste_aversion=0.0)).verdict
    assert best is not None
    assert plan_of(six_creators(goal=best.engaged_reach)) == BEST
    within_budget = solved(six_creators(goal=best.engaged_reach * 1.001))
    assert set(within_budget.conflicts) == {"budget", "goal"}
    assert solved(six_creators(goal=10_000.0)).conflicts == ("goal",)


@pytest.mark.parametrize("scale", [10**4, 10**8])
def test_rules_on_money_hold_to_one_minor_unit_in_large_amounts(scale: int) -> None:
    """400 of 1000 go to the middle two: the same shares and sums of amounts up to 10^11, a minor unit apart."""
    large = replace(six_creators(), cost=six_creators().cost * scale, budget=1000 * scale)
    spent, share = 400 * scale, Fraction(400 * scale, 1000 * scale)
    one_more = Fraction(400 * scale + 1, 1000 * scale)
    rules: list[tuple[Rule, bool]] = [
        (Spend("r", "spend", MIDDLE, None, spent), True),
        (Spend("r", "spend", MIDDLE, None, spent - 1), False),
        (Spend("r", "spend", MIDDLE, spent, None), True),
        (Spend("r", "spend", MIDDLE, spent + 1, None), False),
        (SpendShare("r", "spend_share", MIDDLE, share, share), True),
        (SpendShare("r", "spend_share", MIDDLE, one_more, None), False),
        (SpendShare("r", "spend_share", MIDDLE, None, 2 * share - one_more), False),
    ]
    for rule, kept in rules:
        solution = solved(replace(large, rules=(rule,)))
        assert (solution.plan is not None and solution.plan.tolist() == BEST) == kept
    assert plan_of(replace(large, budget=1000 * scale - 1)) != BEST


def test_a_filter_on_a_figure_keeps_what_is_exactly_at_it_and_drops_what_is_not_stated() -> None:
    figure = np.array([1.0, 2.0, 3.0, np.nan, 2.0])
    rule = outside("r", "min_reply_rate", positions(0, 1, 3), figure, lambda stated: stated >= 2.0)
    assert rule.offers.tolist() == [0, 3]
    assert (rule.name, rule.kind) == ("r", "min_reply_rate")


def test_a_filter_looks_only_at_the_offers_it_matches() -> None:
    figure = np.array([5.0, 5.0, 5.0])
    assert outside("r", "max", positions(2), figure, lambda stated: stated <= 4.0).offers.tolist() == [2]
    assert outside("r", "max", positions(), figure, lambda stated: stated <= 4.0).offers.tolist() == []


def test_the_offer_that_needs_company_may_stay_out_instead() -> None:
    rule = OnlyWith("r", "only_with", positions(5), (positions(),))
    assert plan_of(six_creators(rule, budget=10**6)) == [1, 2, 3, 4]


def test_a_required_creator_gives_its_best_offer_for_the_plan() -> None:
    require = Require("r", "require", positions(0, 1))
    waste = np.array([11.0, 40.0, 30.0, 50.0, 40.0, 90.0, 90.0])  # else offers 0 and 2 are worth just as much
    assert plan_of(six_creators(require, budget=300, waste=waste)) == [1]
    assert plan_of(six_creators(require, budget=199)) == [0]
    assert solve(six_creators(require, budget=99), Limits()).conflicts == ("r", "budget")

"""Every strategy against every plan of a small problem, and its habits against a planner with pencil and paper."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from optimizer.answers.habits import Ranking, by_rate, by_reach_price, walked
from optimizer.answers.strategies import BIG_FROM, MID_FROM, Figures, Strategy, StrategyName, strategies
from optimizer.columns import Flags, Floats, Positions
from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.rules import Count, Filter, Require, Spend, SpendShare
from optimizer.solution import Limits
from optimizer.solve import solve
from tests.enumerate import AllPlans
from tests.optimizer.problems import random_problem
from tests.optimizer.test_rules import six_creators

LIMITS = Limits(relative_gap=1e-9)
SEEDS = range(120)


def drawn(seed: int) -> tuple[Problem, Figures]:
    """A problem with creators of all sizes; some have the same followers or the same rate."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, rules=4, offers=9, inverse=seed % 5 == 0)
    creators = int(problem.creator.max()) + 1
    followers = rng.choice([2_000.0, 40_000.0, 99_999.0, 100_000.0, 300_000.0, 500_000.0, 2e6], creators)
    rate = rng.choice([0.0, 0.01, 0.02, 0.05, 0.3], creators)
    return problem, Figures(followers[problem.creator], rate[problem.creator])


def compared(problem: Problem, figures: Figures) -> dict[StrategyName, Strategy]:
    rows = strategies(problem, solve(problem, LIMITS), figures, LIMITS)
    assert rows[0].name == "optimum"
    return {row.name: row for row in rows}


def best_of(plans: AllPlans, allowed: Flags) -> float | None:
    """The highest value of a feasible plan among those allowed."""
    among = plans.feasible & allowed
    return float(plans.value[among].max()) if among.any() else None


def assert_worth(row: Strategy, best: float | None) -> None:
    if best is None:
        assert row.plan is None
        assert row.why is not None
        return
    assert row.verdict is not None, row
    assert row.verdict.value == pytest.approx(best, rel=1e-8, abs=1e-6)
    assert row.best_bound is not None
    assert row.best_bound >= best - 1e-6


@cache
def case(seed: int) -> tuple[Problem, Figures, dict[StrategyName, Strategy], AllPlans]:
    """A drawn problem, compared and tabulated once for all tests."""
    problem, figures = drawn(seed)
    return problem, figures, compared(problem, figures), AllPlans.of(problem)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_strategy_breaks_a_rule_or_beats_the_optimum(seed: int) -> None:
    problem, _, rows, plans = case(seed)
    optimum = rows["optimum"]
    assert_worth(optimum, plans.best_value)
    for row in rows.values():
        if row.plan is None:
            assert row.why is not None
            assert row.verdict is None
            continue
        verdict = judge(problem, row.plan)
        assert verdict.feasible
        assert optimum.verdict is not None
        assert verdict.value <= optimum.verdict.value + 1e-6 * abs(optimum.verdict.value) + 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_tiers_alone_bring_the_best_plan_of_their_creators(seed: int) -> None:
    _problem, figures, rows, plans = case(seed)
    sizes = figures.followers
    tiers: dict[StrategyName, Flags] = {
        "nano_and_micro_only": sizes < MID_FROM,
        "mid_only": (sizes >= MID_FROM) & (sizes < BIG_FROM),
        "macro_and_mega_only": sizes >= BIG_FROM,
    }
    for name, inside in tiers.items():
        assert_worth(rows[name], best_of(plans, np.asarray(~plans.chosen[:, ~inside].any(axis=1))))


@pytest.mark.parametrize("seed", SEEDS)
def test_rules_that_keep_a_tier_from_a_plan_are_named_and_clash(seed: int) -> None:
    problem, figures, rows, plans = case(seed)
    row = rows["macro_and_mega_only"]
    if row.why != "rules" or not plans.feasible.any():
        return
    small = plans.chosen[:, figures.followers < BIG_FROM].any(axis=1)
    nobody = ~plans.chosen.any(axis=1)
    of_the_tier = ~small & ~nobody if row.plan is not None else ~small
    filters = [rule.name for rule in problem.rules if isinstance(rule, Filter)]
    assert not (plans.keeping([*row.rules, "budget", *filters]) & of_the_tier).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_one_name_is_the_largest_that_alone_keeps_everything(seed: int) -> None:
    _problem, figures, rows, plans = case(seed)
    row = rows["single_largest_creator"]
    alone = [place for place in np.flatnonzero(plans.feasible).tolist() if plans.chosen[place].sum() == 1]
    if not alone or not plans.feasible.any():
        assert row.plan is None
        return
    assert row.plan is not None
    assert row.verdict is not None
    largest = max(float(figures.followers[plans.plan(place)[0]]) for place in alone)
    assert figures.followers[row.plan[0]] == largest
    values = [plans.value[place] for place in alone if figures.followers[plans.plan(place)[0]] == largest]
    assert row.verdict.value == pytest.approx(max(values))


@pytest.mark.parametrize("seed", SEEDS)
def test_rules_that_no_single_creator_keeps_are_named(seed: int) -> None:
    _problem, _figures, rows, plans = case(seed)
    row = rows["single_largest_creator"]
    if row.why != "rules":
        return
    single = (plans.chosen.sum(axis=1) == 1) & plans.keeps["budget"]
    for name in row.rules:
        assert not (plans.keeps[name] & single).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_additive_planning_promises_the_plain_sum_and_delivers_what_the_judge_says(seed: int) -> None:
    problem, _figures, rows, plans = case(seed)
    row = rows["naive_additive"]
    if not plans.feasible.any():
        assert row.plan is None
        return
    alone = -np.expm1(-problem.exponents) @ problem.ceilings + problem.gain
    claimed = plans.chosen @ alone
    kept = plans.keeping(set(plans.keeps) - {"goal"})
    worth = claimed - problem.waste_aversion * (plans.chosen @ problem.waste)
    if problem.goal is not None:
        kept &= claimed >= problem.goal * (1 - 1e-9)
        worth = -plans.cost.astype(float)
    assert row.promised is not None
    assert row.promised.value == pytest.approx(worth[kept].max(), rel=1e-8, abs=1e-6)
    if row.plan is None:
        assert problem.goal is not None
        assert row.why == "goal_missed"
        return
    assert row.verdict is not None
    assert row.promised.engaged_reach == pytest.approx(alone[row.plan].sum())
    assert row.verdict.engaged_reach == pytest.approx(judge(problem, row.plan).engaged_reach)
    assert row.verdict.engaged_reach <= row.promised.engaged_reach * (1 + 1e-12)


def with_pencil(problem: Problem, keys: Sequence[tuple[float, ...]]) -> list[int]:
    """Down the list of least keys, offer by offer, with all sums made anew each time."""
    chosen: list[int] = []
    for offer in sorted(range(problem.offers), key=lambda offer: (*keys[offer], offer)):
        if problem.goal is not None and judge(problem, np.array(sorted(chosen), np.int64)).engaged_reach >= (
            problem.goal * (1 - 1e-9)
        ):
            break
        more = [*chosen, offer]
        if len({int(problem.creator[o]) for o in more}) == len(more) and all(_fits(problem, more)):
            chosen = more
    return sorted(chosen)


def _fits(problem: Problem, offers: list[int]) -> list[bool]:
    def spent(among: set[int]) -> int:
        return sum(int(problem.cost[offer]) for offer in offers if offer in among)

    fits = [spent(set(offers)) <= problem.budget]
    for rule in problem.rules:
        inside = set(rule.offers.tolist()) if hasattr(rule, "offers") else set()
        if isinstance(rule, Filter):
            fits.append(not inside & set(offers))
        elif isinstance(rule, Count) and rule.most is not None:
            fits.append(len(inside & set(offers)) <= rule.most)
        elif isinstance(rule, Spend) and rule.most is not None:
            fits.append(spent(inside) <= rule.most)
        elif isinstance(rule, SpendShare):
            others = set(offers) - inside
            fits.append(spent(inside) <= (1 if rule.most is None else rule.most) * problem.budget)
            fits.append(spent(others) <= (1 - (rule.least or Fraction(0))) * problem.budget)
    return fits


def _ratio(cost: int, people: float) -> float:
    return cost / people if people > 0 else float("inf")


@pytest.mark.parametrize("seed", SEEDS)
def test_habits_walk_their_lists_as_a_planner_does(seed: int) -> None:
    problem, figures = drawn(seed)
    alone = -np.expm1(-problem.exponents) @ problem.ceilings + problem.gain
    rates = [
        (-figures.rate[offer], _ratio(int(problem.cost[offer]), float(alone[offer]))) for offer in range(problem.offers)
    ]
    prices = [(_ratio(int(problem.cost[offer]), problem.contacts[offer]),) for offer in range(problem.offers)]
    assert walked(problem, by_rate(problem, figures.rate)).tolist() == with_pencil(problem, rates)
    assert walked(problem, by_reach_price(problem)).tolist() == with_pencil(problem, prices)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_habit_that_keeps_all_rules_is_walked_and_one_that_does_not_fills_the_budget_within_them(seed: int) -> None:
    problem, figures, rows, plans = case(seed)
    if not plans.feasible.any():
        return
    sought: dict[StrategyName, Floats] = {
        "highest_engagement_rate_first": figures.rate * problem.cost,
        "cheapest_reach_first": problem.contacts,
    }
    rankings: dict[StrategyName, Ranking] = {
        "highest_engagement_rate_first": by_rate(problem, figures.rate),
        "cheapest_reach_first": by_reach_price(problem),
    }
    for name, score in sought.items():
        row, walk = rows[name], walked(problem, rankings[name])
        if judge(problem, walk).feasible:
            assert row.plan is not None
            assert row.plan.tolist() == walk.tolist()
            continue
        most = (plans.chosen @ score)[plans.keeping(set(plans.keeps) - {"goal"})].max()
        if row.plan is not None:
            assert most * (1 - 0.0101) - 1e-6 <= score[row.plan].sum() <= most * (1 + 1e-9)
        else:
            assert row.why == "goal_missed"


def sizes(*followers: float) -> Figures:
    """Figures of the seven offers of ``six_creators``: followers per creator, every rate 3 %."""
    return Figures(np.array(followers)[[0, 0, 1, 2, 3, 4, 5]], np.full(7, 0.03))


def test_an_infeasible_problem_has_no_plan_in_any_strategy() -> None:
    rows = compared(six_creators(Require("r", "require", _none())), sizes(1, 1, 1, 1, 1, 1))
    assert len(rows) == 8
    assert all((row.plan, row.why, row.rules) == (None, "infeasible", ("r",)) for row in rows.values())


def test_where_nobody_is_of_a_tier_the_reason_says_so() -> None:
    rows = compared(six_creators(), sizes(5_000, 5_000, 5_000, 5_000, 5_000, 200_000))
    assert rows["macro_and_mega_only"].why == "nobody_there"
    assert rows["mid_only"].plan is not None
    assert rows["mid_only"].plan.tolist() == [6] or rows["mid_only"].why == "not_worth_it"


def test_a_tier_that_a_share_keeps_out_is_explained_by_the_share() -> None:
    small_first = SpendShare("small first", "spend_share", np.array([0, 1, 2]), Fraction(1, 2), None)
    rows = compared(six_creators(small_first), sizes(5_000, 5_000, 2e6, 2e6, 2e6, 2e6))
    big = rows["macro_and_mega_only"]
    assert big.plan is not None
    assert (len(big.plan), big.why, big.rules) == (0, "rules", ("small first",))


def test_a_brief_that_wants_several_has_no_single_name() -> None:
    three = Count("three", "count", np.arange(7), 3, None)
    rows = compared(six_creators(three), sizes(5_000, 5_000, 2e6, 2e6, 2e6, 3e6))
    assert (rows["single_largest_creator"].why, rows["single_largest_creator"].rules) == ("rules", ("three",))


def test_another_name_for_a_rule_is_found_where_the_brief_has_taken_it() -> None:
    taken = SpendShare("at least one", "spend_share", np.array([0, 1, 2]), Fraction(1, 2), None)
    rows = compared(six_creators(taken), sizes(5_000, 5_000, 2e6, 2e6, 2e6, 2e6))
    assert rows["macro_and_mega_only"].rules == ("at least one",)


def test_the_order_of_creators_does_not_matter() -> None:
    problem, figures = drawn(11)
    turned = np.arange(problem.offers)[::-1]
    other = replace(
        problem,
        creator=problem.creator.max() - problem.creator[turned],
        **{name: getattr(problem, name)[turned] for name in ("cost", "exponents", "gain", "waste", "contacts")},
        rules=(),
    )
    rows = compared(replace(problem, rules=()), figures)
    for name, row in compared(other, Figures(figures.followers[turned], figures.rate[turned])).items():
        known = rows[name].verdict
        assert (row.verdict is None) == (known is None)
        if row.verdict is not None and known is not None and name not in ("single_largest_creator",):
            assert row.verdict.value == pytest.approx(known.value, rel=1e-6)


def _none() -> Positions:
    return np.zeros(0, np.int64)

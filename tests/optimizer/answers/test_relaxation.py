"""The smallest change that makes an infeasible problem feasible, against every plan there is."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import optimizer.answers.relaxation
import optimizer.conflicts
from optimizer.answers.ladders import PER_SHARE, Threshold
from optimizer.answers.relaxation import Relaxation, Relaxations, relaxations
from optimizer.problem import Problem
from optimizer.rules import Count, Distance, Filter, Rule, Spend, SpendShare, WasteShare
from optimizer.solution import Limits
from optimizer.solve import solve
from tests.enumerate import AllPlans
from tests.optimizer.problems import random_problem, random_rule

LIMITS = Limits(time_limit_s=30.0)
Thresholds = dict[str, Threshold]


def relaxed(problem: Problem, thresholds: Thresholds | None = None) -> Relaxations:
    solution = solve(problem, LIMITS)
    assert solution.status == "infeasible"
    return relaxations(problem, solution.conflicts, thresholds or {}, LIMITS)


def is_feasible(problem: Problem) -> bool:
    return bool(AllPlans.of(problem).feasible.any())


def moved(problem: Problem, name: str, side: str | None, to: float | None, removed: Threshold | None) -> Problem:
    """The problem with one limit at ``to``, by the words of the rules."""
    if name == "budget":
        assert to is not None
        return replace(problem, budget=int(to))
    if name == "goal":
        return replace(problem, goal=to)
    rules = {rule.name: rule for rule in problem.rules}
    rule = rules.pop(name)
    if to is not None:
        rules[name] = moved_rule(rule, side, to, removed)
    return replace(problem, rules=tuple(rules.values()))


def moved_rule(rule: Rule, side: str | None, to: float, removed: Threshold | None) -> Rule:
    if isinstance(rule, Filter):
        assert removed is not None
        keeps = removed.figures >= to if side == "min" else removed.figures <= to
        return replace(rule, offers=rule.offers[~keeps])
    if isinstance(rule, WasteShare):
        return replace(rule, most=to)
    assert isinstance(rule, Count | Spend | SpendShare | Distance)
    limit = Fraction(round(to * PER_SHARE), PER_SHARE) if isinstance(rule, SpendShare) else int(to)
    assert float(limit) == to
    limited: Rule = replace(rule, **{"least" if side == "min" else "most": limit})  # type: ignore[arg-type]
    return limited


def tighter(problem: Problem, one: Relaxation, removed: Threshold | None) -> float | None:
    """The limit one unit before ``one.to``; None where there is none between it and the old limit."""
    if one.name == "goal":
        assert one.to is not None
        return one.to * (1 + 1e-5) + 1e-300
    if removed is not None:
        levels = sorted(set(removed.figures[~np.isnan(removed.figures)].tolist()), reverse=one.side == "min")
        if one.to is None:
            return levels[-1] if levels else None
        place = levels.index(one.to)
        return levels[place - 1] if place else None
    if one.to is None:
        return None
    rules = {rule.name: rule for rule in problem.rules}
    unit = 1.0 / PER_SHARE if isinstance(rules.get(one.name), SpendShare | WasteShare) else 1.0
    before = one.to + unit if one.side == "min" else one.to - unit
    return round(before, 6)


def widest(problem: Problem, name: str, removed: Threshold | None) -> Iterator[tuple[str | None, Problem]]:
    """Per side of a name: the problem with this side open."""
    if name == "budget":
        yield "max", replace(problem, budget=sum(problem.cost.tolist()))
        return
    if name == "goal":
        yield "min", replace(problem, goal=0.0)
        return
    rule = next(rule for rule in problem.rules if rule.name == name)
    others = tuple(each for each in problem.rules if each.name != name)
    if isinstance(rule, Count | Spend | SpendShare | Distance):
        if rule.least is not None:
            yield "min", replace(problem, rules=(*others, replace(rule, least=None)))
        if rule.most is not None:
            yield "max", replace(problem, rules=(*others, replace(rule, most=None)))
    elif isinstance(rule, WasteShare):
        yield "max", replace(problem, rules=others)
    else:
        yield None if removed is None else removed.side, replace(problem, rules=others)


def assert_smallest(problem: Problem, thresholds: Thresholds, conflicts: tuple[str, ...], answer: Relaxations) -> None:
    assert answer.undecided == ()
    sides = [(each.name, each.side) for each in answer.found]
    assert len(set(sides)) == len(sides)
    helps = {
        (name, side)
        for name in conflicts
        for side, open_problem in widest(problem, name, thresholds.get(name))
        if is_feasible(open_problem)
    }
    assert set(sides) == helps
    for one in answer.found:
        removed = thresholds.get(one.name)
        assert one.exact
        assert is_feasible(moved(problem, one.name, one.side, one.to, removed))
        before = tighter(problem, one, removed)
        if before is not None:
            assert not is_feasible(moved(problem, one.name, one.side, before, removed))
    changes = [each.change for each in answer.found if each.change is not None]
    assert changes == sorted(changes)


def with_filter(rng: np.random.Generator, problem: Problem) -> tuple[Problem, Thresholds]:
    """The problem with a filter on a figure of its creators, some of whom do not state it."""
    figures = rng.integers(0, 6, problem.offers) / 8
    figures[rng.random(problem.offers) < 0.15] = np.nan
    limit, side = float(rng.choice([0.2, 0.5, 0.7])), str(rng.choice(["min", "max"]))
    keeps = figures >= limit if side == "min" else figures <= limit
    rule = Filter("figure", "min_genuine_share", np.flatnonzero(~keeps))
    threshold = Threshold("min" if side == "min" else "max", limit, figures[~keeps])
    return replace(problem, rules=(*problem.rules, rule)), {"figure": threshold}


def infeasible_problem(seed: int, inverse: bool) -> tuple[Problem, Thresholds]:
    """A random problem without a plan: rules are added until nothing is left."""
    rng = np.random.default_rng(seed)
    while True:
        problem, thresholds = with_filter(rng, random_problem(rng, rules=3, offers=8, inverse=inverse))
        for k in range(6):
            if not is_feasible(problem):
                return problem, thresholds
            problem = replace(problem, rules=(*problem.rules, random_rule(rng, problem, f"more {k}")))


@pytest.mark.parametrize("seed", range(60))
def test_every_single_change_is_found_and_none_is_larger_than_needed(seed: int) -> None:
    problem, thresholds = infeasible_problem(seed, inverse=False)
    conflicts = solve(problem, LIMITS).conflicts
    assert_smallest(problem, thresholds, conflicts, relaxations(problem, conflicts, thresholds, LIMITS))


@pytest.mark.parametrize("seed", range(30))
def test_the_goal_is_kept_by_other_changes_and_moves_itself(seed: int) -> None:
    problem, thresholds = infeasible_problem(1000 + seed, inverse=True)
    conflicts = solve(problem, LIMITS).conflicts
    assert_smallest(problem, thresholds, conflicts, relaxations(problem, conflicts, thresholds, LIMITS))


@pytest.mark.parametrize("seed", range(10))
def test_without_time_to_make_a_change_smaller_it_is_enough_and_not_called_exact(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, thresholds = infeasible_problem(seed, inverse=seed % 2 == 1)
    conflicts = solve(problem, LIMITS).conflicts
    exact = {(one.name, one.side): one for one in relaxations(problem, conflicts, thresholds, LIMITS).found}
    monkeypatch.setattr(optimizer.answers.relaxation, "_PATIENCE_S", 0.0)
    hasty = relaxations(problem, conflicts, thresholds, LIMITS)
    assert {(one.name, one.side) for one in hasty.found} == set(exact)
    for one in hasty.found:
        assert is_feasible(moved(problem, one.name, one.side, one.to, thresholds.get(one.name)))
        assert not one.exact or one.to == exact[one.name, one.side].to


@pytest.mark.parametrize("seed", range(12))
def test_many_offers_are_answered_as_few_are(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked of prices and solves above some hundreds of offers, asked of a few that can be enumerated."""
    monkeypatch.setattr(optimizer.conflicts, "_MANY", 0)
    monkeypatch.setattr(optimizer.conflicts, "_VERY_MANY", 0)
    problem, thresholds = infeasible_problem(seed, inverse=seed % 3 == 2)
    conflicts = solve(problem, LIMITS).conflicts
    assert conflicts
    assert_smallest(problem, thresholds, conflicts, relaxations(problem, conflicts, thresholds, LIMITS))

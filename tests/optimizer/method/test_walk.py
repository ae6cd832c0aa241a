"""A walk that takes runs of offers at once: the same plan as one offer after the other, and never one too many."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.columns import Floats, Positions
from optimizer.method import walk as module
from optimizer.method.walk import Walk
from optimizer.problem import Problem
from optimizer.program import Program
from optimizer.rules import Count, Distance, Filter, OnlyWith, Require, Rule, Spend, SpendShare, WasteShare
from tests.optimizer.method.test_greedy import many
from tests.optimizer.problems import KINDS, random_problem, random_rule


class OneByOne:
    """The same walk by the words: offers in their order, each taken if it fits, until it is enough."""

    def __init__(self, program: Program) -> None:
        self.program, self.chosen = program, np.zeros(0, np.int64)

    def take(self, offers: Positions, spend_up_to: int, needed: int | None, stale_at: Floats | None) -> None:
        for offer in offers.tolist():
            if self._enough(spend_up_to, needed, stale_at):
                return
            if self._fits(offer):
                self.chosen = np.append(self.chosen, offer)

    def _enough(self, spend_up_to: int, needed: int | None, stale_at: Floats | None) -> bool:
        program, chosen = self.program, self.chosen
        if needed is not None:
            return bool(program.rows.activity(program.problem, chosen)[needed] >= program.rows.lower[needed])
        u = program.problem.exponents[chosen].sum(axis=0)
        if stale_at is not None and np.any(u > stale_at):
            return True
        reached = program.goal is not None and program.reached(chosen)
        return int(program.problem.cost[chosen].sum()) >= spend_up_to or reached

    def _fits(self, offer: int) -> bool:
        problem = self.program.problem
        plan = np.append(self.chosen, offer)
        return (
            problem.creator[offer] not in problem.creator[self.chosen]
            and int(problem.cost[plan].sum()) <= problem.budget
            and all(_has_room(problem, rule, plan) for rule in problem.rules)
        )


def _has_room(problem: Problem, rule: Rule, plan: Positions) -> bool:
    """Whether a plan is within the upper side of a rule that only counts or adds up."""
    if isinstance(rule, Count | Spend):
        inside = plan[np.isin(plan, rule.offers)]
        activity = len(inside) if isinstance(rule, Count) else int(problem.cost[inside].sum())
        return rule.most is None or activity <= rule.most
    if isinstance(rule, Require):
        return int(np.isin(plan, rule.offers).sum()) <= 1
    assert isinstance(rule, Filter)  # closed offers are not offered to a walk
    return True


def adds_up(rule: Rule) -> bool:
    """Whether an offer that once does not fit never will: all but shares, company and distances."""
    return not isinstance(rule, SpendShare | WasteShare | OnlyWith | Distance)


def a_walk(seed: int) -> tuple[Problem, Positions, int, int | None, Floats | None]:
    """Hundreds of offers in any order, rules that add up, and what ends the walk."""
    rng = np.random.default_rng(seed)
    problem = many(rng, creators=150)
    rules = [random_rule(rng, problem, f"rule {k}") for k in range(8)]
    rules = [rule for rule in rules if adds_up(rule)]
    wide = Count("wide", "count", np.flatnonzero(rng.random(300) < 0.7), int(rng.integers(1, 30)), 40)
    problem = replace(problem, rules=(wide, *rules), budget=int(problem.cost.sum() * rng.uniform(0.05, 0.6)))
    if seed % 4 == 1:
        all_met = float(problem.ceilings @ -np.expm1(-problem.exponents.sum(axis=0)))
        problem = replace(problem, goal=all_met * float(rng.uniform(0.1, 0.6)))
    order = np.setdiff1d(np.arange(300), Program.of(problem).closed)
    stale_at = problem.exponents.sum(axis=0) * rng.uniform(0.05, 0.3) if seed % 4 == 2 else None
    spend = problem.budget if seed % 4 == 3 else int(problem.budget * rng.uniform(0, 1))
    return problem, rng.permutation(order), spend, 0 if seed % 3 == 0 else None, stale_at


@pytest.mark.parametrize("seed", range(36))
def test_runs_take_what_one_offer_after_the_other_would(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SHORTEST", (2, 16, 64)[seed // 12])
    problem, order, spend, needed, stale_at = a_walk(seed)
    program = Program.of(problem)
    walk, other = Walk(program), OneByOne(program)
    for part in np.split(order, [len(order) // 3]):  # two takes, the second from where the first ended
        before = len(walk.chosen)
        taken = walk.take(part, spend, needed, stale_at)
        other.take(part, spend, needed, stale_at)
        assert walk.chosen.tolist() == other.chosen.tolist()
        assert taken.tolist() == walk.chosen[before:].tolist()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(6))
def test_no_rule_of_any_kind_is_broken_from_above_and_the_sums_are_those_of_the_plan(seed: int, kind: str) -> None:
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    problem = random_problem(rng, rules=0, offers=60)
    problem = replace(problem, rules=tuple(random_rule(rng, problem, f"{kind} {k}", kind) for k in range(3)))
    program = Program.of(problem)
    walk = Walk(program)
    walk.take(rng.permutation(np.setdiff1d(np.arange(problem.offers), program.closed)), problem.budget)
    plan, rows = walk.chosen, program.rows
    assert len(np.unique(problem.creator[plan])) == len(plan)
    assert walk.cost == problem.cost[plan].sum() <= problem.budget
    np.testing.assert_allclose(walk.u, problem.exponents[plan].sum(axis=0), rtol=1e-12, atol=1e-15)
    activity = rows.activity(problem, plan)
    np.testing.assert_allclose(walk.activity, activity, rtol=1e-9, atol=1e-6)
    assert np.all(walk.activity <= rows.upper + 1e-6)
    # A lower side that nothing breaks is kept too: of a ratio, or of company.
    assert np.all((walk.activity >= rows.lower - 1e-6) | (rows.lower > 0))


def test_shares_are_kept_after_every_offer() -> None:
    """Whoever stops a walk anywhere has a plan."""
    rng = np.random.default_rng(5)
    problem = many(rng)
    dear = np.flatnonzero(problem.cost > 50_000)
    rules = (WasteShare("waste", "waste_share", 0.5), random_rule(rng, problem, "share", "spend_share"))
    program = Program.of(replace(problem, rules=(*rules, Count("dear", "count", dear, None, 3))))
    walk = Walk(program)
    for order in (rng.permutation(600) for _ in range(4)):
        walk.take(order, problem.budget)
    assert len(walk.chosen) > 5
    for number in range(1, len(walk.chosen) + 1):
        activity = program.rows.activity(program.problem, walk.chosen[:number])
        assert np.all(activity <= program.rows.upper + 1e-6)
        assert np.all(activity >= program.rows.lower - 1e-6)


def test_for_a_needed_row_ratios_wait() -> None:
    """A required offer comes in although alone it is all waste; the next walk keeps the ratio out of harm."""
    problem = many(np.random.default_rng(6), creators=40)
    worst = int(np.argmax(problem.waste / problem.contacts))
    sibling = worst ^ 1
    required = Require("wanted", "require", np.sort(np.array([worst, sibling])))
    program = Program.of(replace(problem, rules=(required, WasteShare("waste", "waste_share", 0.3))))
    walk = Walk(program)
    assert walk.take(np.array([worst]), problem.budget).tolist() == []
    assert walk.take(np.array([worst, sibling]), problem.budget, needed=0).tolist() == [worst]
    assert walk.take(np.array([sibling]), problem.budget, needed=0).tolist() == []


def test_it_ends_with_the_offer_that_makes_it_enough() -> None:
    problem = many(np.random.default_rng(7))
    program, order = Program.of(problem), np.arange(0, 600, 2)
    by_money = Walk(program).take(order, 500_000)
    assert problem.cost[by_money].sum() >= 500_000 > problem.cost[by_money[:-1]].sum()
    stale_at = np.array([0.05, np.inf])
    by_people = Walk(program).take(order, problem.budget, stale_at=stale_at)
    met = problem.exponents[by_people, 0]
    assert met.sum() > 0.05 >= met[:-1].sum()
    goal = replace(problem, goal=2_000.0)
    by_goal = Walk(Program.of(goal)).take(order, problem.budget)
    people = [goal.ceilings @ -np.expm1(-goal.exponents[some].sum(axis=0)) for some in (by_goal, by_goal[:-1])]
    assert people[0] >= 2_000 * (1 - 1e-9) > people[1]


def test_a_walk_that_rules_stop_at_every_offer_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RUNS", 3)
    monkeypatch.setattr(module, "_SHORTEST", 1)
    program = Program.of(many(np.random.default_rng(8)))
    walk = Walk(program)
    assert 1 <= len(walk.take(np.arange(0, 600, 2), program.problem.budget)) <= 1 + 2 + 4
    assert walk.take(np.arange(1, 600, 2), program.problem.budget).tolist() == []

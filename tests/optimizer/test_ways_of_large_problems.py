"""Small problems on the ways of large ones: the sizes that decide on a way are brought down, and the answer stays.

What is proven there is compared with every plan, from nothing and from the prices of a neighbour; each way also says
which steps it is there for, so that it fails when they are no longer taken.
"""

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

import optimizer.method.search
import optimizer.solve
from optimizer.answers.cost_range import cost_range
from optimizer.answers.one_offer import at_cost, required
from optimizer.answers.sharp import none_has
from optimizer.columns import Positions
from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.rules import Filter, Spend, SpendShare
from optimizer.solution import Limits, Rising, Start
from optimizer.solve import solve
from tests.enumerate import AllPlans
from tests.optimizer.problems import crowded_problem, random_problem
from tests.optimizer.test_against_enumeration import assert_is_that_of_enumeration

LIMITS = Limits(relative_gap=1e-9)
SOLVE, SEARCH, BOUND = "optimizer.solve", "optimizer.method.search", "optimizer.method.bound"
NO_SWEEP_FIRST = {f"{SOLVE}._SWEPT": ((-1, 0), (-1, 0)), f"{SOLVE}._SMALL": 0, f"{SOLVE}._GLANCED": -1}
NO_LUCK = {f"{SOLVE}._LOOKS": (), f"{SOLVE}._GLANCES": (), "optimizer.method.improve._MOST_ODD": -1}
NO_SWEEP_IN_NODES = {f"{SEARCH}._SWEPT": -1, f"{SEARCH}._CORE": 1}


@dataclass(frozen=True)
class Way:
    """sizes: constants as they are here, by module and name. steps: what problems on this way come by."""

    sizes: dict[str, Any]
    steps: frozenset[str]


WAYS = {
    "nodes": Way(
        NO_SWEEP_FIRST | NO_LUCK | NO_SWEEP_IN_NODES,
        frozenset({"search", "branch", "solve_core", "a node of its core alone", "confined"}),
    ),
    "swept nodes": Way(NO_SWEEP_FIRST | NO_LUCK, frozenset({"search", "confined"})),
    "nodes without cuts, by single offers": Way(
        NO_SWEEP_FIRST
        | NO_LUCK
        | {f"{SEARCH}._SWEPT": 2, f"{SEARCH}._CORE": 0, "optimizer.method.cuts._MOST_OFFERS": 0}
        | {"optimizer.method.branching._LEAST_STAKE": 1.0, f"{SEARCH}._LOOK_EVERY": 1},
        frozenset({"search", "branch", "a node of its core alone"}),
    ),
    "whole core": Way(
        NO_SWEEP_FIRST | NO_LUCK | NO_SWEEP_IN_NODES | {f"{SEARCH}._WANDERS": 2, f"{SEARCH}._MANY_LEFT": 1},
        frozenset({"search", "_whole_core"}),
    ),
    "glance": Way({f"{SOLVE}._SMALL": 0, f"{SOLVE}._GLANCED_STATES": 20}, frozenset({"glance", "sweep", "confined"})),
    "neighbourhoods": Way(
        NO_SWEEP_FIRST
        | {f"{BOUND}._VAST": 0, f"{BOUND}._NEIGHBOURS": 2, f"{BOUND}._WINDOW": 1, f"{SEARCH}._CROWDED": 0},
        frozenset({"search", "improve", "glance", "any_plan"}),
    ),
    "panels": Way(
        {"optimizer.tangents._WIDE": 0, f"{SOLVE}._SMALL": 0, f"{SOLVE}._SWEPT_WIDE": 0},
        frozenset({"merged", "search_people_left"}),
    ),
    "clashes": Way(
        {"optimizer.conflicts._MANY": 0, f"{SOLVE}._SMALL": 0, f"{BOUND}._WINDOW": 1}, frozenset({"find_conflicts"})
    ),
}


def brought_down(monkeypatch: pytest.MonkeyPatch, way: Way) -> Counter[str]:
    """Put the sizes in place; how often each step is taken from then on."""
    taken: Counter[str] = Counter()
    for name, size in way.sizes.items():
        monkeypatch.setattr(name, size)

    def count(module: Any, name: str) -> None:
        step = getattr(module, name)

        def counted(*given: Any, **named: Any) -> Any:
            taken[name] += 1
            return step(*given, **named)

        monkeypatch.setattr(module, name, counted)

    for name in ("search", "glance", "sweep", "confined", "merged", "search_people_left", "any_plan", "find_conflicts"):
        count(optimizer.solve, name)
    for name in ("branch", "solve_core", "_whole_core", "improve"):
        count(optimizer.method.search, name)
    node_type: Any = optimizer.method.search._Node
    confined_to = node_type.confined_to

    def confining(node: Any, core: Any) -> Any:
        made = confined_to(node, core)
        taken["a node of its core alone"] += made[0] is not node
        return made

    monkeypatch.setattr(node_type, "confined_to", confining)
    return taken


def drawn(seed: int) -> Problem:
    rng = np.random.default_rng([31, seed])
    if seed % 4 == 3:
        return random_problem(rng, rules=5, offers=9, inverse=seed % 8 == 3)
    return crowded_problem(rng, int(rng.integers(6, 11)), inverse=seed % 4 == 1)


def neighbour(seed: int, problem: Problem) -> Start:
    """What is known of the problem with another budget and a rule less, and some plan of the problem itself."""
    rng = np.random.default_rng([32, seed])
    other = replace(problem, budget=int(problem.budget * rng.uniform(0.4, 1.8)), rules=problem.rules[1:])
    known = solve(other, LIMITS, start=Start(conflicts=False))
    every = AllPlans.of(problem)
    feasible = np.flatnonzero(every.feasible)
    plans = [every.plan(int(place)) for place in feasible[:1]]
    return Start((*plans, *(() if known.plan is None else (known.plan,))), known.duals)


@pytest.mark.parametrize("name", WAYS)
def test_every_way_ends_where_enumeration_does(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    problems = [drawn(seed) for seed in range(20)]
    starts = [neighbour(seed, problem) for seed, problem in enumerate(problems)]
    taken = brought_down(monkeypatch, WAYS[name])
    for problem, start in zip(problems, starts, strict=True):
        for known in (Start(), start):
            assert_is_that_of_enumeration(problem, solve(problem, LIMITS, start=known), LIMITS)
    assert WAYS[name].steps <= set(taken)


@pytest.mark.parametrize("seed", range(30))
def test_any_plan_is_found_where_there_is_one_and_no_plan_is_proven(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that breaks a rule was taken for one that is enough, and the solve ended without an answer."""
    brought_down(monkeypatch, WAYS["clashes"])
    problem = random_problem(np.random.default_rng([33, seed]), rules=6, offers=9)
    solution = solve(problem, LIMITS, start=Start(enough=-math.inf))
    if not AllPlans.of(problem).feasible.any():
        assert solution.status == "infeasible"
        return
    assert solution.plan is not None
    assert judge(problem, solution.plan).feasible


@pytest.mark.parametrize("name", ["nodes", "swept nodes", "whole core"])
def test_a_cost_that_rises_during_a_search_ends_at_the_highest(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [case for seed in range(28) if (case := rising_case(seed)) is not None]
    duals = [solve(problem, LIMITS, start=Start(conflicts=False)).duals for problem, _, _, _ in cases]
    taken, rises = brought_down(monkeypatch, WAYS[name]), 0
    for (problem, offer, enough, highest), known in zip(cases, duals, strict=True):
        told: list[int] = []

        def next_cost(plan: Positions, problem: Problem = problem, offer: int = offer, told: list[int] = told) -> int:
            told.append(cost_range(problem, plan, offer)[-1] + 1)
            return told[-1]

        asked = required(at_cost(problem, offer, 1), offer)
        solution = solve(asked, LIMITS, start=Start((), known, enough, Rising(offer, next_cost)))
        assert told[-1:] == ([] if highest is None else [highest + 1])
        assert none_has(enough, solution)
        rises += len(told) > 1
    assert taken["search"] > 0
    assert rises > 0


def rising_case(seed: int) -> tuple[Problem, int, float, int | None] | None:
    """A problem whose rules a dearer offer makes no easier, one of its offers, a value, and up to which cost of the
    offer a plan with it has that value by enumeration; None where a draw has no such plan at a cost of 1."""
    rng = np.random.default_rng([34, seed])
    problem, offer = crowded_problem(rng, int(rng.integers(6, 11))), 0
    kept = tuple(
        rule
        for rule in problem.rules
        if not isinstance(rule, SpendShare) and not (isinstance(rule, Filter) and offer in rule.offers)
    )
    kept = tuple(replace(rule, least=None) if isinstance(rule, Spend) else rule for rule in kept)
    # one unit more or less on some costs: no common unit tightens the rows
    problem = replace(problem, rules=kept, cost=problem.cost + rng.integers(0, 2, problem.offers))
    asked = required(at_cost(problem, offer, 1), offer)
    every = AllPlans.of(asked)
    if not every.feasible.any():
        return None
    enough = float(np.quantile(every.value[every.feasible], rng.uniform(0.5, 1.0)))
    enough -= 1e-6 * max(abs(enough), 1.0)
    wanted = np.flatnonzero(every.feasible & (every.value >= enough)).tolist()
    return problem, offer, enough, max(cost_range(problem, every.plan(place), offer)[-1] for place in wanted)

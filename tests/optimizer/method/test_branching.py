"""Splitting a program in two: by enumeration, the halves share no plan and lose none, at the root and further down."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.columns import Flags
from optimizer.method import branching as module
from optimizer.method.bound import Relaxation, relax
from optimizer.method.branching import branch
from optimizer.method.greedy import greedy
from optimizer.problem import Problem
from optimizer.program import Program, price
from optimizer.rules import Count
from tests.enumerate import AllPlans
from tests.optimizer.problems import random_problem
from tests.optimizer.test_program import tolerance


def relaxed(program: Program) -> Relaxation:
    tangents = [np.zeros(1) for _ in program.problem.ceilings]
    start = greedy(Program.of(program.problem)).prices
    return relax(program, start, tangents, -np.inf, lambda: False)


def within(program: Program, plans: AllPlans) -> Flags:
    """The plans that a program's closed and forced offers and its rows of counts allow."""
    chosen, rows = plans.chosen, program.rows
    kept = ~chosen[:, program.closed].any(axis=1) & chosen[:, program.forced].all(axis=1)
    for row in np.flatnonzero(rows.rule < 0).tolist():
        number = chosen @ rows.of_row(plans.problem, row, np.arange(plans.problem.offers))
        kept &= (number >= rows.lower[row]) & (number <= rows.upper[row])
    return np.asarray(kept & plans.feasible)


def split(program: Program, plans: AllPlans, depth: int) -> int:
    """Split again and again, look at all plans each time; the number of splits."""
    if not depth or not within(program, plans).any():
        return 0
    relaxation = relaxed(program)
    children = branch(program, relaxation)
    if not children:
        part = np.minimum(relaxation.weight, 1.0 - relaxation.weight)
        assert part.max(initial=0.0) <= 1e-7
        return 0
    mine = within(program, plans)
    halves = [within(child, plans) for child in children]
    assert len(children) == 2
    assert not (halves[0] & halves[1]).any()
    assert ((halves[0] | halves[1]) == mine).all()
    return 1 + sum(split(child, plans, depth - 1) for child in children)


@pytest.mark.parametrize("least_stake", [0.0, 0.01, 1.0])
@pytest.mark.parametrize("seed", range(16))
def test_two_programs_share_no_plan_and_lose_none(
    seed: int, least_stake: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether kinds are counted mostly, often or never."""
    monkeypatch.setattr(module, "_LEAST_STAKE", least_stake)
    rng = np.random.default_rng(60_000 + seed)
    problem = random_problem(rng, rules=4, offers=9, inverse=seed % 4 == 0)
    split(Program.of(problem), AllPlans.of(problem), depth=2)


def alike(creators: int = 12, budget: int = 450) -> Problem:
    """Creators at 100 each for much the same people, money for four and a half; and one at 7 for nobody."""
    rng = np.random.default_rng(1)
    n = creators + 1
    return Problem(
        creator=np.arange(n),
        cost=np.append(np.full(creators, 100), 7),
        exponents=np.append(rng.uniform(0.9, 1.1, creators) * 0.01, 0.0)[:, None],
        gain=np.zeros(n),
        waste=np.zeros(n),
        contacts=np.ones(n),
        ceilings=np.array([1e5]),
        budget=budget,
        waste_aversion=0.0,
    )


def test_of_similar_offers_the_number_is_split_and_each_half_is_bounded_by_its_own_best() -> None:
    problem = alike()
    program, plans = Program.of(problem), AllPlans.of(problem)
    relaxation = relaxed(program)
    few, many = sorted(branch(program, relaxation), key=lambda child: child.rows.upper[-1])
    assert (few.rows.upper[-1], many.rows.lower[-1]) == (4.0, 5.0)
    assert not few.closed.size + few.forced.size + many.closed.size + many.forced.size
    assert within(many, plans).sum() == 0
    best = plans.value[within(few, plans)].max()
    assert best - tolerance(problem) <= relaxed(few).priced.bound < 0.95 * relaxation.priced.bound


def test_the_half_nearer_to_the_relaxation_comes_first() -> None:
    for budget, first_upper in ((420, 4.0), (481, np.inf)):
        program = Program.of(alike(budget=budget))
        assert branch(program, relaxed(program))[0].rows.upper[-1] == first_upper


def test_only_offers_under_the_same_rules_are_counted_where_that_is_what_is_in_doubt() -> None:
    """2.5 of one half, 2.5 of the other: their sum is whole, so each half is counted by itself."""
    problem = alike(budget=500)
    halves = [np.arange(0, 6), np.arange(6, 12)]
    exact = replace(problem, rules=tuple(Count(f"half {k}", "count", half, 0, 5) for k, half in enumerate(halves)))
    program = Program.of(exact)
    relaxation = relaxed(program)
    weight = np.where(np.arange(12) % 6 < 2, 1.0, np.where(np.arange(12) % 6 == 2, 0.5, 0.0))
    point = replace(relaxation, free=np.arange(12), fixed=np.zeros(0, np.int64), weight=weight)
    fewer, more = branch(program, point)
    table = fewer.rows.of_row(exact, len(fewer.rows) - 1, np.arange(13))
    assert np.flatnonzero(table).tolist() in [half.tolist() for half in halves]
    assert (fewer.rows.upper[-1], more.rows.lower[-1]) == (2.0, 3.0)


def test_a_whole_point_is_not_split() -> None:
    program = Program.of(alike(budget=400))
    relaxation = relaxed(program)
    assert branch(program, relaxation) == []
    assert price(program, relaxation.priced.prices).bound == relaxation.priced.bound

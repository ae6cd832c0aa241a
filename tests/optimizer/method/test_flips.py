"""Changes of a plan: what each is said to be worth and to keep is what the judge finds of the plan after it."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from optimizer.columns import Positions
from optimizer.judge import judge
from optimizer.method.flips import Changes, Flips
from optimizer.method.greedy import greedy
from optimizer.problem import Problem
from optimizer.program import Priced, Program, price, valid
from optimizer.rules import Count, SpendShare
from tests.enumerate import every_plan
from tests.optimizer.problems import KINDS, random_problem, random_rule


def a_problem(seed: int, offers: int = 14) -> Problem:
    """A rule of each kind now and then, several offers of a creator, with and without a goal."""
    rng = np.random.default_rng(70_000 + seed)
    problem = random_problem(rng, rules=0, offers=offers, inverse=seed % 3 == 0)
    kinds = [KINDS[seed % len(KINDS)], *rng.choice(KINDS, int(rng.integers(0, 3)))]
    rules = tuple(random_rule(rng, problem, f"rule {k}", str(kind)) for k, kind in enumerate(kinds))
    return replace(problem, rules=rules)


def some_plan(problem: Problem, rng: np.random.Generator) -> Positions:
    """A plan of any offers that are not closed, one of a creator at most; whether it keeps the rules or not."""
    usable = rng.permutation(np.setdiff1d(np.arange(problem.offers), Program.of(problem).closed))
    first = np.unique(problem.creator[usable], return_index=True)[1]
    return np.sort(usable[first][rng.random(len(first)) < 0.5])


def after(flips: Flips, items: Positions) -> Positions:
    """The offers taken after a change, two of a creator perhaps."""
    inside = flips.inside.copy()
    inside[items] = ~inside[items]
    return np.union1d(flips.kept, flips.offers[inside[:-1]])


def assert_as_judged(problem: Problem, flips: Flips, changes: Changes) -> int:
    """Every change by the judge; how many of them are plans that keep all rules."""
    kept = 0
    for row, items in enumerate(changes.items):
        plan = after(flips, items[items < len(flips.offers)])
        owners = problem.creator[plan]
        whole = len(np.unique(owners)) == len(owners)
        assert changes.whole[row] == whole
        if not whole:
            assert not changes.allowed[row]
            continue
        verdict = judge(problem, plan)
        assert changes.allowed[row] == verdict.feasible
        assert changes.value[row] == pytest.approx(verdict.value, rel=1e-9, abs=1e-6)
        kept += bool(verdict.feasible)
    return kept


def priced(problem: Problem) -> Priced:
    program = Program.of(problem)
    return price(program, valid(program, greedy(program).prices))


def flips_of(problem: Problem, rng: np.random.Generator) -> Flips | None:
    """Some of the open offers free to change, beside any plan."""
    program = Program.of(problem)
    usable = np.setdiff1d(np.arange(problem.offers), program.closed)
    return Flips.of(program, some_plan(problem, rng), usable[rng.random(len(usable)) < 0.8])


@pytest.mark.parametrize("seed", range(60))
def test_every_pair_is_worth_and_keeps_what_the_judge_says(seed: int) -> None:
    problem, rng = a_problem(seed), np.random.default_rng(seed)
    flips = flips_of(problem, rng)
    if flips is None:
        return
    start = judge(problem, flips.plan())
    assert np.isfinite(flips.value) == start.feasible
    pairs = flips.pairs()
    k = len(flips.offers)
    assert len(pairs.items) == k * (k + 1) // 2
    assert len(np.unique(pairs.items, axis=0)) == len(pairs.items)
    assert_as_judged(problem, flips, pairs)


@pytest.mark.parametrize("seed", range(60))
def test_every_change_of_two_pairs_is_too_and_none_changes_an_offer_twice(seed: int) -> None:
    problem, rng = a_problem(seed, offers=12), np.random.default_rng(seed)
    flips = flips_of(problem, rng)
    if flips is None:
        return
    flips.value = -1e30  # as if the start were a poor plan: more pairs are of use
    quadruples = flips.quadruples(flips.pairs(), priced(problem), 200)
    if quadruples is None:
        return
    for items in quadruples.items:
        changed = items[items < len(flips.offers)]
        assert len(np.unique(changed)) == len(changed)
    assert_as_judged(problem, flips, quadruples)


def test_the_problems_above_are_not_all_without_a_plan() -> None:
    kept = 0
    for seed in range(30):
        problem = a_problem(seed)
        flips = flips_of(problem, np.random.default_rng(seed))
        kept += 0 if flips is None else assert_as_judged(problem, flips, flips.pairs())
    assert kept > 100


@pytest.mark.parametrize("seed", range(20))
def test_what_a_change_takes_of_what_is_short_is_money_or_people_of_the_goal(seed: int) -> None:
    problem, rng = a_problem(seed), np.random.default_rng(seed)
    flips = flips_of(problem, rng)
    if flips is None:
        return
    before = judge(problem, flips.plan())
    changes = flips.pairs()
    for row in np.flatnonzero(changes.whole).tolist():
        now = judge(problem, after(flips, changes.items[row][changes.items[row] < len(flips.offers)]))
        short = now.cost - before.cost if problem.goal is None else before.engaged_reach - now.engaged_reach
        assert changes.scarce[row] == pytest.approx(short, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("seed", range(30))
def test_a_change_that_is_made_is_the_plan_from_then_on(seed: int) -> None:
    problem, rng = a_problem(seed), np.random.default_rng(seed)
    flips = flips_of(problem, rng)
    if flips is None:
        return
    for _ in range(4):
        pairs = flips.pairs()
        allowed = np.flatnonzero(pairs.allowed)
        if not len(allowed):
            return
        which = int(rng.choice(allowed))
        flips.make(pairs, which)
        verdict = judge(problem, flips.plan())
        assert verdict.feasible
        assert flips.value == pytest.approx(verdict.value, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("seed", range(40))
def test_the_change_of_two_that_is_made_is_the_best_of_all_pairs(seed: int) -> None:
    problem, rng = a_problem(seed), np.random.default_rng(seed)
    flips = flips_of(problem, rng)
    if flips is None:
        return
    for _ in range(4):
        pairs, before = flips.pairs(), flips.value
        best = float(np.max(pairs.value[pairs.allowed], initial=-np.inf))
        assert flips.change_two() or best <= before + 1e-11 * abs(before if np.isfinite(before) else 0.0)
        if not np.isfinite(flips.value):
            return
        verdict = judge(problem, flips.plan())
        assert verdict.feasible
        assert flips.value == pytest.approx(verdict.value, rel=1e-9, abs=1e-6)
        assert flips.value == pytest.approx(max(best, before), rel=1e-12)


def test_offers_that_all_but_use_up_a_segment_come_and_go() -> None:
    problem = Problem(
        creator=np.arange(3),
        cost=np.array([3, 5, 4]),
        exponents=np.array([[900.0], [0.2], [1_000.0]]),
        gain=np.zeros(3),
        waste=np.array([1.0, 1.0, 90.0]),
        contacts=np.full(3, 100.0),
        ceilings=np.array([100.0]),
        budget=9,
        waste_aversion=0.1,
    )
    flips = Flips.of(Program.of(problem), np.array([1, 2]), np.arange(3))
    assert flips is not None
    assert_as_judged(problem, flips, flips.pairs())
    assert flips.change_two()
    assert flips.plan().tolist() == [0, 1]
    assert flips.change_two()
    assert flips.plan().tolist() == [0]
    assert not flips.change_two()


def test_two_offers_of_a_creator_change_places_in_one_pair() -> None:
    problem = Problem(
        creator=np.array([0, 0, 1]),
        cost=np.array([3, 5, 4]),
        exponents=np.zeros((3, 0)),
        gain=np.array([30.0, 60.0, 40.0]),
        waste=np.zeros(3),
        contacts=np.ones(3),
        ceilings=np.zeros(0),
        budget=9,
        waste_aversion=0.0,
    )
    flips = Flips.of(Program.of(problem), np.array([0, 2]), np.arange(3))
    assert flips is not None
    assert flips.value == 70.0
    pairs = flips.pairs()
    both = int(np.flatnonzero((pairs.items == [0, 1]).all(axis=1))[0])
    alone = int(np.flatnonzero((pairs.items == [1, 3]).all(axis=1))[0])
    assert (pairs.value[both], bool(pairs.whole[both]), bool(pairs.allowed[both])) == (100.0, True, True)
    assert (bool(pairs.whole[alone]), bool(pairs.allowed[alone])) == (False, False)


def test_a_creator_whose_offer_stays_brings_no_other() -> None:
    problem = a_problem(1)
    owner = int(np.argmax(np.bincount(problem.creator)))
    own = np.flatnonzero(problem.creator == owner)
    assert len(own) > 1
    free = replace(problem, rules=())
    flips = Flips.of(Program.of(free), own[:1], np.setdiff1d(np.arange(free.offers), own[:1]))
    assert flips is not None
    assert not np.isin(own, flips.offers).any()
    assert flips.kept.tolist() == own[:1].tolist()


def test_a_rule_that_what_stays_breaks_for_good_is_hopeless() -> None:
    """Two of the kept where one may be, and nobody who is free is in that rule."""
    problem = replace(
        a_problem(2),
        creator=np.arange(a_problem(2).offers),
        rules=(Count("one", "count", np.array([0, 1]), None, 1),),
    )
    program = Program.of(problem)
    assert Flips.of(program, np.array([0, 1]), np.array([2])) is None
    assert Flips.of(program, np.array([0, 1]), np.array([1, 2])) is not None


def test_two_pairs_reach_a_plan_that_no_pair_reaches() -> None:
    """Half of the spend to each side, exactly: a dearer one on both sides is one change of two pairs."""
    problem = Problem(
        creator=np.arange(4),
        cost=np.array([10, 20, 10, 20]),
        exponents=np.zeros((4, 0)),
        gain=np.array([10.0, 25.0, 10.0, 26.0]),
        waste=np.zeros(4),
        contacts=np.ones(4),
        ceilings=np.zeros(0),
        budget=40,
        waste_aversion=0.0,
        rules=(SpendShare("half", "spend_share", np.arange(2), Fraction(1, 2), Fraction(1, 2)),),
    )
    flips = Flips.of(Program.of(problem), np.array([0, 2]), np.arange(4))
    assert flips is not None
    pairs = flips.pairs()
    assert max(pairs.value[pairs.allowed], default=-np.inf) <= flips.value
    quadruples = flips.quadruples(pairs, priced(problem), 10)
    assert quadruples is not None
    flips.make(quadruples, int(np.argmax(np.where(quadruples.allowed, quadruples.value, -np.inf))))
    assert flips.plan().tolist() == [1, 3]
    assert flips.value == max(judge(problem, p).value for p in every_plan(problem) if judge(problem, p).feasible)

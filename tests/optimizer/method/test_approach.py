"""Prices from the smoothed bound: what it says beside the bound itself, its slopes, and how near they come."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from optimizer.columns import Floats
from optimizer.method import approach as module
from optimizer.method import smooth as smoothing
from optimizer.method.approach import approach
from optimizer.method.bound import relax
from optimizer.method.greedy import greedy
from optimizer.method.smooth import LEAST_FRESH, Smooth
from optimizer.problem import Problem
from optimizer.program import Prices, Program, price, valid
from optimizer.rules import Count, Filter, Rule, Spend, SpendShare, WasteShare


def market(seed: int, creators: int, offers_each: int = 1, segments: int = 3) -> Problem:
    """Creators from small to large; money for a seventh of what all cost."""
    rng = np.random.default_rng(seed)
    n = creators * offers_each
    size = rng.lognormal(0, 1, creators).repeat(offers_each) * rng.uniform(0.5, 1.5, n)
    share = rng.dirichlet(np.full(segments, 0.4), creators).repeat(offers_each, axis=0)
    cost = (1e4 * size * rng.lognormal(0, 0.4, n)).astype(np.int64) + 100
    contacts = 1_000 * size
    return Problem(
        creator=np.arange(creators).repeat(offers_each),
        cost=cost,
        exponents=share * size[:, None] * 3.0 / creators,
        gain=np.where(np.arange(n) % 10 == 0, 5.0 * size, 0.0),
        waste=contacts * rng.uniform(0, 1, n),
        contacts=contacts,
        ceilings=np.append(rng.uniform(1e4, 1e5, segments - 1), 0.0 if seed % 3 == 2 else 3e4),
        budget=int(cost.sum()) // (7 * offers_each),
        waste_aversion=0.002,
    )


def some_rules(problem: Problem) -> tuple[Rule, ...]:
    """Sides above, below and both; ratios; one filter."""
    n = problem.offers
    return (
        Count("half", "count", np.arange(n // 2), 3, n // 12),
        Spend("some", "spend", np.arange(0, n, 3), problem.budget // 10, problem.budget // 4),
        SpendShare("share", "spend_share", np.arange(0, n, 2), Fraction(2, 5), Fraction(3, 5)),
        WasteShare("waste", "waste_share", 0.45),
        Filter("out", "exclude", np.arange(5, n, 11)),
    )


def with_goal(problem: Problem) -> Problem:
    """The inverse objective: least cost for half of what greedy reaches."""
    plan = greedy(Program.of(problem)).plan
    people = problem.ceilings @ -np.expm1(-problem.exponents[plan].sum(axis=0)) + problem.gain[plan].sum()
    return replace(problem, goal=float(people) / 2)


def cases() -> list[Problem]:
    """With and without goal, rules and several offers."""
    plain = [market(seed, creators, each) for seed, creators, each in ((0, 200, 1), (1, 90, 3), (2, 120, 2))]
    ruled = [replace(problem, rules=some_rules(problem)) for problem in plain]
    return [*plain, *ruled, *(with_goal(problem) for problem in (*plain[:2], *ruled[1:]))]


def smoothed(problem: Problem, point: Callable[[Smooth, Floats], Floats]) -> tuple[Smooth, Floats, Prices]:
    """The smoothed bound over all open offers, a point of it, and the prices that the point stands for."""
    program, seen = Program.of(problem), []

    def stay(smooth: Smooth, z: Floats, undecided: int, warmth: float) -> Floats:
        del undecided, warmth
        seen.append((smooth, point(smooth, z)))
        return seen[-1][1]

    pool = np.setdiff1d(np.arange(problem.offers), program.closed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Smooth, "minimise", stay)
        prices = module._minimised(program, greedy(program).prices, pool, 1, 1.0, 0.5)
    (smooth, z) = seen[0]
    return smooth, z, prices


def anywhere(rng: np.random.Generator) -> Callable[[Smooth, Floats], Floats]:
    """A point about as far from the lower sides as where greedy would start, slopes not above reach."""

    def point(smooth: Smooth, z: Floats) -> Floats:
        segments = len(smooth.ceilings)
        size = np.where(z > 0, z, 1.0 / np.maximum(np.abs(smooth.columns).mean(axis=0), 1e-9))
        there = np.maximum(size * rng.lognormal(0, 0.5, len(z)), smooth.lower)
        reach = there[segments + 1] if smooth.has_goal else 1.0
        there[:segments] = np.maximum(reach * rng.uniform(0.02, 0.98, segments), LEAST_FRESH)
        return there

    return point


@pytest.mark.parametrize("heats", [0.01, 0.3, 3.0])
@pytest.mark.parametrize("case", range(10))
def test_it_lies_above_the_bound_by_no_more_than_its_heat_allows(case: int, heats: float) -> None:
    """By heat x log(1 + offers) for each creator, at any prices."""
    problem = cases()[case]
    program = Program.of(problem)
    for seed in range(3):
        smooth, z, prices = smoothed(problem, anywhere(np.random.default_rng(seed)))
        bound = price(program, valid(program, prices)).bound
        heat = heats * float(np.abs(smooth.base + smooth.columns @ z).mean())
        offers_of = np.diff(np.append(smooth.first, len(smooth.base)))
        rounding = 1e-9 * (abs(bound) + float(np.abs(smooth.linear * z).sum()))
        above = smooth._value(z, heat) - bound
        assert -rounding <= above <= heat * float(np.log1p(offers_of).sum()) + rounding


@pytest.mark.parametrize("case", range(10))
def test_its_slopes_are_those_of_its_value(case: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """By finite differences, one price at a time: of the value, and of the gradient."""
    monkeypatch.setattr(smoothing, "_UNDECIDED", 0.0)
    smooth, z, _ = smoothed(cases()[case], anywhere(np.random.default_rng(case)))
    heat = float(np.abs(smooth.base + smooth.columns @ z).mean())
    gradient, hessian, _ = smooth._slope(z, heat)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-9, atol=1e-12 * np.abs(hessian).max())
    for place in range(len(z)):
        step = 1e-5 * heat / float(np.abs(smooth.columns[:, place]).mean())
        step = min(step, 0.01 * z[place]) if z[place] > 0 else step
        ahead, behind = z.copy(), z.copy()
        ahead[place] += step
        behind[place] -= step
        rise = (smooth._value(ahead, heat) - smooth._value(behind, heat)) / (2 * step)
        noise = 1e-15 * abs(smooth._value(z, heat)) / step
        assert rise == pytest.approx(gradient[place], rel=1e-3, abs=10 * noise + 1e-6 * np.abs(smooth.linear[place]))
        turn = (smooth._slope(ahead, heat)[0] - smooth._slope(behind, heat)[0]) / (2 * step)
        size = np.sqrt(np.abs(np.diag(hessian)) * abs(hessian[place, place]))
        np.testing.assert_allclose(turn, hessian[place], rtol=1e-3, atol=1e-4 * float(size.max()))


@pytest.mark.parametrize("case", range(6))
def test_where_it_ends_nothing_is_gained_by_a_step_of_one_price(case: int) -> None:
    """It has cooled; then a few per cent more or less of any price do not lower the true bound by much."""
    problem = cases()[case]
    program = Program.of(problem)
    pool = np.setdiff1d(np.arange(problem.offers), program.closed)
    prices = module._minimised(program, greedy(program).prices, pool, 10, 1.0, 0.5)
    bound = price(program, valid(program, prices)).bound
    lowest = relax(program, prices, [np.zeros(1) for _ in problem.ceilings], -np.inf, lambda: False).priced.bound
    assert lowest <= bound <= lowest + 0.002 * abs(lowest)


LARGE = [(4, 4_000, 1), (5, 2_000, 3), (7, 20_000, 1)]


@pytest.mark.parametrize("inverse", [False, True])
@pytest.mark.parametrize("ruled", [False, True])
@pytest.mark.parametrize(("seed", "creators", "each"), LARGE)
def test_of_large_plans_the_prices_are_valid_and_nearly_the_best(
    seed: int, creators: int, each: int, ruled: bool, inverse: bool
) -> None:
    problem = market(seed, creators, each)
    problem = replace(problem, rules=some_rules(problem)) if ruled else problem
    problem = with_goal(problem) if inverse else problem
    program = Program.of(problem)
    start = greedy(program)
    assert len(start.plan) >= 100
    prices = approach(program, start)
    as_valid = valid(program, prices)
    assert (as_valid.reach, as_valid.budget) == (prices.reach, prices.budget)
    assert as_valid.rules.tolist() == prices.rules.tolist()
    bound = price(program, as_valid).bound
    first = price(program, valid(program, start.prices)).bound
    lowest = relax(program, prices, [np.zeros(1) for _ in problem.ceilings], -np.inf, lambda: False).priced.bound
    assert lowest <= bound <= lowest + 1e-3 * abs(lowest)
    assert bound - lowest < 0.2 * (first - lowest)


def test_a_pool_that_misleads_costs_nothing() -> None:
    """Every second creator is under a rule that takes them all or none: a sample of every second would see one side."""
    problem = market(7, 20_000)
    n = problem.offers
    half = SpendShare("half", "spend_share", np.arange(0, n, 2), Fraction(1, 2), Fraction(1, 2))
    program = Program.of(replace(problem, rules=(half,)))
    start = greedy(program)
    first = price(program, valid(program, start.prices)).bound
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_every", lambda _, pool, every: pool[pool % 2 == 0] if every > 1 else pool)
        misled = price(program, valid(program, approach(program, start))).bound
    assert misled <= first
    assert price(program, valid(program, approach(program, start))).bound <= first


def test_a_sample_favours_no_regular_order_of_creators() -> None:
    program = Program.of(market(1, 6_000, 2))
    for every in (2, 3, 5):
        sample = module._every(program, np.arange(12_000), every)
        assert len(sample) == pytest.approx(12_000 / every, rel=0.02)
        creators = np.unique(program.problem.creator[sample])
        assert 2 * len(creators) == len(sample)
        for modulus in (2, 3, 4, 5, 7):
            share = np.bincount(creators % modulus) / len(creators)
            assert share.tolist() == pytest.approx([1 / modulus] * modulus, rel=0.1)


def test_of_a_small_plan_greedys_own_prices_stay() -> None:
    problem = market(0, 300)
    start = greedy(Program.of(replace(problem, budget=problem.budget // 100)))
    assert 0 < len(start.plan) < 60
    assert approach(Program.of(problem), start) is start.prices


@pytest.mark.parametrize("slope", [-1e-300, -1.0, -1e9])
def test_a_price_that_nothing_bends_ends_at_a_number(slope: float) -> None:
    """One offer that is out by far, and a side that no plan of the pool keeps: its price would rise for ever."""
    nobody = np.zeros((1, 1))
    smooth = Smooth(
        nobody, np.array([-3_000.0]), np.array([slope]), np.zeros(1), np.zeros(0), np.zeros(1, int), 1.0, False
    )
    assert np.isfinite(smooth.minimise(np.ones(1), 0, 0.05)).all()

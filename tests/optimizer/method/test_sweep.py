"""The sweep by itself: whatever the window, the prices and the units, it meets the best plan and says no less."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings

from optimizer.clock import Clock
from optimizer.columns import Flags, Floats, Positions
from optimizer.method import sweep as module
from optimizer.method.choices import Choices
from optimizer.method.core import Effort, Found
from optimizer.method.greedy import greedy
from optimizer.method.incumbent import Incumbent
from optimizer.method.price_pool import PricePool
from optimizer.method.sweep import sweep
from optimizer.method.window import Window
from optimizer.problem import Problem
from optimizer.program import Priced, Prices, Program, price, valid
from tests.enumerate import AllPlans
from tests.optimizer.problems import odd_problems, random_problem, random_rule, strange_scales


@dataclass(frozen=True, eq=False, slots=True)
class Outcome:
    """What a sweep said, and the best plan known then."""

    found: Found | None
    incumbent: Incumbent


def any_prices(rng: np.random.Generator, program: Program) -> Priced:
    """Valid prices: those greedy suggests, or wild ones."""
    prices = greedy(program).prices
    if rng.random() < 0.5:
        rows = len(program.rows)
        fresh = rng.random(len(program.problem.ceilings))
        prices = Prices(float(rng.exponential()), fresh, float(rng.exponential()), rng.normal(0, 100, rows))
    return price(program, valid(program, prices))


def swept(program: Program, window: Window, priced: Priced, gap: float = 1e-6, most: int = 100_000) -> Outcome:
    """A sweep that starts without a plan and keeps what it meets."""
    incumbent = Incumbent(program.problem)

    def threshold() -> float:
        value = incumbent.value
        return value + 0.5 * gap * max(abs(value), 1e-9) if incumbent.plan is not None else value

    effort = Effort(Clock(20.0), 1, incumbent.offer)
    return Outcome(sweep(program, priced, window, threshold, effort, most), incumbent)


def some_window(rng: np.random.Generator, program: Program) -> Window:
    """Some offers free, at most one of each other creator fixed, the rest out."""
    problem = program.problem
    usable = np.setdiff1d(np.arange(problem.offers), program.closed)
    free = usable[rng.random(len(usable)) < rng.choice([0.5, 0.8, 1.0])]
    rest = np.setdiff1d(usable, free)
    rest = rest[~np.isin(problem.creator[rest], problem.creator[free])]
    _, first = np.unique(problem.creator[rest], return_index=True)
    fixed = rest[first]
    return Window(free, fixed[rng.random(len(fixed)) < 0.5])


def in_window(plans: AllPlans, window: Window) -> Flags:
    """The plans that hold all that is fixed and nothing that is out."""
    out = np.setdiff1d(np.arange(plans.problem.offers), np.union1d(window.free, window.fixed))
    return np.asarray(plans.chosen[:, window.fixed].all(axis=1) & ~plans.chosen[:, out].any(axis=1))


def assert_meets_the_best(problem: Problem, rng: np.random.Generator) -> None:
    program, plans = Program.of(problem), AllPlans.of(problem)
    window = some_window(rng, program)
    outcome = swept(program, window, any_prices(rng, program))
    held = in_window(plans, window) & plans.feasible
    found, incumbent = outcome.found, outcome.incumbent
    assert found is not None
    assert found.finished
    if not held.any():
        assert (incumbent.plan, found.bound, found.plans) == (None, -np.inf, 0)
        return
    best = float(plans.value[held].max())
    rounding = 1e-12 * max(float(problem.ceilings.sum()), 1.0)
    assert found.bound >= best - rounding
    assert incumbent.value >= best - 1e-6 * max(abs(best), 1e-9) - rounding
    assert incumbent.value <= best + rounding


@pytest.mark.parametrize("seed", range(400))
def test_random_windows_of_every_rule_kind_equal_enumeration(seed: int) -> None:
    rng = np.random.default_rng(20_000 + seed)
    assert_meets_the_best(random_problem(rng, rules=5, offers=10, inverse=seed % 4 == 0), rng)


@pytest.mark.parametrize("seed", range(150))
def test_so_do_windows_on_strange_scales(seed: int) -> None:
    rng = np.random.default_rng(30_000 + seed)
    problem = strange_scales(rng, offers=int(rng.integers(2, 10)))
    rules = tuple(random_rule(rng, problem, f"rule {k}") for k in range(int(rng.integers(0, 4))))
    assert_meets_the_best(replace(problem, rules=rules), rng)


@settings(max_examples=200, derandomize=True)
@given(odd_problems())
def test_and_windows_of_ties_nothings_and_extremes(problem: Problem) -> None:
    assert_meets_the_best(problem, np.random.default_rng(problem.offers + problem.budget % 1_000))


@pytest.mark.parametrize("seed", range(60))
def test_a_sweep_of_tiny_blocks_meets_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, small in (("_BLOCK", 3), ("_CROWD", 2), ("_WIDTH", 2), ("_FITTED", 2)):
        monkeypatch.setattr(module, name, small)
    monkeypatch.setattr("optimizer.method.price_pool._MOST", 12)
    rng = np.random.default_rng(40_000 + seed)
    assert_meets_the_best(random_problem(rng, rules=4, offers=11, inverse=seed % 3 == 0), rng)


@pytest.mark.parametrize("seed", range(120))
def test_looking_anew_at_what_lies_ahead_loses_no_plan(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """After every level, whatever little that closes; with blocks and crowds of a few."""
    for name, value in (("_LATELY", 1), ("_LONG", 1), ("_FEW", 1.0), ("_WAYS", 3)):
        monkeypatch.setattr(module, name, value)
    if seed % 2:
        for name in ("_BLOCK", "_CROWD", "_WIDTH"):
            monkeypatch.setattr(module, name, 3)
    rng = np.random.default_rng(60_000 + seed)
    assert_meets_the_best(random_problem(rng, rules=4, offers=12, inverse=seed % 3 == 0), rng)


@pytest.mark.parametrize("seed", range(60))
def test_every_price_vector_bounds_every_plan(seed: int) -> None:
    """Of the pool that a problem starts with, and of vectors fitted to a partial plan."""
    rng = np.random.default_rng(50_000 + seed)
    problem = random_problem(rng, rules=4, inverse=seed % 3 == 0)
    program, plans = Program.of(problem), AllPlans.of(problem)
    usable = np.setdiff1d(np.arange(problem.offers), program.closed)
    choices = Choices.of(program, Window(usable, usable[:0]))
    pool = PricePool.around(choices, choices.start_prices(any_prices(rng, program).prices))
    pool.fit(choices.base[None], 0, np.zeros(1, np.int64))
    held = in_window(plans, Window(usable, usable[:0])) & plans.feasible
    if not held.any():
        return
    granted = choices.base @ pool.coefficients + pool.rest[0]
    assert (granted >= plans.value[held].max()).all()
    bound, nearest = pool.bounds(choices.base[None], 0)
    assert granted[nearest[0]] == bound[0] == granted.min()
    by_option = pool.of_options()
    for option in np.flatnonzero(choices.offer >= 0):
        with_it = held & plans.chosen[:, choices.offer[option]]
        assert not with_it.any() or by_option[option] >= plans.value[with_it].max()


def knapsack(
    offers: int = 40, seed: int = 0, cost: Callable[[np.random.Generator], Positions] | None = None
) -> Problem:
    rng = np.random.default_rng(seed)
    price_of = rng.integers(1_000, 9_000, offers) if cost is None else cost(rng)
    people: Floats = price_of * rng.uniform(0.9, 1.1, offers)
    return Problem(
        creator=np.arange(offers),
        cost=price_of,
        exponents=people[:, None] * 1e-7,
        gain=np.zeros(offers),
        waste=np.zeros(offers),
        contacts=people,
        ceilings=np.array([1e6]),
        budget=int(price_of.sum()) // 3,
        waste_aversion=0.0,
    )


def test_too_many_states_are_no_answer_and_what_was_met_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CROWD", 4)
    monkeypatch.setattr(module, "_WIDTH", 2)
    program = Program.of(knapsack())
    window = Window(np.arange(40), np.zeros(0, np.int64))
    outcome = swept(program, window, price(program, greedy(program).prices), gap=0.0, most=500)
    assert outcome.found is None
    assert outcome.incumbent.plan is not None


def test_creators_who_are_alike_are_counted_and_not_told_apart() -> None:
    """40 creators of four kinds: which of a kind are taken makes no difference, 2^40 plans are a few thousand."""
    kinds = knapsack(4, seed=3)
    which = np.repeat(np.arange(4), 10)
    problem = replace(
        kinds,
        creator=np.arange(40),
        cost=kinds.cost[which],
        exponents=kinds.exponents[which],
        gain=np.zeros(40),
        waste=np.zeros(40),
        contacts=kinds.contacts[which],
        budget=int(kinds.cost.sum()) * 3 + 1,
    )
    program = Program.of(problem)
    window = Window(np.arange(40), np.zeros(0, np.int64))
    outcome = swept(program, window, price(program, greedy(program).prices), gap=0.0, most=50_000)
    assert outcome.found is not None
    numbers = np.stack(np.meshgrid(*[np.arange(11)] * 4), axis=-1).reshape(-1, 4)
    within = numbers[numbers @ kinds.cost <= problem.budget]
    best = float(np.max(1e6 * -np.expm1(-(within @ kinds.exponents[:, 0]))))
    assert outcome.incumbent.value == pytest.approx(best, rel=1e-12)


def test_no_time_is_no_answer() -> None:
    program = Program.of(knapsack())
    window = Window(np.arange(40), np.zeros(0, np.int64))
    effort = Effort(Clock(0.0), 1, Incumbent(program.problem).offer)
    assert sweep(program, price(program, greedy(program).prices), window, lambda: -np.inf, effort, 100_000) is None


def test_of_equal_values_the_cheaper_plan_is_kept() -> None:
    problem = replace(knapsack(4), cost=np.array([70, 50, 60, 100]), exponents=np.full((4, 1), 0.25), budget=100)
    program = Program.of(problem)
    outcome = swept(program, Window(np.arange(4), np.zeros(0, np.int64)), any_prices(np.random.default_rng(0), program))
    assert outcome.incumbent.plan is not None
    assert outcome.incumbent.plan.tolist() == [1]


def test_one_minor_unit_too_much_is_not_met() -> None:
    dear = 10**11
    problem = replace(knapsack(2), cost=np.array([dear, dear]), budget=2 * dear - 1)
    program = Program.of(problem)
    outcome = swept(program, Window(np.arange(2), np.zeros(0, np.int64)), price(program, greedy(program).prices))
    assert outcome.incumbent.plan is not None
    assert len(outcome.incumbent.plan) == 1

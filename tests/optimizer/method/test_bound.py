"""The relaxation: above every plan, as low as a linear program by hand, and silent about what it cannot know."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.judge import judge
from optimizer.linear_model import Answer, Ending, LinearModel
from optimizer.method.bound import confined, neighbourhood, relax
from optimizer.method.first_tangents import around_plan
from optimizer.method.greedy import greedy
from optimizer.method.screen import screen
from optimizer.method.window import leaders, mixed_window, window
from optimizer.problem import Problem
from optimizer.program import Prices, Program, price, valid
from optimizer.rules import Count, Filter
from tests.enumerate import AllPlans
from tests.optimizer.method.test_greedy import many
from tests.optimizer.problems import random_problem
from tests.optimizer.test_program import random_prices, tolerance


def never() -> bool:
    return False


def no_tangents(problem: Problem) -> list[np.ndarray]:
    return [np.zeros(1) for _ in problem.ceilings]


def nothing_known(program: Program) -> Prices:
    return Prices(1.0, np.ones(len(program.problem.ceilings)), 0.0, np.zeros(len(program.rows)))


@pytest.mark.parametrize("seed", range(60))
def test_no_plan_is_above_the_bound_and_where_a_plan_is_the_relaxation_is_feasible(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, rules=4, offers=9, inverse=seed % 4 == 0)
    program, plans = Program.of(problem), AllPlans.of(problem)
    relaxation = relax(program, greedy(program).prices, no_tangents(problem), -np.inf, never)
    best = plans.best_value
    if best is not None:
        assert relaxation.feasible
        assert relaxation.priced.bound >= best - tolerance(problem)
    assert np.all((relaxation.weight >= -1e-9) & (relaxation.weight <= 1 + 1e-9))
    assert len(relaxation.weight) == len(relaxation.free)


@pytest.mark.parametrize("seed", range(20))
def test_the_bound_does_not_depend_on_where_the_prices_start(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, rules=2, offers=9)
    program = Program.of(problem)
    if AllPlans.of(problem).best_value is None:
        return
    starts = [greedy(program).prices, nothing_known(program), random_prices(rng, program)]
    bounds = [relax(program, start, no_tangents(problem), -np.inf, never).priced.bound for start in starts]
    assert bounds == pytest.approx([bounds[0]] * 3, rel=1e-6, abs=tolerance(problem))


@pytest.mark.parametrize("seed", range(10))
def test_without_overlap_and_rules_it_is_the_fractional_knapsack(seed: int) -> None:
    """By hand: the best worth per cost first, the last one in part."""
    rng = np.random.default_rng(seed)
    n = 3_000
    cost, worth = rng.integers(1, 10_000, n), rng.uniform(1, 1_000, n)
    budget = int(cost.sum() // 7)
    problem = Problem(
        creator=np.arange(n),
        cost=cost,
        exponents=np.zeros((n, 0)),
        gain=worth,
        waste=np.zeros(n),
        contacts=np.zeros(n),
        ceilings=np.zeros(0),
        budget=budget,
        waste_aversion=0.0,
    )
    order = np.argsort(-worth / cost)
    spent = np.cumsum(cost[order])
    whole = int(np.searchsorted(spent, budget, side="right"))
    left = budget - (spent[whole - 1] if whole else 0)
    by_hand = worth[order[:whole]].sum() + worth[order[whole]] * left / cost[order[whole]]
    relaxation = relax(Program.of(problem), nothing_known(Program.of(problem)), [], -np.inf, never)
    assert relaxation.priced.bound == pytest.approx(by_hand, rel=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_a_relaxation_that_may_end_early_stays_near_the_best_bound(seed: int) -> None:
    """Near in terms of what is open above the threshold, also where tangents far off seem to promise nothing better."""
    rng = np.random.default_rng(seed)
    problem = many(rng, creators=400)
    problem = replace(problem, exponents=problem.exponents * 100.0, budget=int(problem.cost.mean() * 4))
    program = Program.of(problem)
    best = relax(program, greedy(program).prices, no_tangents(problem), -np.inf, never).priced.bound
    for share in (0.9, 0.99, 0.999):
        start = random_prices(rng, program)
        found = relax(program, start, no_tangents(problem), share * best, never).priced.bound
        assert best * (1 - 1e-9) <= found <= best + 0.011 * (1.0 - share) * best


@pytest.mark.parametrize("seed", range(5))
def test_a_window_of_hundreds_finds_the_prices_of_all(seed: int) -> None:
    """As low as with every offer in the window at once."""
    problem = many(np.random.default_rng(seed), creators=1_000)
    problem = replace(problem, rules=(Count("few", "count", np.arange(0, 1_000), None, 12),))
    program = Program.of(problem)
    small = relax(program, greedy(program).prices, no_tangents(problem), -np.inf, never)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("optimizer.method.bound._WINDOW", 10_000)
        whole = relax(program, greedy(program).prices, no_tangents(problem), -np.inf, never)
    assert small.priced.bound == pytest.approx(whole.priced.bound, rel=1e-7)
    assert judge(problem, greedy(program).plan).value <= small.priced.bound


def test_it_stops_when_nothing_better_is_left_to_find_or_time_is_out() -> None:
    problem = many(np.random.default_rng(1))
    program = Program.of(problem)
    start = valid(program, greedy(program).prices)
    first = price(program, start).bound
    assert relax(program, start, no_tangents(problem), first, never).priced.bound == first
    hasty = relax(program, start, no_tangents(problem), -np.inf, lambda: True)
    assert judge(problem, greedy(program).plan).value <= hasty.priced.bound <= first


def test_a_window_frees_whole_creators_or_fixes_their_leader() -> None:
    problem = many(np.random.default_rng(2))
    program = Program.of(problem)
    priced = price(program, valid(program, greedy(program).prices))
    for size in (1, 10, 100, 10_000):
        frame = window(program, priced, size)
        assert len(frame.free) <= size
        assert not np.isin(problem.creator[frame.fixed], problem.creator[frame.free]).any()
        assert np.all(priced.profit[frame.fixed] > 0)
        assert np.all(np.diff(frame.free) > 0)


def test_rules_that_not_even_parts_of_offers_can_keep_are_seen() -> None:
    problem = many(np.random.default_rng(3), creators=50)
    impossible = replace(problem, rules=(Count("all", "count", np.arange(100), 50, None),), budget=1_000)
    program = Program.of(impossible)
    assert not relax(program, greedy(program).prices, no_tangents(impossible), -np.inf, never).feasible


@pytest.mark.parametrize("each", [1, 3, 40])
@pytest.mark.parametrize("seed", range(6))
def test_a_window_of_all_sizes_frees_the_leader_of_every_creator_it_touches(seed: int, each: int) -> None:
    """Of each size of cost the nearest, and what those would take the place of."""
    rng = np.random.default_rng(seed)
    problem = many(rng, rules=(Filter("out", "exclude", np.arange(0, 600, 7)),))
    problem = replace(problem, cost=2 ** rng.integers(5, 20, 600))
    program = Program.of(problem).branch(200, chosen=True).branch(302, chosen=True)
    priced = price(program, valid(program, greedy(program).prices))
    frame, lead = mixed_window(program, priced, each), leaders(program, priced)
    owner = problem.creator
    assert np.all(np.diff(frame.free) > 0)
    assert not np.intersect1d(frame.free, np.union1d(program.closed, program.forced)).size
    assert not np.isin(owner[frame.fixed], owner[frame.free]).any()
    touched = lead[np.isin(owner[lead], owner[frame.free])]
    assert np.isin(touched, frame.free).all()
    assert np.union1d(touched, frame.fixed).tolist() == lead.tolist()
    sizes = np.unique(problem.cost[np.setdiff1d(np.arange(600), np.union1d(program.closed, program.forced))])
    assert np.unique(problem.cost[frame.free]).tolist() == sizes.tolist()
    if each == 1:
        assert len(frame.free) <= 2 * len(sizes)


def test_rules_that_charge_nothing_do_not_make_a_window_wider() -> None:
    problem = many(np.random.default_rng(9))
    rules = tuple(Count(f"of {k}", "count", np.arange(k, 600, 5), None, 100) for k in range(4))
    one, other = (Program.of(replace(problem, rules=some)) for some in ((), rules))
    frames = [mixed_window(p, price(p, nothing_known(p)), 3).free.tolist() for p in (one, other)]
    assert frames[0] == frames[1]
    charging = replace(nothing_known(other), rules=np.array([1.0, 2.0, 3.0, 4.0]))
    assert len(mixed_window(other, price(other, charging), 3).free) > len(frames[0])


@pytest.mark.parametrize("near", [1 << 13, 50])
def test_a_neighbourhood_says_the_same_of_its_offers_and_opens_none_that_is_closed(near: int) -> None:
    problem = many(np.random.default_rng(4), rules=(Filter("out", "exclude", np.arange(0, 600, 3)),))
    problem = replace(problem, budget=int(np.quantile(problem.cost, 0.95)) * 20)
    program = Program.of(problem).branch(100, chosen=True)
    relaxation = relax(program, greedy(program).prices, no_tangents(problem), -np.inf, never)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("optimizer.method.bound._NEIGHBOURS", near)
        offers, part, there = neighbourhood(program, relaxation)
    assert not np.intersect1d(offers, program.closed).size
    assert (len(offers) < problem.offers - len(program.closed)) == (near == 50)
    assert offers[there.free].tolist() == relaxation.free.tolist()
    assert offers[there.fixed].tolist() == relaxation.fixed.tolist()
    assert offers[part.forced].tolist() == [100]
    assert offers[leaders(part, there.priced)].tolist() == leaders(program, relaxation.priced).tolist()
    assert there.priced.profit.tolist() == pytest.approx(relaxation.priced.profit[offers].tolist(), rel=1e-12)
    assert there.priced.bound == pytest.approx(relaxation.priced.bound, rel=1e-12)
    assert part.problem.cost.tolist() == problem.cost[offers].tolist()


@pytest.mark.parametrize(("creators", "seed"), [(60, 39), (150, 0), (150, 16), (150, 17)])
def test_where_a_plan_meets_nearly_everybody_every_relaxation_is_answered(creators: int, seed: int) -> None:
    """Slopes from 1 to 1e-9 side by side, at which a linear solver calls its answer imprecise."""
    rng = np.random.default_rng(seed)
    size = rng.lognormal(0, 1.2, creators)
    share = rng.dirichlet(np.full(15, 0.3), creators)
    problem = Problem(
        creator=np.arange(creators),
        cost=rng.integers(0, 100_000, creators) * (rng.random(creators) < 0.7),
        exponents=3.0 * share * size[:, None],
        gain=np.zeros(creators),
        waste=np.zeros(creators),
        contacts=size,
        ceilings=10.0 ** rng.uniform(3, 6.5, 15),
        budget=1_000_000,
        waste_aversion=0.0,
    )
    program, answers = Program.of(problem), []
    start, solve_relaxed = greedy(program), LinearModel.solve_relaxed

    def answer(model: LinearModel, time_limit_s: float) -> Answer:
        answers.append(solve_relaxed(model, time_limit_s))
        return answers[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LinearModel, "solve_relaxed", answer)
        relaxation = relax(program, start.prices, around_plan(program, start.plan), -np.inf, never)
    assert answers
    assert all(a.ending is Ending.OPTIMAL for a in answers)
    value = judge(problem, start.plan).value
    assert value <= relaxation.priced.bound <= min(1.001 * value, problem.ceilings.sum() * (1 + 1e-9))


def test_a_crowd_that_the_budget_does_not_pay_for_makes_no_program_of_a_crowd() -> None:
    """At price 0 all of 30 000 are worth it, and there is money for 20.5."""
    n = 30_000
    problem = Problem(
        creator=np.arange(n),
        cost=np.full(n, 200) + np.arange(n) % 2,
        exponents=np.full((n, 1), 0.01),
        gain=np.zeros(n),
        waste=np.zeros(n),
        contacts=np.ones(n),
        ceilings=np.array([1e5]),
        budget=4_100,
        waste_aversion=0.0,
    )
    program = Program.of(problem)
    columns: list[int] = []
    solve_relaxed = LinearModel.solve_relaxed

    def answer(model: LinearModel, time_limit_s: float) -> Answer:
        columns.append(model.columns)
        return solve_relaxed(model, time_limit_s)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LinearModel, "solve_relaxed", answer)
        relaxation = relax(program, nothing_known(program), no_tangents(problem), -np.inf, never)
    assert max(columns) < 5_000
    assert relaxation.priced.bound == pytest.approx(1e5 * -np.expm1(-0.205), rel=1e-6)


@pytest.mark.parametrize("seed", range(40))
def test_confined_to_what_the_screen_leaves_a_relaxation_says_the_same(seed: int) -> None:
    rng = np.random.default_rng([31, seed])
    problem = random_problem(rng, offers=12, rules=2)
    program = Program.of(problem)
    start = greedy(program)
    whole = relax(program, start.prices, around_plan(program, start.plan), -np.inf, never)
    core = screen(program, whole.priced, whole.priced.bound - 0.05 * abs(whole.priced.bound))
    offers = np.union1d(core.free, core.fixed)
    part = program.part(offers, core.fixed)
    there = confined(part, offers, whole)
    assert there.priced.bound == pytest.approx(whole.priced.bound, rel=1e-9, abs=1e-9)
    assert np.isin(offers[there.free], whole.free).all()
    assert len(there.weight) == len(there.free)
    again = relax(part, whole.priced.prices, around_plan(part, np.zeros(0, np.int64)), -np.inf, never)
    if again.feasible and whole.feasible:
        assert again.priced.bound == pytest.approx(there.priced.bound, rel=1e-5, abs=1e-5)

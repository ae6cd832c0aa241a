"""Limits are kept and answers stay honest: time, stop flag, gap, seed, progress; and problems with little in them."""

import threading
import time
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.rules import Count, Filter, Rule, SpendShare, WasteShare
from optimizer.solution import Limits, Progress, Solution
from optimizer.solve import solve
from tests.optimizer.method.test_greedy import many
from tests.optimizer.problems import random_problem

LATE_S = 1.5
"""What a solve may take beyond its time limit."""


def hard(creators: int = 400, rules: tuple[Rule, ...] = ()) -> Problem:
    """Costs close to values and six segments: greedy is near, the proof is far."""
    rng = np.random.default_rng(11)
    n = creators
    cost = rng.integers(10_000, 1_000_000, n)
    contacts = cost.astype(np.float64)
    return Problem(
        creator=np.arange(n),
        cost=cost,
        exponents=rng.dirichlet(np.full(6, 0.4), n) * cost[:, None] * rng.uniform(0.98, 1.02, (n, 1)) * 2e-8,
        gain=np.zeros(n),
        waste=contacts * rng.uniform(0.3, 0.6, n),
        contacts=contacts,
        ceilings=np.array([3e5, 2e5, 1e5, 8e4, 5e4, 2e5]),
        budget=12_345_678,
        waste_aversion=1e-4,
        rules=(
            WasteShare("waste", "waste_share", 0.44),
            SpendShare("half", "spend_share", np.arange(0, n, 2), Fraction(1, 2), Fraction(1, 2)),
            *rules,
        ),
    )


def assert_honest(problem: Problem, solution: Solution) -> None:
    """What the solution says of itself is so."""
    if solution.plan is None:
        assert solution.status in ("infeasible", "no_solution")
        assert solution.verdict is None
        assert solution.relative_gap is None
        return
    assert solution.verdict is not None
    again = judge(problem, solution.plan)
    assert again.feasible
    assert again.value == solution.verdict.value
    if solution.best_bound is not None:
        assert solution.best_bound >= again.value
        gap = (solution.best_bound - again.value) / max(abs(again.value), 1e-9)
        assert solution.relative_gap == pytest.approx(gap, rel=1e-6, abs=1e-12)
    assert (solution.status == "optimal") == (solution.stop_reason in ("proven", "gap_limit"))


@pytest.mark.parametrize("time_limit_s", [1e-6, 0.01, 0.1, 0.5])
def test_whatever_the_time_limit_the_answer_is_in_time_and_honest(time_limit_s: float) -> None:
    problem = hard()
    start = time.perf_counter()
    solution = solve(problem, Limits(time_limit_s=time_limit_s))
    assert time.perf_counter() - start < time_limit_s + LATE_S
    assert_honest(problem, solution)
    if solution.status in ("feasible", "no_solution"):
        assert solution.stop_reason == "time_limit"


@pytest.mark.parametrize("seed", range(12))
def test_a_time_limit_of_nothing_is_honest_on_any_problem(seed: int) -> None:
    problem = random_problem(np.random.default_rng(seed), rules=4, inverse=seed % 3 == 0)
    assert_honest(problem, solve(problem, Limits(time_limit_s=1e-9)))


def test_more_time_is_never_worse() -> None:
    problem = hard()
    values = [solve(problem, Limits(time_limit_s=limit)).verdict for limit in (1e-6, 1.0)]
    if values[0] is not None:
        assert values[1] is not None
        assert values[1].value >= values[0].value


def test_a_stop_ends_a_long_solve_and_keeps_the_best_plan() -> None:
    problem = hard()
    flag = threading.Event()
    best: list[float] = []

    def on_progress(progress: Progress) -> None:
        if progress.value is not None:
            best.append(progress.value)
            flag.set()

    start = time.perf_counter()
    solution = solve(problem, Limits(time_limit_s=60.0, relative_gap=0.0), on_progress, flag.is_set)
    assert time.perf_counter() - start < 2 * LATE_S
    assert_honest(problem, solution)
    if solution.status != "optimal":
        assert solution.stop_reason == "stopped"
    if best:
        assert solution.verdict is not None
        assert solution.verdict.value >= max(best)


def test_a_stop_from_another_thread_is_heard_inside_a_solver() -> None:
    flag = threading.Event()
    timer = threading.Timer(0.5, flag.set)
    timer.start()
    start = time.perf_counter()
    solution = solve(hard(), Limits(time_limit_s=60.0, relative_gap=0.0), None, flag.is_set)
    timer.join()
    assert time.perf_counter() - start < 0.5 + 2 * LATE_S
    assert_honest(hard(), solution)


def test_a_stop_is_heard_while_any_plan_at_all_is_looked_for() -> None:
    """Half of the money, to one minor unit, on creators who share no round amount: nobody knows in a minute."""
    rng = np.random.default_rng(3)
    n = 60
    problem = replace(
        many(rng, creators=n // 2),
        cost=rng.integers(10**12, 10**13, n),
        budget=10**14,
        rules=(
            Count("some", "count", np.arange(n), 10, None),
            SpendShare("half", "spend_share", np.arange(0, n, 2), Fraction(1, 2), Fraction(1, 2)),
        ),
    )
    flag = threading.Event()
    timer = threading.Timer(1.0, flag.set)
    timer.start()
    start = time.perf_counter()
    solution = solve(problem, Limits(time_limit_s=60.0), None, flag.is_set)
    timer.join()
    assert time.perf_counter() - start < 1.0 + 2 * LATE_S
    assert_honest(problem, solution)


def test_a_stop_before_the_start_still_gives_the_greedy_plan() -> None:
    problem = many(np.random.default_rng(1))
    solution = solve(problem, Limits(), None, lambda: True)
    assert (solution.status, solution.stop_reason) == ("feasible", "stopped")
    assert_honest(problem, solution)
    assert solution.best_bound is not None


@pytest.mark.parametrize("seed", range(10))
def test_progress_never_gets_worse(seed: int) -> None:
    problem = many(np.random.default_rng(seed), creators=200)
    seen: list[Progress] = []
    solution = solve(problem, Limits(), seen.append)
    for earlier, later in pairwise(seen):
        assert later.elapsed_s >= earlier.elapsed_s
        if earlier.value is not None:
            assert later.value is not None
            assert later.value >= earlier.value
        if earlier.bound is not None:
            assert later.bound is not None
            assert later.bound <= earlier.bound + 1e-9 * abs(earlier.bound)
        if later.value is not None and later.bound is not None:
            assert later.bound >= later.value
            assert later.relative_gap is not None
    assert [seen[0].phase, seen[1].phase, seen[-1].phase] == ["greedy", "bound", "judge"]
    assert solution.verdict is not None
    assert (seen[-1].value, seen[-1].elapsed_s >= 0) == (solution.verdict.value, True)
    assert set(solution.seconds) >= {"greedy", "bound", "judge"}


@pytest.mark.parametrize("seed", [1, 2, 77])
def test_the_same_seed_gives_the_same_answer(seed: int) -> None:
    problem = many(np.random.default_rng(4), creators=150)
    one, two = (solve(problem, Limits(seed=seed)) for _ in range(2))
    assert one.plan is not None
    assert two.plan is not None
    assert one.plan.tolist() == two.plan.tolist()
    assert (one.verdict and one.verdict.value, one.best_bound) == (two.verdict and two.verdict.value, two.best_bound)
    assert one.duals is not None
    assert two.duals is not None
    assert one.duals.reduced_profit.tolist() == two.duals.reduced_profit.tolist()
    assert one.duals.rules == two.duals.rules


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("relative_gap", [0.0, 1e-6, 0.01, 0.5])
def test_the_asked_gap_is_reached_and_no_better_plan_is_further_away(seed: int, relative_gap: float) -> None:
    problem = many(np.random.default_rng(seed), creators=60)
    solution = solve(problem, Limits(relative_gap=relative_gap))
    assert solution.status == "optimal"
    assert solution.relative_gap is not None
    assert solution.relative_gap <= relative_gap + 1e-9
    assert_honest(problem, solution)
    best = solve(problem, Limits(relative_gap=1e-9)).verdict
    assert best is not None
    assert solution.verdict is not None
    assert solution.best_bound is not None
    assert solution.best_bound >= best.value - 1e-7 * abs(best.value)
    assert solution.verdict.value >= best.value - (relative_gap + 1e-7) * abs(best.value)


def test_a_gap_that_is_met_early_is_called_so() -> None:
    problem = many(np.random.default_rng(3), creators=60)
    loose = solve(problem, Limits(relative_gap=0.5))
    assert loose.stop_reason in ("gap_limit", "proven")
    assert loose.relative_gap is not None
    assert (loose.stop_reason == "gap_limit") == (loose.relative_gap > 1e-6)


def one_offer(**changes: object) -> Problem:
    columns: dict[str, object] = {
        "creator": np.array([0]),
        "cost": np.array([100]),
        "exponents": np.array([[0.1]]),
        "gain": np.array([0.0]),
        "waste": np.array([50.0]),
        "contacts": np.array([100.0]),
        "ceilings": np.array([1000.0]),
        "budget": 100,
        "waste_aversion": 0.0,
    }
    return Problem(**(columns | changes))  # type: ignore[arg-type]


NOBODY = Filter("nobody", "max_followers", np.array([0]))

LITTLE: list[tuple[Problem, list[int], float]] = [
    (one_offer(), [0], 1000 * -np.expm1(-0.1)),
    (one_offer(budget=99), [], 0.0),
    (one_offer(budget=0), [], 0.0),
    (one_offer(budget=0, cost=np.array([0])), [0], 1000 * -np.expm1(-0.1)),
    (one_offer(rules=(NOBODY,)), [], 0.0),
    (one_offer(waste_aversion=2.0), [], 0.0),
    (one_offer(waste_aversion=1e12), [], 0.0),
    (one_offer(ceilings=np.array([0.0])), [], 0.0),
    (one_offer(goal=0.0), [], 0.0),
    (one_offer(goal=1e-300), [0], -100.0),
    (one_offer(goal=1000 * -np.expm1(-0.1)), [0], -100.0),
    (one_offer(goal=90.0, cost=np.array([0])), [0], 0.0),
    (one_offer(rules=(Count("one", "count", np.array([0]), 1, 1),), waste_aversion=2.0), [0], 0.0),
    (one_offer(exponents=np.zeros((1, 0)), ceilings=np.zeros(0), gain=np.array([3.0])), [0], 3.0),
    (one_offer(exponents=np.array([[800.0]])), [0], 1000.0),
    (one_offer(ceilings=np.array([1e-12])), [0], 1e-12 * -np.expm1(-0.1)),
    (one_offer(budget=2**62, cost=np.array([2**62])), [0], 1000 * -np.expm1(-0.1)),
]


@pytest.mark.parametrize(("problem", "plan", "value"), LITTLE)
def test_problems_with_little_in_them(problem: Problem, plan: list[int], value: float) -> None:
    solution = solve(problem, Limits())
    assert solution.status == "optimal"
    assert solution.plan is not None
    assert solution.verdict is not None
    if value:
        assert solution.plan.tolist() == plan
    if not problem.rules or (value == 0.0 and plan == []):
        assert solution.verdict.value == pytest.approx(value, rel=1e-12)
    assert solution.relative_gap is not None
    assert solution.relative_gap <= 1e-6
    assert solution.stop_reason == "proven"


def test_no_offers_at_all() -> None:
    nothing = one_offer(
        creator=np.zeros(0, np.int64),
        cost=np.zeros(0, np.int64),
        exponents=np.zeros((0, 1)),
        gain=np.zeros(0),
        waste=np.zeros(0),
        contacts=np.zeros(0),
    )
    solution = solve(nothing, Limits())
    assert solution.status == "optimal"
    assert solution.plan is not None
    assert solution.plan.tolist() == []
    asked = replace(nothing, rules=(Count("one", "count", np.zeros(0, np.int64), 1, None),))
    assert solve(asked, Limits()).conflicts == ("one",)
    assert solve(replace(nothing, goal=1.0), Limits()).conflicts == ("goal",)


def test_where_every_plan_loses_the_empty_one_is_proven_best() -> None:
    problem = many(np.random.default_rng(9))
    problem = replace(problem, waste=problem.contacts, waste_aversion=10.0)
    solution = solve(problem, Limits())
    assert solution.status == "optimal"
    assert solution.plan is not None
    assert solution.plan.tolist() == []
    assert (solution.best_bound, solution.relative_gap) == (0.0, 0.0)


def test_where_money_is_no_matter_and_nothing_is_wasted_everybody_is_chosen() -> None:
    problem = replace(many(np.random.default_rng(9)), waste_aversion=0.0, budget=10**12)
    solution = solve(problem, Limits())
    assert solution.plan is not None
    assert len(solution.plan) == len(np.unique(problem.creator))


@pytest.mark.parametrize("seed", range(20))
def test_where_people_and_waste_cancel_rounding_is_no_broken_bound(seed: int) -> None:
    """10^11 engaged people less as much for waste: what is left is below the rounding of both."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 6))
    exponents = rng.uniform(0, 2, (n, 2))
    ceilings = np.full(2, 10.0 ** rng.uniform(6, 11))
    waste = (ceilings * -np.expm1(-exponents)).sum(axis=1) / 0.1 * (1 - rng.choice([1e-9, -1e-9, 1e-12], n))
    problem = Problem(
        creator=np.arange(n),
        cost=rng.integers(1, 10, n),
        exponents=exponents,
        gain=np.zeros(n),
        waste=waste,
        contacts=waste,
        ceilings=ceilings,
        budget=100,
        waste_aversion=0.1,
        rules=(Count("one", "count", np.arange(n), 1, 1),),
    )
    assert_honest(problem, solve(problem, Limits()))


def test_an_empty_plan_is_proven_best_beside_offers_that_fit_no_rule() -> None:
    """Met once: above a value of 0 the tolerance of a solver is an infinite gap."""
    problem = Problem(
        creator=np.arange(5),
        cost=np.array([3166124139, 1016873668, 24385195, 144, 194253]),
        exponents=np.array(
            [[1e-3, 1e-7, 1e-9], [0.0, 1e-6, 1e-3], [1e-5, 1e-4, 1e-3], [1e-7, 1e-7, 1e-3], [1e-4, 1e-9, 1e-6]]
        ),
        gain=np.zeros(5),
        waste=np.array([482.65, 342.36, 791.65, 705.61, 93.98]),
        contacts=np.full(5, 1000.0),
        ceilings=np.array([67987.7, 3870.88, 3206.15]),
        budget=2104697513,
        waste_aversion=0.06656533590923408,
        rules=(SpendShare("quarter", "spend_share", np.array([0, 1]), Fraction(1, 4), None),),
    )
    solution = solve(problem, Limits())
    assert (solution.status, solution.best_bound, solution.relative_gap) == ("optimal", 0.0, 0.0)


def test_of_equal_plans_the_cheaper_is_kept_then_the_smaller_ids() -> None:
    twins = replace(
        many(np.random.default_rng(9), creators=2),
        cost=np.array([7, 7, 7, 5]),
        exponents=np.full((4, 2), 0.01),
        waste=np.zeros(4),
        budget=7,
    )
    solution = solve(twins, Limits(relative_gap=0.0))
    assert solution.plan is not None
    assert solution.plan.tolist() in ([0], [1], [2], [3])
    assert solution.verdict is not None
    assert solution.verdict.value == judge(twins, np.array([3])).value


def test_a_solve_that_is_done_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    solve(many(np.random.default_rng(1), creators=20), Limits(), None, lambda: False)
    assert threading.active_count() == before


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    solve(many(np.random.default_rng(2)), Limits())
    solve(hard(60), Limits(time_limit_s=0.5))
    assert capfd.readouterr() == ("", "")

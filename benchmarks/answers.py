"""What the answers around a plan cost, in solves of the same problem, measured in one run.

Run it with ``make bench-answers``; ``python -m benchmarks.answers 100000 1 2`` takes 100 000 creators, seeds 1 and 2.
An answer is a function of ``Case`` in ``ANSWERS``, with the most it may cost.
"""

import platform
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from time import perf_counter

import numpy as np

from benchmarks.families import FAMILIES
from benchmarks.market import TIERS, Market, draw
from optimizer.answers.alternatives import alternatives
from optimizer.answers.break_even import break_even
from optimizer.answers.explain import contributions
from optimizer.answers.frontier import frontier
from optimizer.answers.prices import losses_if_forced, threshold_costs
from optimizer.answers.reasons import reasons
from optimizer.answers.sharp import sharpened
from optimizer.answers.strategies import Figures, strategies
from optimizer.problem import Problem
from optimizer.solution import Limits, Solution
from optimizer.solve import solve

DRAWN: dict[str, Callable[[int, int], Market]] = {
    "plain": draw,
    "rules": draw,
    "offers": partial(draw, offers_each=3),
    "saturated": partial(draw, saturation=300.0),
}
"""Families that are measured, with how their markets are drawn."""
SIZE, SEEDS, ROUNDS, ASKED = 10_000, (1, 2, 3), 3, 6
LIMITS = Limits()


@dataclass(frozen=True, eq=False, slots=True)
class Case:
    """A solved problem and the market it was made of."""

    problem: Problem
    market: Market
    solution: Solution


@dataclass(frozen=True, slots=True)
class Answer:
    """ask: gives the answer. most: how many solves it may cost; None where it is measured alone."""

    ask: Callable[[Case], object]
    most: float | None


def _strategies(case: Case) -> object:
    followers = np.array((1_000, *TIERS), float)[case.market.tier]
    rate = case.market.engaged / np.maximum(case.market.contacts, 1.0)
    return strategies(case.problem, case.solution, Figures(followers, rate), LIMITS)


def _alternatives(case: Case) -> object:
    return alternatives(case.problem, case.solution, 5, 2, LIMITS)


def _budgets(case: Case) -> list[int]:
    return [2 * case.problem.budget * step // 20 for step in range(1, 21)]


def _frontier(case: Case) -> object:
    return frontier(case.problem, case.solution, _budgets(case), LIMITS)


def _each_anew(case: Case) -> object:
    return [solve(replace(case.problem, budget=budget), LIMITS) for budget in _budgets(case)]


def _explain(case: Case) -> object:
    problem, solution = case.problem, case.solution
    if solution.plan is None or solution.duals is None:
        return None
    estimates = threshold_costs(problem, solution.plan, solution.duals)
    losses = losses_if_forced(problem, solution.plan, solution.duals)
    return reasons(problem, solution), estimates, losses, contributions(problem, solution.plan)


ANSWERS = {
    "explain all offers": Answer(_explain, 2.0),
    "strategies": Answer(_strategies, 8.0),
    "frontier, 20 budgets": Answer(_frontier, 5.0),
    "those 20, each solved anew": Answer(_each_anew, None),
    "alternatives, 5 plans": Answer(_alternatives, None),
}


def slowest_break_even_s(case: Case) -> float:
    """Seconds of the slowest exact price among ``ASKED`` offers: half of the plan, half nearest to it."""
    problem, solution = case.problem, case.solution
    if solution.plan is None or solution.duals is None:
        return 0.0
    near = np.argsort(-solution.duals.reduced_profit)
    near = near[~np.isin(near, solution.plan)]
    taken = []
    for offer in (*solution.plan[: ASKED // 2].tolist(), *near[: ASKED // 2].tolist()):
        start = perf_counter()
        break_even(problem, sharpened(problem, solution, LIMITS), offer, LIMITS)
        taken.append(perf_counter() - start)
    return max(taken)


def measured(family: str, size: int, seed: int) -> tuple[float, dict[str, float], float]:
    """Seconds of the solve and of each answer, each the median of ``ROUNDS``, taken in turn; of an exact price."""
    problem, market = FAMILIES[family].make(size, seed).problem, DRAWN[family](size, seed)
    solves: list[float] = []
    answers: dict[str, list[float]] = {name: [] for name in ANSWERS}
    for _ in range(ROUNDS):
        start = perf_counter()
        solution = solve(problem, LIMITS)
        solves.append(perf_counter() - start)
        case = Case(problem, market, solution)
        for name, answer in ANSWERS.items():
            start = perf_counter()
            answer.ask(case)
            answers[name].append(perf_counter() - start)
    took = {name: statistics.median(times) for name, times in answers.items()}
    return statistics.median(solves), took, slowest_break_even_s(case)


def table(size: int, seeds: tuple[int, ...]) -> Iterator[str]:
    """Markdown lines as they come: per family and seed the solve in seconds, and each answer in solves."""
    asked = [f"{name}{'' if one.most is None else f' (<= {one.most:g})'}" for name, one in ANSWERS.items()]
    yield f"| family | seed | solve s | {' | '.join(asked)} | exact price, slowest of {ASKED}, s (<= 1) |"
    yield f"|---|---:|---:|{'---:|' * len(asked)}---:|"
    for family in DRAWN:
        for seed in seeds:
            solve_s, answers, exact_s = measured(family, size, seed)
            ratios = " | ".join(f"{took_s / solve_s:.1f}" for took_s in answers.values())
            yield f"| {family} | {seed} | {solve_s:.3f} | {ratios} | {exact_s:.2f} |"


def main() -> None:
    """Measure and print a Markdown table."""
    words = sys.argv[1:]
    size, seeds = (int(words[0]) if words else SIZE), tuple(map(int, words[1:])) or SEEDS
    solve(FAMILIES["plain"].make(60, 0).problem, LIMITS)  # to warm up
    print(f"{size:,} creators; answers in solves of the same problem, medians of {ROUNDS} rounds")
    print(f"Python {platform.python_version()}, OR-Tools {version('ortools')}, NumPy {version('numpy')}\n")
    for line in table(size, seeds):
        print(line, flush=True)


if __name__ == "__main__":
    main()

"""The same plan for less money: where one creator's offers bring the same, the cheapest of them will do.

The search compares values, and a plan that a dearer offer makes no better is as good to it. Prices say nothing either
where the budget leaves money over. So the best plan is gone through once more at the end.
"""

from collections.abc import Callable

import numpy as np

from optimizer.columns import Flags, Floats, Positions
from optimizer.method.incumbent import ROUNDING
from optimizer.problem import Problem
from optimizer.sorted_sets import among

_MOST_TRIED = 64
"""Changes tried one by one where rules forbid all of them together."""


def spend_less(problem: Problem, plan: Positions, closed: Positions, offer: Callable[[Positions], bool]) -> None:
    """Offer plans that bring the same as ``plan`` and cost less.

    plan: sorted positions, a feasible plan of a problem without a goal. closed: sorted positions of offers in no plan.
    offer: takes a plan if it keeps the rules, and says whether it did. In the place of a chosen offer comes the
    cheapest of its creator that brings the same (but for ``ROUNDING``), or nobody where it brings nothing; all at
    once, and where that breaks a rule one by one, the largest savings first.
    """
    at, instead, saved = _changes(problem, plan, closed)
    if not len(at):
        return
    order = np.argsort(-saved, kind="stable")
    at, instead = at[order], instead[order]
    _, largest = np.unique(at, return_index=True)
    if offer(_changed(plan, at[largest], instead[largest])):
        return
    now, done = plan.copy(), set[int]()
    for place, other in zip(at[:_MOST_TRIED].tolist(), instead[:_MOST_TRIED].tolist(), strict=True):
        if place in done:
            continue
        trial = now.copy()
        trial[place] = other
        if offer(trial[trial >= 0]):
            now = trial
            done.add(place)


def _changes(problem: Problem, plan: Positions, closed: Positions) -> tuple[Positions, Positions, Positions]:
    """Places in the plan, the offers that may come there (-1: none), and what each saves in minor units."""
    start = np.searchsorted(problem.creator, problem.creator[plan], side="left")
    number = np.searchsorted(problem.creator, problem.creator[plan], side="right") - start
    at = np.repeat(np.arange(len(plan)), number)
    instead = np.arange(len(at)) + np.repeat(start - np.cumsum(number) + number, number)
    saved = problem.cost[plan[at]] - problem.cost[instead]
    same = (saved > 0) & _equal(problem.gain[instead], problem.gain[plan[at]])
    if problem.waste_aversion > 0:
        same &= _equal(problem.waste[instead], problem.waste[plan[at]])
    pairs = np.flatnonzero(same)
    equal = _equal(problem.exponents[instead[pairs]], problem.exponents[plan[at[pairs]]]).all(axis=1)
    pairs = pairs[equal & ~among(instead[pairs], closed)]
    useless = np.flatnonzero(_brings_nothing(problem, plan) & (problem.cost[plan] > 0))
    return (
        np.append(at[pairs], useless),
        np.append(instead[pairs], np.full(len(useless), -1)),
        np.append(saved[pairs], problem.cost[plan[useless]]),
    )


def _equal(one: Floats, other: Floats) -> Flags:
    return np.asarray(np.abs(one - other) <= ROUNDING * np.maximum(one, other))


def _brings_nothing(problem: Problem, plan: Positions) -> Flags:
    nothing = (problem.gain[plan] == 0) & ~problem.exponents[plan].any(axis=1)
    if problem.waste_aversion > 0:
        nothing &= problem.waste[plan] == 0
    return np.asarray(nothing)


def _changed(plan: Positions, at: Positions, instead: Positions) -> Positions:
    new = plan.copy()
    new[at] = instead
    return new[new >= 0]

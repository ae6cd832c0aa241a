"""Prices near the best ones without a solver, for plans of many creators.

The bound is convex in the prices, with a kink wherever an offer changes sides. Where thousands of offers are chosen
the kinks lie so close together that the bound is all but smooth, and column generation would follow them one window
at a time. Newton's method on the smoothed bound (``smooth.py``) needs about ten passes: first over a sample, whose
prices tell which offers matter, then over those. The result is a start for ``bound.relax``, never a proof.
"""

from dataclasses import replace

import numpy as np

from optimizer.columns import Floats, Positions
from optimizer.method.greedy import Greedy
from optimizer.method.smooth import LEAST_FRESH, Smooth
from optimizer.program import Priced, Prices, Program, price, valid
from optimizer.sorted_sets import union
from optimizer.tangents import is_wide

_MANY = 60
"""Offers in the greedy plan from which on this pays."""
_SAMPLE = 16_384
_LEAST_CHOSEN = 30
"""Offers of the greedy plan that one of the sample stands for at most: its number over this."""
_GOLDEN = 0.6180339887498949
"""Multiples of it, less their whole part, lie evenly between 0 and 1; so do those of every second, every third."""
_POOL = 1 << 18
_ROWS = 64
"""Rules that take part, those that touch the most offers; the others keep their start price."""
_UNDECIDED_OF_SAMPLE, _UNDECIDED = 300, 160


def approach(program: Program, greedy: Greedy) -> Prices:
    """Prices at which few offers of ``program`` are near indifference; those of greedy where its plan is small, or
    where as many segments as a panel has patterns would make the Hessian large.
    """
    chosen = len(greedy.plan)
    if chosen < _MANY or is_wide(program.problem):
        return _payable(program, greedy.prices)
    every = max(1, min(-(-len(greedy.pool) // _SAMPLE), chosen // _LEAST_CHOSEN))
    sample = _every(program, greedy.pool, every)
    start = price(program, valid(program, greedy.prices))
    best = _better(program, start, sample, _UNDECIDED_OF_SAMPLE, float(every), 0.5)
    problem, prices = program.problem, best.prices
    worth = problem.exponents @ (prices.fresh * problem.ceilings) + prices.reach * problem.gain
    for share in (0.5, 0.2, 0.05, 0.0):
        pool = np.flatnonzero(best.profit > -share * worth)
        if len(pool) <= _POOL:
            break
    return _better(program, best, pool, _UNDECIDED, 1.0, 0.05).prices if len(pool) else prices


def _better(program: Program, best: Priced, pool: Positions, undecided: int, weight: float, warmth: float) -> Priced:
    """The prices that are best for a pool, or those known where these bound all offers higher: a pool can mislead."""
    found = _minimised(program, best.prices, pool, undecided, weight, warmth)
    priced = price(program, valid(program, found))
    return priced if priced.bound < best.bound else best


def _payable(program: Program, prices: Prices) -> Prices:
    """Where rules kept greedy from spending: the budget's price at which what is worth its cost can just be paid.

    At price 0 nearly everybody is, and a window of everybody would be the answer.
    """
    if program.goal is not None or prices.budget > 0:
        return prices
    priced = price(program, valid(program, prices))
    worth = np.flatnonzero(priced.profit > 0)
    cost = program.problem.cost[worth]
    if int(cost.sum()) <= program.problem.budget:
        return prices
    ratio = priced.profit[worth] / np.maximum(cost, 0.5)
    order = np.argsort(-ratio, kind="stable")
    last = int(np.searchsorted(np.cumsum(cost[order]), program.problem.budget))
    return replace(prices, budget=float(ratio[order[min(last, len(order) - 1)]]))


def _every(program: Program, pool: Positions, every: int) -> Positions:
    """The pool's offers of one creator in ``every``, spread so that no regular order of creators is favoured."""
    if every == 1:
        return pool
    return pool[program.creator_rank(pool) * _GOLDEN % 1.0 < 1.0 / every]


def _minimised(
    program: Program, start: Prices, pool: Positions, undecided: int, weight: float, warmth: float
) -> Prices:
    """Prices that minimise the smoothed bound over a pool of offers (sorted), each standing for ``weight``."""
    problem, rows = program.problem, program.rows
    segments = np.flatnonzero(problem.ceilings > 0)
    money = float(max(problem.cost[pool].mean(), 1.0))
    used, table = _table(program, pool)
    scale = np.maximum(np.abs(table).max(axis=0, initial=0.0), 1e-300)
    table /= scale
    above, below = np.isfinite(rows.upper[used]), np.isfinite(rows.lower[used])
    per_fresh = problem.exponents[np.ix_(pool, segments)] * problem.ceilings[segments]
    columns = [per_fresh, -problem.cost[pool, None] / money]
    linear = [np.zeros(len(segments)), np.array([problem.budget / money])]
    z = [start.fresh[segments], np.array([start.budget * money])]
    if program.goal is None:
        base = problem.gain[pool] - problem.waste_aversion * problem.waste[pool]
    else:
        base = -problem.cost[pool].astype(float)
        columns.append(problem.gain[pool, None])
        linear.append(np.array([-program.goal]))
        z.append(np.array([start.reach]))
    columns += [-table[:, above], table[:, below]]
    linear += [(rows.upper[used] / scale)[above], -(rows.lower[used] / scale)[below]]
    rule = start.rules[used] * scale
    z += [np.maximum(rule, 0.0)[above], np.maximum(-rule, 0.0)[below]]
    lower = np.zeros(sum(map(len, z)))
    lower[: len(segments)] = LEAST_FRESH
    first = np.flatnonzero(np.diff(problem.creator[pool], prepend=-1))
    smooth = Smooth(
        np.concatenate(columns, axis=1), base, np.concatenate(linear), lower, problem.ceilings[segments], first,
        weight, program.goal is not None,
    )  # fmt: skip
    best = smooth.minimise(np.maximum(np.concatenate(z), lower), undecided, warmth)
    parts = np.split(best, np.cumsum([len(part) for part in z])[:-1])
    return _prices(program, start, segments, money, used[above], used[below], scale[above], scale[below], parts)


def _prices(
    program: Program,
    start: Prices,
    segments: Positions,
    money: float,
    above: Positions,
    below: Positions,
    scale_above: Floats,
    scale_below: Floats,
    parts: list[Floats],
) -> Prices:
    fresh, rules = np.zeros(len(program.problem.ceilings)), start.rules.copy()
    fresh[segments] = parts[0]
    rules[union(above, below)] = 0.0
    rules[above] += parts[-2] / scale_above
    rules[below] -= parts[-1] / scale_below
    reach = 1.0 if program.goal is None else float(parts[2][0])
    return Prices(reach, fresh, float(parts[1][0]) / money, rules)


def _table(program: Program, pool: Positions) -> tuple[Positions, Floats]:
    """The rows that touch the most offers of the pool, and a_ro as float64 (pool, rows)."""
    rows = program.rows
    row, place, value = rows.coefficients(program.problem, pool)
    touched = np.bincount(row, minlength=len(rows))
    used = np.sort(np.argsort(-touched, kind="stable")[:_ROWS])
    used = used[touched[used] > 1]
    column = np.full(len(rows), -1)
    column[used] = np.arange(len(used))
    hit = column[row] >= 0
    table = np.zeros((len(pool), len(used)))
    table[place[hit], column[row[hit]]] = value[hit]
    return used, table

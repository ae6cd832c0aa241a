"""A better plan next to a plan: the best exchange of one offer, again and again.

Cheap beside an integer program, and every engaged person more in the incumbent screens offers away before one is
built. All exchanges are weighed at once as arrays; the judge has the last word as always.
"""

import numpy as np

from optimizer.bound import Relaxation, closeness
from optimizer.columns import Flags, Floats, Positions
from optimizer.core import Effort
from optimizer.program import Program

_NEAREST = 160
_STEPS = 60
_MOST_WEIGHED = 4_000_000
"""Exchanges x rows up to which a step is worth its time."""


def improve(program: Program, relaxation: Relaxation, plan: Positions, effort: Effort) -> None:
    """From ``plan`` and from the relaxed point rounded down, exchange offers while that gains; reports both ends."""
    near = closeness(program, relaxation.priced)
    usable = np.flatnonzero(np.isfinite(near))
    if len(usable) > _NEAREST:
        usable = usable[np.argpartition(near[usable], _NEAREST)[:_NEAREST]]
    whole = relaxation.free[relaxation.weight > 1.0 - 1e-7]
    rounded = np.union1d(whole, relaxation.fixed)
    for start in (plan, rounded):
        better = _climb(program, start, np.union1d(usable, start), effort)
        if len(better):
            effort.report(better)


def _climb(program: Program, plan: Positions, pool: Positions, effort: Effort) -> Positions:
    """The plan after the last exchange that gains; empty when the start breaks a rule that no exchange mends."""
    problem, rows = program.problem, program.rows
    row, place, value = rows.coefficients(problem, pool)
    used = np.unique(row)
    beyond = np.delete(np.arange(len(rows)), used)
    out_of_reach = bool(np.any((rows.lower[beyond] > 0) | (rows.upper[beyond] < 0)))
    if out_of_reach or (len(plan) + 1) * (len(pool) + 1) * max(len(used), 1) > _MOST_WEIGHED:
        return plan[:0]
    table = np.zeros((len(used), len(pool)))
    table[np.searchsorted(used, row), place] = value
    lower, upper = rows.lower[used], rows.upper[used]
    inside = np.isin(pool, plan)
    worth, feasible = -np.inf, False
    for _ in range(_STEPS):
        if effort.clock.over():
            break
        out, into, gain, allowed = _exchanges(program, pool, inside, table, lower, upper)
        gain[~allowed] = -np.inf
        if allowed[-1, -1]:
            worth, feasible = max(worth, float(gain[-1, -1])), True
        best = int(np.argmax(gain))
        if gain.flat[best] <= worth + 1e-12 * abs(worth) or not np.isfinite(gain.flat[best]):
            break
        worth, feasible = float(gain.flat[best]), True
        leaves, joins = out[best // gain.shape[1]], into[best % gain.shape[1]]
        if leaves >= 0:
            inside[leaves] = False
        if joins >= 0:
            inside[joins] = True
    return pool[inside] if feasible else plan[:0]


def _exchanges(
    program: Program, pool: Positions, inside: Flags, table: Floats, lower: Floats, upper: Floats
) -> tuple[Positions, Positions, Floats, Flags]:
    """Places that leave and that join (last: none), and of each pair the value and whether it holds."""
    problem = program.problem
    out, into = np.append(np.flatnonzero(inside), -1), np.append(np.flatnonzero(~inside), -1)

    def both(column: Floats) -> Floats:
        padded = np.append(column, 0.0)
        return np.asarray(column[inside].sum() - padded[out][:, None] + padded[into][None, :])

    cost = both(problem.cost[pool].astype(np.float64))
    padded = np.vstack([problem.exponents[pool], np.zeros(len(problem.ceilings))])
    kept = padded[:-1][inside].sum(axis=0) - padded[out]
    people = both(problem.gain[pool])
    for segment, ceiling in enumerate(problem.ceilings.tolist()):
        u = np.maximum(kept[:, None, segment] + padded[None, into, segment], 0.0)
        people -= ceiling * np.expm1(-u)
    allowed = cost <= problem.budget
    for coefficients, low, high in zip(table, lower, upper, strict=True):
        activity = both(coefficients)
        noise = 1e-9 * max(float(np.abs(coefficients).max()), 1.0)
        allowed &= (activity >= low - noise) & (activity <= high + noise)
    creator = np.append(problem.creator[pool], -1)
    taken = np.isin(creator[into], creator[:-1][inside])
    allowed &= ~taken[None, :] | (creator[out][:, None] == creator[into][None, :])
    if program.goal is not None:
        return out, into, -cost, allowed & (people >= program.goal)
    return out, into, people - both(program.waste_weight * problem.waste[pool]), allowed

"""A better plan next to a plan: the best exchange of one offer, again and again.

Cheap beside an integer program, and every engaged person more in the incumbent screens offers away before one is
built. All exchanges near indifference are weighed at once as arrays; the judge has the last word as always.
"""

from dataclasses import dataclass

import numpy as np

from optimizer.bound import Relaxation, closeness, leaders
from optimizer.columns import Flags, Floats, Positions
from optimizer.core import Effort
from optimizer.program import Program

_NEAREST = 160
_MOST_ODD = 160
"""Offers that a plan decides against the prices, above which it is too far from them to start from."""
_STEPS = 60


@dataclass(frozen=True, eq=False, slots=True)
class _Pool:
    """Offers that may be exchanged while the others of a plan stay: sums of those, and the rows that can change.

    table: float64 (rows, offers). lower, upper: (rows,) sides that are left. met: (S,).
    """

    offers: Positions
    table: Floats
    lower: Floats
    upper: Floats
    met: Floats
    gain: float
    waste: float
    cost: int
    budget: int


def improve(program: Program, relaxation: Relaxation, plan: Positions, effort: Effort) -> None:
    """From ``plan`` and from the relaxed point rounded down, exchange offers while that gains; reports both ends."""
    near = closeness(program, relaxation.priced)
    usable = np.flatnonzero(np.isfinite(near))
    if len(usable) > _NEAREST:
        usable = usable[np.argpartition(near[usable], _NEAREST)[:_NEAREST]]
    lead = leaders(program, relaxation.priced)
    rounded = np.union1d(relaxation.free[relaxation.weight > 1.0 - 1e-7], relaxation.fixed)
    for start in (plan, rounded):
        odd = np.setdiff1d(np.setxor1d(start, lead), program.forced)
        if len(odd) <= _MOST_ODD:
            better = _climb(program, start, np.union1d(usable, odd), effort)
            if better is not None:
                effort.report(better)


def _climb(program: Program, plan: Positions, offers: Positions, effort: Effort) -> Positions | None:
    """The plan after the last exchange that gains; None when the start breaks a rule that no exchange mends."""
    kept = np.setdiff1d(plan, offers)
    rank = program.creator_rank
    pool = _pool(program, kept, offers[~np.isin(rank(offers), rank(kept))])
    if pool is None:
        return None
    inside = np.isin(pool.offers, plan)
    worth, feasible = -np.inf, False
    for _ in range(_STEPS):
        if effort.clock.over():
            break
        out, into, gain, allowed = _exchanges(program, pool, inside)
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
    return np.union1d(kept, pool.offers[inside]) if feasible else None


def _pool(program: Program, kept: Positions, offers: Positions) -> _Pool | None:
    """Tabulate; None when the kept offers break a row that none of the others is in."""
    problem, rows = program.problem, program.rows
    row, place, value = rows.coefficients(problem, offers)
    spent = rows.activity(problem, kept)
    lower, upper = rows.lower - spent, rows.upper - spent
    used = np.unique(row)
    beyond = np.delete(np.arange(len(rows)), used)
    if np.any((lower[beyond] > 1e-9) | (upper[beyond] < -1e-9)):
        return None
    table = np.zeros((len(used), len(offers)))
    table[np.searchsorted(used, row), place] = value
    total = np.abs(table).sum(axis=1)
    binds = (lower[used] > -total) | (upper[used] < total)
    return _Pool(
        offers=offers,
        table=table[binds],
        lower=lower[used][binds],
        upper=upper[used][binds],
        met=problem.exponents[kept].sum(axis=0),
        gain=float(problem.gain[kept].sum()),
        waste=float(problem.waste[kept].sum()),
        cost=int(problem.cost[kept].sum()),
        budget=problem.budget,
    )


def _exchanges(program: Program, pool: _Pool, inside: Flags) -> tuple[Positions, Positions, Floats, Flags]:
    """Places that leave and that join (last: none), and of each pair the value and whether it holds."""
    problem, offers = program.problem, pool.offers
    out, into = np.append(np.flatnonzero(inside), -1), np.append(np.flatnonzero(~inside), -1)

    def both(column: Floats, already: float) -> Floats:
        padded = np.append(column, 0.0)
        return np.asarray(already + column[inside].sum() - padded[out][:, None] + padded[into][None, :])

    cost = both(problem.cost[offers].astype(np.float64), float(pool.cost))
    padded = np.vstack([problem.exponents[offers], np.zeros(len(problem.ceilings))])
    kept = pool.met + padded[:-1][inside].sum(axis=0) - padded[out]
    people = both(problem.gain[offers], pool.gain)
    for segment, ceiling in enumerate(problem.ceilings.tolist()):
        u = np.maximum(kept[:, None, segment] + padded[None, into, segment], 0.0)
        people -= ceiling * np.expm1(-u)
    allowed = cost <= pool.budget
    for coefficients, low, high in zip(pool.table, pool.lower, pool.upper, strict=True):
        activity = both(coefficients, 0.0)
        noise = 1e-9 * max(float(np.abs(coefficients).max()), 1.0)
        allowed &= (activity >= low - noise) & (activity <= high + noise)
    creator = np.append(problem.creator[offers], -1)
    taken = np.isin(creator[into], creator[:-1][inside])
    allowed &= ~taken[None, :] | (creator[out][:, None] == creator[into][None, :])
    if program.goal is not None:
        return out, into, -cost, allowed & (people >= program.goal)
    waste = both(problem.waste[offers], pool.waste)
    return out, into, people - program.waste_weight * waste, allowed

"""Which offers the prices leave open: how near each is to indifference, and windows of the nearest.

Creators outside a window are in or out as their reduced profit says.
"""

from dataclasses import dataclass

import numpy as np

from optimizer.columns import Floats, Positions
from optimizer.program import Priced, Program
from optimizer.sorted_sets import among, difference, union


@dataclass(frozen=True, eq=False, slots=True)
class Window:
    """free and fixed: sorted positions; all other offers are out."""

    free: Positions
    fixed: Positions


def closeness(program: Program, priced: Priced) -> Floats:
    """How much the bound falls if an offer is decided otherwise than its price says: float64 (n,), >= 0.

    Infinite for closed and forced offers. For the best offer of a creator with positive profit: its lead over the
    creator's next choice (another offer, or none). For all others: how far they lie behind the creator's best.
    """
    profit, best = priced.profit, priced.best
    if program.single:
        near = np.abs(profit)
        near[program.forced] = np.inf
        return near
    rank = np.repeat(np.arange(len(program.first)), np.diff(np.append(program.first, len(profit))))
    behind = best[rank] - profit
    leads = np.zeros(len(profit), np.bool_)
    leads[leaders(program, priced)] = True  # one per creator: of two equals each is the other's next choice
    rest = np.where(leads, -np.inf, profit)
    second = np.maximum(np.maximum.reduceat(rest, program.first), 0.0)
    near = np.where(leads, best[rank] - second[rank], behind)
    near[program.forced] = np.inf
    return near


def leaders(program: Program, priced: Priced) -> Positions:
    """Per creator with positive profit its best offer (the first of equals), and all forced ones: sorted positions."""
    profit = priced.profit
    if program.single:
        hit = np.flatnonzero(profit > 0)
    else:
        hit = np.flatnonzero((profit > 0) & (profit == np.repeat(priced.best, _sizes(program))))
        hit = hit[np.diff(program.creator_rank(hit), prepend=-1) > 0]
    return union(hit, program.forced) if len(program.forced) else hit


def window(program: Program, priced: Priced, size: int) -> Window:
    """The ``size`` offers nearest to indifference are free; leaders of untouched creators are fixed in."""
    near = closeness(program, priced)
    usable = np.flatnonzero(np.isfinite(near))
    if len(usable) > size:
        usable = usable[np.argpartition(near[usable], size)[:size]]
    free = np.sort(usable)
    return Window(free, untouched(program, leaders(program, priced), free))


def mixed_window(program: Program, priced: Priced, each: int) -> Window:
    """Free: the ``each`` offers nearest to indifference of every size of cost (a factor of 2) that rules charge alike.

    Near in absolute terms are mostly cheap offers. A plan that takes a dear creator in place of another needs both,
    and cheap ones to spend what is then left.
    """
    near = closeness(program, priced)
    usable = np.flatnonzero(np.isfinite(near))
    size = np.frexp(program.problem.cost[usable].astype(np.float64))[1].astype(np.int64)
    kind = program.rows.charged_alike(priced.prices.rules)[program.rows.pattern[usable]] * np.int64(64) + size
    order = np.lexsort((near[usable], kind))
    first = np.flatnonzero(np.diff(kind[order], prepend=-1))
    rank = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
    near_ones, lead = np.sort(usable[order[rank < each]]), leaders(program, priced)
    kept = untouched(program, lead, near_ones)
    free = union(near_ones, difference(lead, union(kept, program.forced)))
    return Window(free, kept)


def untouched(program: Program, offers: Positions, free: Positions) -> Positions:
    """The offers (sorted positions) whose creator has none in ``free``."""
    return offers[~among(program.creator_rank(offers), program.creator_rank(free))]


def _sizes(program: Program) -> Positions:
    return np.diff(np.append(program.first, program.problem.offers))

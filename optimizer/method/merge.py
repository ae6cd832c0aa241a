"""Fewer segments for what is left open: those that its offers do not tell apart become one, exactly.

Where a panel fell into thousands of patterns and a screen left a few creators, most patterns differ in decided creators
alone. With u' what the fixed offers have met, M_s e^-u'_s (1 - e^-u_s) is left of segment s, and segments with equal
exponents in every open offer add up to one such curve.
"""

from dataclasses import replace

import numpy as np

from optimizer.columns import Floats, Positions
from optimizer.method.core import Effort
from optimizer.method.window import Window
from optimizer.program import Priced, Prices, Program, price, valid
from optimizer.sorted_sets import union

_LEAST_FRESH = 1e-300


def merged(program: Program, fixed: Positions, prices: Prices) -> tuple[Program, Prices]:
    """The program with equal segments as one, and the same prices for them.

    fixed: offers that are in every plan (sorted). They meet nobody in the merged segments: what they meet together is
    the gain of the first of them. Any plan that has them all is worth what it was.
    """
    problem = program.problem
    met = problem.exponents[fixed].sum(axis=0)
    left = problem.ceilings * np.exp(-met)
    is_open = np.ones(problem.offers, np.bool_)
    is_open[fixed] = False
    kind, first = equal_columns(problem.exponents[is_open])
    exponents = np.zeros((problem.offers, len(first)))
    exponents[is_open] = problem.exponents[np.ix_(is_open, first)]
    ceilings = np.bincount(kind, left, minlength=len(first)).astype(np.float64, copy=False)
    slopes = np.bincount(kind, prices.fresh * problem.ceilings, minlength=len(first))
    used = exponents.any(axis=0) & (ceilings > 0)
    gain = problem.gain.copy()
    gain[fixed[:1]] += float(problem.ceilings @ -np.expm1(-met))
    fresh = slopes[used] / np.maximum(ceilings[used], _LEAST_FRESH)
    made = replace(problem, exponents=np.ascontiguousarray(exponents[:, used]), ceilings=ceilings[used], gain=gain)
    return replace(program, problem=made), replace(prices, fresh=np.minimum(fresh, prices.reach))


def narrowed(
    program: Program, priced: Priced, window: Window, effort: Effort
) -> tuple[Program, Priced, Window, Effort]:
    """A window as a program of its own with merged segments, and the effort that takes its plans."""
    offers = union(window.free, window.fixed)
    fixed = np.searchsorted(offers, window.fixed)
    part, prices = merged(program.part(offers, window.fixed), fixed, priced.prices)
    there = Window(np.searchsorted(offers, window.free), fixed)
    return part, price(part, valid(part, prices)), there, effort.within(offers)


def equal_columns(exponents: Floats) -> tuple[Positions, Positions]:
    """Number of each column among the different ones (S,), and a column of each."""
    columns = np.ascontiguousarray(exponents.T)
    if not columns.shape[1]:
        return np.zeros(len(columns), np.int64), np.zeros(min(len(columns), 1), np.int64)
    whole = columns.view(np.dtype((np.void, columns.shape[1] * columns.itemsize)))[:, 0]
    first, kind = np.unique(whole, return_index=True, return_inverse=True)[1:]
    return kind, first

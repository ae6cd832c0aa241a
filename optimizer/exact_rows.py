"""Rows of money in exact integers, for solvers that compare with a tolerance or hold 64 bits.

A solver that forgives one part in 10^8 overspends a budget of 10^11 by a thousand. Divided by what all its
coefficients share, a row is often small enough to be exact; where not, it is written in digits: with a base K,
coefficients ``a = sum_k a_k K^k`` and the side likewise, ``sum a x <= b`` holds exactly when there are whole numbers
c_k with

    sum a_0 x <= b_0 + K c_0,    sum a_k x + c_(k-1) <= b_k + K c_k,    ...,    sum a_last x + c_(last-1) <= b_last

and no number in it is larger than K times the number of offers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd

import numpy as np

from optimizer.columns import Positions
from optimizer.program import Program

_SMALL = 1 << 22
"""A side up to which a tolerance of 1e-8 cannot bridge one unit, with room for rounding."""
_LEAST_BASE = 1 << 8


@dataclass(frozen=True, eq=False, slots=True)
class IntegerRow:
    """``sum values x <= side`` over 0-1 columns, of whole numbers."""

    values: list[int]
    side: int


@dataclass(frozen=True, eq=False, slots=True)
class Digits:
    """The rows that stand for one, lowest digit first. base: what a row's carry counts in it, 1 in the next."""

    rows: list[IntegerRow]
    base: int


def in_digits(row: IntegerRow) -> Digits:
    """The row, divided by what its coefficients share, in as many digits as it needs (often one)."""
    shared = gcd(*row.values) or 1
    values, side = [value // shared for value in row.values], row.side // shared
    base = max(_SMALL // max(len(values), 1), _LEAST_BASE)
    base = 1 << (base.bit_length() - 1)
    rows = []
    while max(sum(map(abs, values)), abs(side)) > max(_SMALL, 2 * base * len(values)):
        rows.append(IntegerRow([value % base for value in values], side % base))
        values, side = [value // base for value in values], side // base
    return Digits([*rows, IntegerRow(values, side)], base)


def money_rows(program: Program, free: Positions, fixed: Positions) -> Iterator[IntegerRow]:
    """The budget, and both sides of every rule on spend and its shares, over ``free`` when ``fixed`` are chosen."""
    cost = program.problem.cost
    yield IntegerRow(cost[free].tolist(), program.problem.budget - sum(cost[fixed].tolist()))
    rows = program.rows
    for index in range(len(rows)):
        values, of_fixed = (_of_row(program, index, offers) for offers in (free, fixed))
        if values is None or of_fixed is None:
            continue
        scale = rows.share[index].denominator
        for side, sign in ((rows.upper[index], 1), (rows.lower[index], -1)):
            if np.isfinite(side):
                yield IntegerRow([sign * value for value in values], sign * (int(side) * scale - sum(of_fixed)))


def _of_row(program: Program, index: int, offers: Positions) -> list[int] | None:
    """Coefficients of a row times the denominator of its share; None if the row is not one of money."""
    rows, share = program.rows, program.rows.share[index]
    entries = np.flatnonzero(rows.entry_row == index)
    if not rows.entry_cost[entries].any() and not share:
        return None
    pattern_of_entry = np.searchsorted(rows.pattern_start, entries, side="right") - 1
    matched = np.zeros(len(rows.pattern_start) - 1, np.int64)
    np.add.at(matched, pattern_of_entry, rows.entry_cost[entries].astype(np.int64))
    pairs = zip(matched[rows.pattern[offers]].tolist(), program.problem.cost[offers].tolist(), strict=True)
    return [(match * share.denominator - share.numerator) * cost for match, cost in pairs]

"""Rules as rows of the program, stored so that pricing a million offers is one gather.

A row is ``lower <= sum_o a_o x_o <= upper``. Rules look at an offer only through the sets it is
in (a ``where`` matches it or not) and through its cost, waste and contacts. So offers that are in
the same sets share a *pattern*, and

    a_o = ones[row, pattern(o)] + (cost[row] + per_cost[row, pattern(o)]) cost_o
          + waste[row] waste_o + contacts[row] contacts_o

with the bracketed tables sparse. 10 000 exclusivity groups cost 10 000 table entries, not rows x offers. Rows that a
search adds have any coefficients; they are kept as they are.
"""

from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from optimizer.columns import Floats, Positions
from optimizer.problem import Problem

_DENSE = 1 << 16
"""Coefficients up to which they are summed in a table of all."""
_KEPT = 1 << 13
"""Coefficients of all rows and offers up to which their table is made once and kept."""


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """All rows of a problem. P patterns, E table entries sorted by pattern, R rows.

    pattern int32 (n,); entry_row, entry_ones, entry_cost (E,) with pattern p at
    ``pattern_start[p]:pattern_start[p + 1]``; lower, upper, cost, waste, contacts float64 (R,);
    rule int64 (R,) position in ``problem.rules``, -1 for none; share (R,) is -cost, exactly.
    cut_row int64 (K,), cut float64 (K, n): rows that have coefficients of their own, and these.
    """

    pattern: NDArray[np.int32]
    pattern_start: Positions
    entry_row: Positions
    entry_ones: Floats
    entry_cost: Floats
    lower: Floats
    upper: Floats
    cost: Floats
    waste: Floats
    contacts: Floats
    rule: Positions
    share: tuple[Fraction, ...]
    cut_row: Positions
    cut: Floats
    _kept: list[Floats] = field(default_factory=list, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.lower)

    def charge(self, problem: Problem, prices: Floats, offers: slice = slice(None)) -> Floats | float:
        """What the rows charge each offer of the slice at ``prices`` (R,): sum_r price_r a_ro."""
        if not prices.any():
            return 0.0
        patterns = len(self.pattern_start) - 1
        entry_pattern = np.repeat(np.arange(patterns), np.diff(self.pattern_start))
        weight = prices[self.entry_row]
        ones = _summed(entry_pattern, weight * self.entry_ones, patterns)
        per_cost = _summed(entry_pattern, weight * self.entry_cost, patterns) + prices @ self.cost
        pattern = self.pattern[offers]
        charge = ones[pattern]
        if per_cost.any():
            charge += per_cost[pattern] * problem.cost[offers]
        for price, column in ((prices @ self.waste, problem.waste), (prices @ self.contacts, problem.contacts)):
            if price:
                charge += price * column[offers]
        if prices[self.cut_row].any():
            charge += prices[self.cut_row] @ self.cut[:, offers]
        return np.asarray(charge)

    def charged_alike(self, prices: Floats) -> Positions:
        """For each pattern (P,) a number that patterns share when ``prices`` (R,) charge them alike."""
        patterns = len(self.pattern_start) - 1
        entry_pattern = np.repeat(np.arange(patterns), np.diff(self.pattern_start))
        weight = prices[self.entry_row]
        charges = [_summed(entry_pattern, weight * entries, patterns) for entries in (self.entry_ones, self.entry_cost)]
        return np.unique(np.stack(charges, axis=1).round(12), axis=0, return_inverse=True)[1].reshape(-1)

    def coefficients(self, problem: Problem, offers: Positions) -> tuple[Positions, Positions, Floats]:
        """The non-zero a_ro of some offers as (row, place in ``offers``, value), unsorted."""
        if len(self) * len(self.pattern) > _KEPT:
            return self._coefficients(problem, offers)
        table = self._table(problem)[:, offers]
        row, place = table.nonzero()
        return row, place, table[row, place]

    def _table(self, problem: Problem) -> Floats:
        """All a_ro, made when first asked for: float64 (R, n)."""
        if not self._kept:
            row, offer, value = self._coefficients(problem, np.arange(len(self.pattern)))
            self._kept.append(np.zeros((len(self), len(self.pattern))))
            self._kept[0][row, offer] = value
        return self._kept[0]

    def _coefficients(self, problem: Problem, offers: Positions) -> tuple[Positions, Positions, Floats]:
        pattern = self.pattern[offers]
        first, size = self.pattern_start[pattern], np.diff(self.pattern_start)[pattern]
        place = np.repeat(np.arange(len(offers)), size)
        entry = np.arange(len(place)) - np.repeat(np.cumsum(size) - size, size) + np.repeat(first, size)
        cost = problem.cost[offers].astype(np.float64)
        wide = np.flatnonzero((self.cost != 0) | (self.waste != 0) | (self.contacts != 0))
        everywhere = (
            np.outer(self.cost[wide], cost)
            + np.outer(self.waste[wide], problem.waste[offers])
            + np.outer(self.contacts[wide], problem.contacts[offers])
        )
        everywhere = np.vstack([everywhere, self.cut[:, offers]])
        wide = np.concatenate([wide, self.cut_row])
        row = np.concatenate([self.entry_row[entry], np.repeat(wide, len(offers))])
        at = np.concatenate([place, np.tile(np.arange(len(offers)), len(wide))])
        value = np.concatenate([self.entry_ones[entry] + self.entry_cost[entry] * cost[place], everywhere.ravel()])
        key = row * max(len(offers), 1) + at
        if len(self) * len(offers) <= _DENSE:
            total = _summed(key, value, len(self) * len(offers))
            key = np.arange(len(total))
        else:
            key, where = np.unique(key, return_inverse=True)
            total = _summed(where, value, len(key))
        key, total = key[total != 0], total[total != 0]
        return key // max(len(offers), 1), key % max(len(offers), 1), total

    def of_row(self, problem: Problem, row: int, offers: Positions) -> Floats:
        """a_ro of one row for some offers: float64 (len(offers),)."""
        unit = np.zeros(len(self))
        unit[row] = 1.0
        charge = self.charge(problem, unit)
        return np.asarray(charge)[offers]

    def activity(self, problem: Problem, offers: Positions) -> Floats:
        """sum over ``offers`` of a_ro: float64 (R,)."""
        if len(self) * len(self.pattern) <= _KEPT:
            return np.asarray(self._table(problem)[:, offers].sum(axis=1))
        row, _, value = self.coefficients(problem, offers)
        return _summed(row, value, len(self))

    def with_count(self, offers: Positions, lower: float, upper: float) -> "Rows":
        """These rows and one more: lower <= number of chosen among ``offers`` <= upper (no rule's)."""
        inside = np.zeros(len(self.pattern), np.int64)
        inside[offers] = 1
        split = self.pattern * np.int64(2) + inside
        used = np.bincount(split, minlength=2 * len(self.pattern_start) - 2) > 0
        parent = np.flatnonzero(used) // 2
        counted = np.flatnonzero(used) % 2
        size = np.diff(self.pattern_start)[parent]
        new_start = np.concatenate(([0], np.cumsum(size + counted)))
        old = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
        source = old + np.repeat(self.pattern_start[parent], size)
        target = old + np.repeat(new_start[:-1], size)
        entries = [np.full(new_start[-1], fill) for fill in (len(self), 1.0, 0.0)]
        for column, known in zip(entries, (self.entry_row, self.entry_ones, self.entry_cost), strict=True):
            column[target] = known[source]
        return replace(
            self._with_sides(lower, upper),
            pattern=(np.cumsum(used) - 1)[split].astype(np.int32),
            pattern_start=new_start,
            entry_row=entries[0],
            entry_ones=entries[1],
            entry_cost=entries[2],
        )

    def with_cut(self, coefficients: Floats, upper: float) -> "Rows":
        """These rows and one more: ``coefficients`` (n,) of the chosen sum to at most ``upper`` (no rule's)."""
        return replace(
            self._with_sides(-np.inf, upper),
            cut_row=np.append(self.cut_row, len(self)),
            cut=np.vstack([self.cut, coefficients]),
        )

    def part(self, offers: Positions) -> "Rows":
        """The rows over some of the offers alone."""
        return replace(self, pattern=self.pattern[offers], cut=self.cut[:, offers])

    def _with_sides(self, lower: float, upper: float) -> "Rows":
        """One row more, empty."""
        return replace(
            self,
            lower=np.append(self.lower, lower),
            upper=np.append(self.upper, upper),
            cost=np.append(self.cost, 0.0),
            waste=np.append(self.waste, 0.0),
            contacts=np.append(self.contacts, 0.0),
            rule=np.append(self.rule, -1),
            share=(*self.share, Fraction(0)),
        )


def _summed(place: Positions, value: Floats, size: int) -> Floats:
    """Values summed by place; float64 even when there are none (bincount then answers integers)."""
    return np.bincount(place, weights=value, minlength=size).astype(np.float64, copy=False)

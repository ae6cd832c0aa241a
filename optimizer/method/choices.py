"""A window as levels of options, for a search that decides one creator after the other.

All that a plan is judged by is a sum over its offers, but for the saturation: worth, gain, cost, rows, exponents.
These are the *features* of an option; a partial plan is the sum of the features of what it takes.
"""

from dataclasses import dataclass, replace

import numpy as np

from optimizer.columns import Flags, Floats, Positions
from optimizer.method.window import Window
from optimizer.program import Prices, Program
from optimizer.sorted_sets import union

WORTH, GAIN, COST, ROWS = 0, 1, 2, 3
"""Columns of the features: worth is what counts at once (minus wasted people, or minus the cost where that is
minimised), gain people of unsized segments, then the cost, the rows, and the exponents of the sized segments."""
_WASTE = 2
"""Places in a table of all levels, per option, up to which it is worth it."""
_SUM_NOISE = 1e-12
"""Rounding of a sum over a window, relative to all that is added in it; the judge has the last word."""


@dataclass(frozen=True, eq=False, slots=True)
class Choices:
    """n options in L levels, one level per undecided creator, those with the dearest offers first. F features.

    offer: (n,) position in the program, -1 for "none of the creator's". features: (n, F). start: (L + 1,), level k has
    the options ``start[k]:start[k + 1]``. base: (F,) of what is fixed. fixed: positions. lower, upper: (F,) sides of
    the summed features, money and rows only. rows: positions of the kept rows in the program's. segments: those with
    people. most: (L + 1, F) what the levels from k on can add at most. low, high: (L + 1, ·) sides of money and rows
    for what is decided before level k. grid: (L, w) the options of each level, the first one again where it has fewer;
    empty where levels differ too much for that. noise: (F,) rounding.
    """

    program: Program
    offer: Positions
    features: Floats
    start: Positions
    base: Floats
    fixed: Positions
    lower: Floats
    upper: Floats
    rows: Positions
    segments: Positions
    ceilings: Floats
    most: Floats
    low: Floats
    high: Floats
    grid: Positions
    noise: Floats

    @classmethod
    def of(cls, program: Program, window: Window) -> "Choices":
        """Tabulate; rows that the free offers cannot break are left out."""
        problem, free, fixed = program.problem, window.free, window.fixed
        segments = np.flatnonzero(problem.ceilings > 0)
        rows, table, lower, upper = _rows(program, window)
        worth = -problem.waste_aversion * problem.waste if program.goal is None else -problem.cost.astype(float)
        parts = (worth, problem.gain, problem.cost)
        at_once = [np.array([part[offers] for part in parts], float).T for offers in (free, fixed)]
        features = np.hstack([at_once[0], table, problem.exponents[np.ix_(free, segments)]])
        met = problem.exponents[np.ix_(fixed, segments)].sum(axis=0)
        base = np.concatenate([at_once[1].sum(axis=0), np.zeros(len(rows)), met])
        open_sides = np.full(len(segments), np.inf)
        lower = np.concatenate([np.full(ROWS, -np.inf), lower, -open_sides])
        upper = np.concatenate([[np.inf, np.inf, float(problem.budget)], upper, open_sides])
        people = problem.exponents[free] @ problem.ceilings + problem.gain[free]
        order, start = _levels(problem.creator[free], problem.cost[free], people)
        offer = np.where(order >= 0, free[order] if len(free) else order, -1)
        padded = np.vstack([features, np.zeros(features.shape[1])])
        noise = np.abs(base) + np.abs(features).sum(axis=0)
        for side in (lower, upper):
            noise += np.abs(np.where(np.isfinite(side), side, 0.0))
        made = cls(
            program, offer, padded[order], start, base, fixed, lower, upper, rows, segments,
            problem.ceilings[segments], features[:0], features[:0], features[:0], start[:0, None], _SUM_NOISE * noise,
        )  # fmt: skip
        return made._with_reach()

    @property
    def magnitude(self) -> Floats:
        """The most that all absolute features of the table that this one was made from add up to: (F,)."""
        return self.noise / _SUM_NOISE

    @property
    def levels(self) -> int:
        """Number of undecided creators."""
        return len(self.start) - 1

    def keeping(self, kept: Flags) -> "Choices | None":
        """The choices with some options (n,) closed; None when a creator has none left.

        Creators with one option left are decided.
        """
        left = np.add.reduceat(kept, self.start[:-1], dtype=np.int64) if self.levels else np.zeros(0, np.int64)
        if np.any(left == 0):
            return None
        open_option = kept & np.repeat(left > 1, np.diff(self.start))
        decided = kept & ~open_option
        taken = self.offer[decided]
        fewer = replace(
            self,
            offer=self.offer[open_option],
            features=self.features[open_option],
            start=np.concatenate(([0], np.cumsum(left[left > 1]))),
            base=self.base + self.features[decided].sum(axis=0),
            fixed=np.sort(np.concatenate([self.fixed, taken[taken >= 0]])),
        )
        return fewer._with_reach()

    def after(self, level: int, kept: Flags) -> "tuple[Choices, Positions, Positions] | None":
        """The levels from ``level`` on with some of their options (m,) closed; None when a creator has none left.

        With it the places here of the options that it has, and of those that are decided, each in or for "none".
        """
        begin, start = int(self.start[level]), self.start[level:-1] - self.start[level]
        left = np.add.reduceat(kept, start, dtype=np.int64) if len(start) else np.zeros(0, np.int64)
        if np.any(left == 0):
            return None
        open_option = kept & np.repeat(left > 1, np.diff(np.append(start, len(kept))))
        there, decided = begin + np.flatnonzero(open_option), begin + np.flatnonzero(kept & ~open_option)
        fewer = replace(
            self,
            offer=self.offer[there],
            features=self.features[there],
            start=np.concatenate(([0], np.cumsum(left[left > 1]))),
        )
        return fewer._with_reach(), there, decided[self.offer[decided] >= 0]

    @property
    def has_twins(self) -> bool:
        """Whether two options are alike in all that a plan is judged by."""
        taken = self.features[self.offer >= 0]
        if len(np.unique(taken[:, COST])) == len(taken):
            return False
        return len(np.unique(taken, axis=0)) < len(taken)

    def people(self, features: Floats) -> Floats:
        """Engaged people of summed features (k, F): (k,)."""
        engaged = -np.expm1(-features[:, ROWS + len(self.rows) :]) @ self.ceilings
        return np.asarray(features[:, GAIN] + engaged)

    def possible(self, features: Floats, level: int) -> Flags:
        """Partial plans (k, F) decided up to ``level`` that can still keep budget, rows and goal: (k,)."""
        part = features[:, COST : ROWS + len(self.rows)]
        able = ((part <= self.high[level]) & (part >= self.low[level])).all(axis=1)
        if self.program.goal is not None:
            noise = _SUM_NOISE * (self.program.goal + float(self.ceilings.sum()))
            able &= self.people(features + self.most[level]) >= self.program.goal - noise
        return np.asarray(able)

    def values(self, features: Floats) -> Floats:
        """Objective of whole plans (k, F) by the closed formula: (k,)."""
        people = self.people(features) if self.program.goal is None else 0.0
        return np.asarray(features[:, WORTH] + people)

    def start_prices(self, prices: Prices) -> Floats:
        """A price vector as ``price_pool`` has them: reach, budget, rows, then the slopes as shares of reach."""
        slopes = prices.fresh[self.segments] / (prices.reach if prices.reach > 0 else 1.0)
        return np.concatenate([[prices.reach, prices.budget], prices.rules[self.rows], slopes])

    def best(self, profit: Floats, level: int = 0) -> Floats:
        """The largest of each level from ``level`` on, of v figures of all options from there on: (L - level, v)."""
        if len(self.grid):
            return np.asarray(profit[self.grid[level:] - self.start[level]].max(axis=1))
        if level == self.levels:
            return profit
        return np.asarray(np.maximum.reduceat(profit, self.start[level:-1] - self.start[level], axis=0))

    def _with_reach(self) -> "Choices":
        """With what follows from the options."""
        size = np.diff(self.start)
        widest = int(size.max(initial=0))
        grid = self.start[:0, None]
        if 0 < widest * self.levels <= _WASTE * len(self.offer):
            within = np.arange(widest)
            grid = self.start[:-1, None] + np.where(within < size[:, None], within, 0)
        made = replace(self, grid=grid)
        nothing = np.zeros((1, len(self.base)))
        most, least = (
            np.vstack([np.cumsum(edge[::-1], axis=0)[::-1], nothing])
            for edge in (made.best(self.features), -made.best(-self.features))
        )
        sums = slice(COST, ROWS + len(self.rows))
        low, high = (self.lower - most - self.noise)[:, sums], (self.upper - least + self.noise)[:, sums]
        return replace(made, most=most, low=low, high=high)


def _rows(program: Program, window: Window) -> tuple[Positions, Floats, Floats, Floats]:
    """Rows that the window can break, their coefficients on the free offers (n, R), and the sides left (R,)."""
    rows, free = program.rows, window.free
    row, place, value = rows.coefficients(program.problem, free)
    spent = rows.activity(program.problem, window.fixed)
    lower, upper = rows.lower - spent, rows.upper - spent
    used = union(row, np.flatnonzero((lower > 0) | (upper < 0))).astype(np.int64)
    table = np.zeros((len(free), len(used)))
    table[place, np.searchsorted(used, row)] = value
    most, least = np.maximum(table, 0.0).sum(axis=0), np.minimum(table, 0.0).sum(axis=0)
    binds = (most > upper[used]) | (least < lower[used])
    used, table = used[binds], table[:, binds]
    return used, table, lower[used], upper[used]


def _levels(creator: Positions, cost: Positions, people: Floats) -> tuple[Positions, Positions]:
    """Places of the options level by level, -1 for none, and where each level starts; dear creators first.

    Of equally dear ones those with the most people.
    """
    first = np.flatnonzero(np.diff(creator, prepend=-1))
    if not len(first):
        return np.zeros(0, np.int64), np.zeros(1, np.int64)
    size = np.diff(np.append(first, len(creator)))
    order = np.lexsort((-np.maximum.reduceat(people, first), -np.maximum.reduceat(cost, first)))
    size, first = size[order] + 1, first[order]
    start = np.concatenate(([0], np.cumsum(size)))
    within = np.arange(start[-1]) - np.repeat(start[:-1], size)
    return np.where(within == 0, -1, np.repeat(first, size) + within - 1), start

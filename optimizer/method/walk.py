"""A plan that grows by runs of offers: what fits one after another is taken at once, as arrays."""

from dataclasses import dataclass

import numpy as np

from optimizer.columns import Flags, Floats, Positions
from optimizer.program import Program

_RUNS = 400
"""Runs after which a walk takes no more: rules that let one offer in at a time would make it slow, not better."""
_SHORTEST, _LONGEST = 64, 1 << 14


@dataclass(frozen=True, eq=False, slots=True)
class _Entries:
    """Coefficients a_ro of some offers in their order: row, place in the offers, value; by row, then place."""

    row: Positions
    place: Positions
    value: Floats

    def among(self, kept: Flags) -> "_Entries":
        """The entries of the kept offers, places counted among those."""
        renumbered = np.cumsum(kept) - 1
        hit = kept[self.place]
        return _Entries(self.row[hit], renumbered[self.place[hit]], self.value[hit])

    def running(self) -> Floats:
        """Per entry the sum of its row up to and with it."""
        total = np.cumsum(self.value)
        first = np.flatnonzero(np.diff(self.row, prepend=-1))
        return total - np.repeat(total[first] - self.value[first], np.diff(np.append(first, len(total))))


class Walk:
    """A growing plan: what it has chosen, spent and met, and the activity of every row."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.chosen = np.zeros(0, np.int64)
        self.cost = 0
        self.u = np.zeros(len(program.problem.ceilings))
        self.activity = np.zeros(len(program.rows))
        self._has_creator = np.zeros(len(program.first), np.bool_)
        self._is_ratio = (program.rows.cost != 0) | (program.rows.waste != 0) | (program.rows.contacts != 0)
        self._runs = 0

    def worth(self, offers: Positions | slice) -> Floats:
        """What each offer would add to the objective now (engaged reach for the inverse one)."""
        problem = self.program.problem
        slopes = problem.ceilings * np.exp(-self.u)
        worth = problem.exponents[offers] @ slopes + problem.gain[offers]
        if self.program.waste_weight:
            worth -= self.program.waste_weight * problem.waste[offers]
        return np.asarray(worth)

    def reached(self) -> bool:
        """Whether the goal of the inverse objective is met (False without one)."""
        return self.program.goal is not None and self.program.reached(self.chosen)

    def lacks(self) -> bool:
        """Whether a rule asks for more than it has."""
        lower = self.program.rows.lower
        return bool(np.any((lower > 0) & (self.activity < lower - 1e-9)))

    def take(
        self, offers: Positions, spend_up_to: int, needed: int | None = None, stale_at: Floats | None = None
    ) -> Positions:
        """Take offers in their order, skipping those that do not fit; returns those taken.

        An offer fits if budget, creator and upper sides hold with it, and ratio rows too unless the walk is about a
        ``needed`` row. Ends once ``spend_up_to`` is spent, the goal is reached, the needed row's lower side is met or
        a segment has met ``stale_at`` (S,).
        """
        problem, before, size = self.program.problem, len(self.chosen), _SHORTEST
        creator_rank = self.program.creator_rank
        while len(offers) and self._runs < _RUNS and not self._enough(spend_up_to, needed, stale_at):
            self._runs += needed is None
            chunk, offers = offers[:size], offers[size:]
            able = chunk[(problem.cost[chunk] <= problem.budget - self.cost) & ~self._has_creator[creator_rank(chunk)]]
            entries = _Entries(*self.program.rows.coefficients(problem, able))
            fits = np.ones(len(able), np.bool_)
            fits[entries.place[self._breaks(entries, entries.value, needed)]] = False
            fits[np.flatnonzero(fits)[_again(creator_rank(able[fits]))]] = False
            able, entries = able[fits], entries.among(fits)
            run = self._run(able, entries, spend_up_to, needed, stale_at)
            self._add(able[:run], entries, run)
            if run < len(able):
                offers = np.concatenate([chunk[np.flatnonzero(chunk == able[run])[0] :], offers])
            size = min(2 * size, _LONGEST) if run == len(able) else max(2 * run, _SHORTEST)
        return self.chosen[before:]

    def _enough(self, spend_up_to: int, needed: int | None, stale_at: Floats | None) -> bool:
        if needed is not None:
            return bool(self.activity[needed] >= self.program.rows.lower[needed])
        if stale_at is not None and np.any(self.u > stale_at):
            return True
        return self.cost >= spend_up_to or self.reached()

    def _breaks(self, entries: _Entries, added: Floats, needed: int | None) -> Flags:
        """Which entries break a side of their row when ``added`` comes on top of what the row has."""
        rows = self.program.rows
        after = self.activity[entries.row] + added
        over = (after > rows.upper[entries.row] + 1e-9) & (entries.value > 0)
        under = (after < rows.lower[entries.row] - 1e-9) & (entries.value < 0)
        if needed is None:
            return over | under
        return np.asarray(over & ~self._is_ratio[entries.row])

    def _run(
        self, offers: Positions, entries: _Entries, spend_up_to: int, needed: int | None, stale_at: Floats | None
    ) -> int:
        """How many of the offers, each of which fits alone, fit one after another until it is enough."""
        problem, rows = self.program.problem, self.program.rows
        if not len(offers):
            return 0
        cost = self.cost + np.cumsum(problem.cost[offers])
        stops = cost > problem.budget
        running = entries.running()
        stops[entries.place[self._breaks(entries, running, needed)]] = True
        enough = np.zeros(len(offers), np.bool_)
        if needed is not None:
            hit = entries.row == needed
            met = self.activity[needed] + running[hit] >= rows.lower[needed]
            enough[entries.place[hit][met]] = True
        else:
            enough |= cost >= spend_up_to
            if stale_at is not None:
                met = self.u + np.cumsum(problem.exponents[offers], axis=0)
                enough |= (met > stale_at).any(axis=1)
            if self.program.goal is not None:
                enough |= self.engaged(offers) >= self.program.goal
        stops[1:] |= enough[:-1]
        return int(np.argmax(stops)) if stops.any() else len(offers)

    def engaged(self, offers: Positions) -> Floats:
        """Engaged people after each of the offers, one after another: float64 (offers,)."""
        problem = self.program.problem
        u = self.u + np.cumsum(problem.exponents[offers], axis=0)
        gain = problem.gain[self.chosen].sum() + np.cumsum(problem.gain[offers])
        return np.asarray(-np.expm1(-u) @ problem.ceilings + gain)

    def _add(self, offers: Positions, entries: _Entries, run: int) -> None:
        problem, taken = self.program.problem, entries.place < run
        self.chosen = np.concatenate([self.chosen, offers])
        self._has_creator[self.program.creator_rank(offers)] = True
        self.cost += int(problem.cost[offers].sum())
        self.u += problem.exponents[offers].sum(axis=0)
        np.add.at(self.activity, entries.row[taken], entries.value[taken])


def _again(creators: Positions) -> Flags:
    """Which creators stood there before."""
    again = np.ones(len(creators), np.bool_)
    again[np.unique(creators, return_index=True)[1]] = False
    return again

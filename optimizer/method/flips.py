"""A plan as offers that are in or out, and what it is worth when some of them change sides."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from optimizer.columns import Flags, Floats, Positions
from optimizer.program import Priced, Program
from optimizer.sorted_sets import among, difference, union

_STEEP = 300.0
"""Exponent of an offer above which its leaving, e^u times what is left fresh, is no figure to compute with."""


@dataclass(frozen=True, eq=False, slots=True)
class Changes:
    """Changes of several of the k offers; item k is no offer. items: (p, changes), different but for k.

    value: (p,) objective after the change. scarce: (p,) what the change takes of what is short (minor units; people of
    the goal where cost is minimised). allowed: whether the plan keeps all rules then. whole: whether it has at most one
    offer of each creator then.
    """

    items: Positions
    value: Floats
    scarce: Floats
    allowed: Flags
    whole: Flags


class Flips:
    """k offers of which some are in the plan, next to offers that stay (kept)."""

    def __init__(self, program: Program, kept: Positions, offers: Positions, plan: Positions) -> None:
        problem, rows = program.problem, program.rows
        self.program, self.kept, self.offers = program, kept, offers
        self.inside = np.append(among(offers, plan), False)
        row, place, value = rows.coefficients(problem, offers)
        spent = rows.activity(problem, kept)
        lower, upper = rows.lower - spent, rows.upper - spent
        used = union(row)
        beyond = np.delete(np.arange(len(rows)), used)
        self.hopeless = bool(np.any((lower[beyond] > 1e-9) | (upper[beyond] < -1e-9)))
        table = np.zeros((len(used), len(offers) + 1))
        table[np.searchsorted(used, row), place] = value
        most, least = np.maximum(table, 0.0).sum(axis=1), np.minimum(table, 0.0).sum(axis=1)
        binds = (lower[used] > least) | (upper[used] < most)
        self.table, self.lower, self.upper = table[binds], lower[used][binds], upper[used][binds]
        self.rows = used[binds]
        self.exponents = np.vstack([problem.exponents[offers], np.zeros(len(problem.ceilings))])
        worth = problem.gain - program.waste_weight * problem.waste if program.goal is None else problem.gain
        self.gain, self.cost = (np.append(column[offers], 0.0) for column in (worth, problem.cost.astype(float)))
        self.met = problem.exponents[kept].sum(axis=0)
        self.gained = float(worth[kept].sum())
        self.spent = float(problem.cost[kept].sum())
        self.creator = np.append(problem.creator[offers], -1)
        self.steep = bool(self.exponents.max(initial=0.0) > _STEEP)
        self.value = -np.inf
        alone = self._weigh(np.array([[len(offers)]]))
        if alone.allowed[0] and alone.whole[0]:
            self.value = float(alone.value[0])

    @classmethod
    def of(cls, program: Program, plan: Positions, offers: Positions) -> "Flips | None":
        """The plan with ``offers`` (sorted) free to change; None when what stays breaks a rule that no offer is in."""
        kept = difference(plan, offers)
        rank = program.creator_rank
        flips = cls(program, kept, offers[~among(rank(offers), rank(kept))], plan)
        return None if flips.hopeless else flips

    @property
    def width(self) -> int:
        """Figures that are computed for each change."""
        return len(self.met) + len(self.rows) + 2

    def plan(self) -> Positions:
        """The plan as it stands, sorted positions."""
        return union(self.kept, self.offers[self.inside[:-1]])

    def make(self, changes: Changes, which: int) -> None:
        """Let the items of one change change sides."""
        self._make(changes.items[which], float(changes.value[which]))

    def change_two(self) -> bool:
        """Make the change of one or two offers that gains most; False if none gains."""
        if self.steep:
            return self.make_best(self.pairs())
        value, _, allowed, _ = self._tables()
        value[~allowed] = -np.inf
        best = int(value.argmax())
        gained = float(value.flat[best])
        if not self._gains(gained):
            return False
        pair = np.array(divmod(best, len(value)))
        self._make(pair, gained)
        return True

    def make_best(self, changes: Changes) -> bool:
        """Make the change that gains most; False if none gains."""
        value = np.where(changes.allowed, changes.value, -np.inf)
        best = int(np.argmax(value)) if len(value) else 0
        if not len(value) or not self._gains(float(value[best])):
            return False
        self.make(changes, best)
        return True

    def singles(self) -> Changes:
        """All changes of one offer."""
        return self._weigh(np.arange(len(self.offers))[:, None])

    def pairs(self) -> Changes:
        """All changes of one or two offers.

        What two offers together meet of a segment is what they meet apart, less the product of their shares of it: of
        all pairs that is one product of matrices.
        """
        flat, items = _pairs_of(len(self.offers) + 1)
        if self.steep:
            return self._weigh(items)
        value, scarce, allowed, whole = self._tables()
        return Changes(items, value.ravel()[flat], scarce.ravel()[flat], allowed.ravel()[flat], whole.ravel()[flat])

    def _tables(self) -> tuple[Floats, Floats, Flags, Flags]:
        """Value, scarce, allowed and whole of every pair: (k + 1, k + 1) each, nothing allowed on the diagonal."""
        problem, goal = self.program.problem, self.program.goal
        sign = np.where(self.inside, -1.0, 1.0)
        met, cost = self.met + self.exponents[self.inside].sum(axis=0), self.spent + float(self.cost[self.inside].sum())
        share = -np.expm1(-sign[:, None] * self.exponents)
        fresh = problem.ceilings * np.exp(-met)
        alone = share @ fresh + sign * self.gain
        people = (alone + self._people(met))[:, None] + alone
        people -= (share * fresh) @ share.T
        costs = sign * self.cost
        costs = costs[:, None] + costs
        whole = self._pairs_whole()
        np.fill_diagonal(whole, False)
        allowed = whole & (costs <= problem.budget - cost)
        for coefficients, low, high in zip(self.table, self.lower, self.upper, strict=True):
            change, activity = sign * coefficients, float(coefficients[self.inside].sum())
            noise = 1e-9 * max(float(np.abs(coefficients).max()), 1.0)
            change = change[:, None] + change
            if low > -np.inf:
                allowed &= change >= low - noise - activity
            if high < np.inf:
                allowed &= change <= high + noise - activity
        if goal is None:
            return people, costs, allowed, whole
        return -(cost + costs), self._people(met) - people, allowed & (people >= goal), whole

    def quadruples(self, pairs: Changes, priced: Priced, most: int) -> Changes | None:
        """The most promising changes of two pairs; None when there are none.

        Promising: by what the pairs gain each for itself, when together they keep what is short.
        """
        price = priced.prices.budget if self.program.goal is None else priced.prices.reach
        sign = np.where(self.inside, -1.0, 1.0)
        gain = pairs.value - self.value
        for row, coefficients in zip(self.rows, self.table, strict=True):
            if priced.prices.rules[row]:
                gain = gain - priced.prices.rules[row] * (sign * coefficients)[pairs.items].sum(axis=1)
        loses = gain - price * pairs.scarce
        usable = np.flatnonzero(pairs.whole & (loses > self.value - priced.bound))
        if not len(usable):
            return None
        usable = usable[np.argsort(pairs.scarce[usable], kind="stable")]
        scarce, gain = pairs.scarce[usable], gain[usable]
        top = np.maximum.accumulate(gain)
        holder = np.maximum.accumulate(np.where(gain >= top, np.arange(len(gain)), 0))
        partner = np.searchsorted(scarce, self._left() - scarce, side="right") - 1
        has = np.flatnonzero(partner >= 0)
        together = gain[has] + top[partner[has]]
        best = has[np.argsort(-together, kind="stable")[:most]]
        items = np.hstack([pairs.items[usable[best]], pairs.items[usable[holder[partner[best]]]]])
        ordered = np.sort(items, axis=1)
        twice = ((np.diff(ordered, axis=1) == 0) & (ordered[:, 1:] < len(self.offers))).any(axis=1)
        return self._weigh(items[~twice]) if not twice.all() else None

    def _make(self, items: Positions, value: float) -> None:
        """Let items change sides."""
        items = items[items < len(self.offers)]
        self.inside[items] = ~self.inside[items]
        self.value = value

    def _gains(self, value: float) -> bool:
        """Whether a value is more than the plan's, beyond rounding."""
        return value > self.value + 1e-12 * abs(self.value if np.isfinite(self.value) else 0.0)

    def _left(self) -> float:
        """What is left of what is short."""
        if self.program.goal is None:
            return float(self.program.problem.budget) - self.spent - float(self.cost[self.inside].sum())
        return self._people(self.met + self.exponents[self.inside].sum(axis=0)) - self.program.goal

    def _people(self, met: Floats) -> float:
        """Engaged people, less what waste is worth, when that much is met in each segment (S,)."""
        engaged = float(self.program.problem.ceilings @ -np.expm1(-met))
        return engaged + self.gained + float(self.gain[self.inside].sum())

    def _pairs_whole(self) -> Flags:
        """Whether every creator has at most one offer when two change: (k + 1, k + 1)."""
        creator, inside = self.creator, self.inside
        same = creator[:, None] == creator
        full = ~inside & (same & inside).any(axis=1)
        fits = ~full[:, None] | (same & inside)
        return np.asarray(fits & fits.T & ~(same & ~inside & ~inside[:, None]))

    def _weigh(self, items: Positions) -> Changes:
        problem, goal = self.program.problem, self.program.goal
        sign = np.where(self.inside, -1.0, 1.0)

        def change(column: Floats) -> Floats:
            signed = sign * column
            return np.asarray(sum(signed[items[:, place]] for place in range(items.shape[1])))

        u = self.met + self.exponents[self.inside].sum(axis=0)
        people = change(self.gain) + (self.gained + float(self.gain[self.inside].sum()))
        for segment, ceiling in enumerate(problem.ceilings.tolist()):
            people -= ceiling * np.expm1(-np.maximum(u[segment] + change(self.exponents[:, segment]), 0.0))
        costs = change(self.cost)
        cost = self.spent + float(self.cost[self.inside].sum()) + costs
        allowed = cost <= problem.budget
        for coefficients, low, high in zip(self.table, self.lower, self.upper, strict=True):
            activity = float(coefficients[self.inside].sum()) + change(coefficients)
            noise = 1e-9 * max(float(np.abs(coefficients).max()), 1.0)
            allowed &= (activity >= low - noise) & (activity <= high + noise)
        whole = self._whole(items)
        if goal is None:
            return Changes(items, people, costs, allowed & whole, whole)
        return Changes(items, -cost, goal + self._left() - people, allowed & whole & (people >= goal), whole)

    def _whole(self, items: Positions) -> Flags:
        """Whether every creator has at most one offer after a change: (p,)."""
        creator, inside = self.creator, self.inside
        has_one = among(creator, creator[inside]).astype(np.int64)
        sign = np.where(inside, -1, 1)
        whole = np.ones(len(items), np.bool_)
        for joins in items.T:
            after = has_one[joins]
            for other in items.T:
                after = after + sign[other] * (creator[other] == creator[joins])
            whole &= inside[joins] | (creator[joins] < 0) | (after <= 1)
        return whole


@lru_cache(maxsize=8)
def _pairs_of(number: int) -> tuple[Positions, Positions]:
    """All pairs of so many things, the earlier first: their places in a table (pairs,) and themselves (pairs, 2)."""
    first, second = np.triu_indices(number, 1)
    flat, pairs = first * number + second, np.stack([first, second], axis=1)
    flat.flags.writeable = pairs.flags.writeable = False
    return flat, pairs

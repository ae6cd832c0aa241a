"""A plan as offers that are in or out, and what it is worth when some of them change sides."""

from dataclasses import dataclass

import numpy as np

from optimizer.columns import Flags, Floats, Positions
from optimizer.program import Priced, Program


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
        self.inside = np.append(np.isin(offers, plan), False)
        row, place, value = rows.coefficients(problem, offers)
        spent = rows.activity(problem, kept)
        lower, upper = rows.lower - spent, rows.upper - spent
        used = np.unique(row)
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
        self.value = -np.inf
        alone = self._weigh(np.array([[len(offers)]]))
        if alone.allowed[0] and alone.whole[0]:
            self.value = float(alone.value[0])

    @classmethod
    def of(cls, program: Program, plan: Positions, offers: Positions) -> "Flips | None":
        """The plan with ``offers`` (sorted) free to change; None when what stays breaks a rule that no offer is in."""
        kept = np.setdiff1d(plan, offers)
        rank = program.creator_rank
        flips = cls(program, kept, offers[~np.isin(rank(offers), rank(kept))], plan)
        return None if flips.hopeless else flips

    @property
    def width(self) -> int:
        """Figures that are computed for each change."""
        return len(self.met) + len(self.rows) + 2

    def plan(self) -> Positions:
        """The plan as it stands, sorted positions."""
        return np.union1d(self.kept, self.offers[self.inside[:-1]])

    def make(self, changes: Changes, which: int) -> None:
        """Let the items of one change change sides."""
        items = changes.items[which]
        items = items[items < len(self.offers)]
        self.inside[items] = ~self.inside[items]
        self.value = float(changes.value[which])

    def singles(self) -> Changes:
        """All changes of one offer."""
        return self._weigh(np.arange(len(self.offers))[:, None])

    def pairs(self) -> Changes:
        """All changes of one or two offers."""
        first, second = np.triu_indices(len(self.offers) + 1, 1)
        return self._weigh(np.stack([first, second], axis=1))

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

    def _left(self) -> float:
        """What is left of what is short."""
        if self.program.goal is None:
            return float(self.program.problem.budget) - self.spent - float(self.cost[self.inside].sum())
        u = self.met + self.exponents[self.inside].sum(axis=0)
        people = self.program.problem.ceilings @ -np.expm1(-u) + self.gained + float(self.gain[self.inside].sum())
        return float(people) - self.program.goal

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
        has_one = np.isin(creator, creator[inside]).astype(np.int64)
        sign = np.where(inside, -1, 1)
        whole = np.ones(len(items), np.bool_)
        for joins in items.T:
            after = has_one[joins]
            for other in items.T:
                after = after + sign[other] * (creator[other] == creator[joins])
            whole &= inside[joins] | (creator[joins] < 0) | (after <= 1)
        return whole

"""Many prices at once, each of which bounds every partial plan; a partial plan is as good as the least says.

The prices of the relaxation are the best for a window as a whole. A partial plan that has spent more, or less, than
the relaxation would have is bounded much lower by prices that fit what is left to it. Bounding k partial plans by
v price vectors is one product of a (k, F) with an (F, v) matrix.
"""

import numpy as np

from optimizer.columns import Floats, Positions
from optimizer.method.choices import COST, ROWS, Choices

_TIMES = (0.5, 0.7, 0.85, 0.95, 1.05, 1.15, 1.4, 2.0, 4.0)
"""Each price of the relaxation is tried this many times as high."""
_INSTEAD_OF_NOTHING = (-0.3, -0.1, 0.1, 0.3)
"""What a rule without a price is tried at, in shares of what the offers under it are worth."""
_STEPS = ((0.5, 0.2), (0.3, 0.1), (0.15, 0.05))
"""Relative steps in which prices are fitted to a partial plan, round by round."""
_SINGLE = 24
"""Rules, and segments, up to which each price is moved by itself."""
_MOST = 224
_EPSILON = 2.3e-16


class PricePool:
    """Price vectors over one table of choices: rows of ``vectors`` (v, 2 + R + S) as ``Choices.start_prices`` has them.

    coefficients: (F, v) what each vector gives for a unit of each feature. rest: (L + 1, v) what it grants the
    levels from k on, with all that no offer is in, and its rounding error.
    """

    def __init__(self, choices: Choices, vectors: Floats) -> None:
        self.choices, self._space = choices, _Space(choices)
        self.vectors = vectors
        self.coefficients = self._space.coefficients(vectors)
        self.rest = self._space.rest(vectors, self.coefficients)

    @classmethod
    def around(cls, choices: Choices, vector: Floats) -> "PricePool":
        """One vector and its neighbours along each price of budget, rules and goal."""
        space = _Space(choices)
        unit = space.units(vector)
        vectors = [vector]
        for place in range(0 if choices.program.goal is not None else 1, 2 + len(choices.rows)):
            times = [vector[place] * factor for factor in _TIMES]
            tried = times if vector[place] else [unit[place] * share for share in _INSTEAD_OF_NOTHING]
            for price in tried:
                vectors.append(vector.copy())
                vectors[-1][place] = price
        return cls(choices, space.valid(np.array(vectors)))

    def over(self, choices: Choices) -> "PricePool":
        """The same prices over fewer choices."""
        return PricePool(choices, self.vectors)

    def bounds(self, features: Floats, level: int, first: int = 0) -> tuple[Floats, Positions]:
        """What partial plans (k, F) decided up to ``level`` are granted, by which vector from ``first`` on: (k,)."""
        granted = features @ self.coefficients[:, first:]
        granted += self.rest[level, first:]
        nearest = granted.argmin(axis=1)
        return granted[np.arange(len(nearest)), nearest], nearest + first

    def of_options(self) -> Floats:
        """The bound of the whole table when an option is taken: (n,)."""
        choices = self.choices
        profit = choices.features @ self.coefficients
        best = choices.best(profit)
        lost = np.repeat(best, np.diff(choices.start), axis=0) - profit
        return np.asarray((choices.base @ self.coefficients + self.rest[0] - lost).min(axis=1))

    def of_later(self, level: int, highest: Floats) -> Floats:
        """What partial plans decided up to ``level`` are granted when an option of a later level is taken: (m,).

        highest: (v,) the most that any of them is granted by the vector that bounds it lowest, -inf where none is.
        """
        used = np.flatnonzero(highest > -np.inf)
        start = self.choices.start[level:]
        profit = self.choices.features[start[0] :] @ self.coefficients[:, used]
        lost = np.repeat(self.choices.best(profit, level), np.diff(start), axis=0) - profit
        return np.asarray((highest[used] - lost).max(axis=1))

    def fit(self, features: Floats, level: int, nearest: Positions) -> int:
        """Add vectors that bound some partial plans (k, F) low, starting from the vectors ``nearest`` (k,).

        Steps along one price at a time, or all of budget and rules at once, keeping what lowers the bound. Returns
        how many vectors were added, the last ones.
        """
        space, vectors = self._space, self.vectors[nearest]
        unit = space.units(vectors[0])
        plans, prices = vectors.shape
        along = self._directions(prices)
        each = np.repeat(features, 2 * len(along) * len(_STEPS[0]), axis=0)
        best = space.granted(vectors, features, level)
        for steps in _STEPS:
            moves = np.concatenate([sign * step * along for step in steps for sign in (1.0, -1.0)])
            size = np.abs(vectors)
            size = np.where(size > 1e-12 * unit, size, 0.5 * unit)
            tried = space.valid((vectors[:, None] + moves[None] * size[:, None]).reshape(-1, prices))
            granted = space.granted(tried, each, level).reshape(plans, -1)
            least = granted.argmin(axis=1)
            lowest = granted[np.arange(plans), least]
            chosen = tried.reshape(plans, -1, prices)[np.arange(plans), least]
            vectors = np.where((lowest < best)[:, None], chosen, vectors)
            best = np.minimum(best, lowest)
        self._add(vectors)
        return len(vectors)

    def _directions(self, prices: int) -> Floats:
        """One price at a time, without the price of reach where it is 1; budget and rules together; all slopes.

        Where segments or rules are many they move together only.
        """
        rules = len(self.choices.rows)
        groups = [slice(0, 1)] if self.choices.program.goal is not None else []
        groups += [slice(1, 2), slice(1, 2 + rules), slice(2 + rules, prices)]
        for first, last in ((2, 2 + rules), (2 + rules, prices)):
            groups += [slice(place, place + 1) for place in range(first, last)] if last - first <= _SINGLE else []
        along = np.zeros((len(groups), prices))
        for direction, group in zip(along, groups, strict=True):
            direction[group] = 1.0
        return along

    def _add(self, vectors: Floats) -> None:
        """Vectors at the end; a full pool forgets its last ones."""
        kept = slice(0, _MOST - len(vectors))
        coefficients = self._space.coefficients(vectors)
        self.rest = np.hstack([self.rest[:, kept], self._space.rest(vectors, coefficients)])
        self.coefficients = np.hstack([self.coefficients[:, kept], coefficients])
        self.vectors = np.vstack([self.vectors[kept], vectors])


class _Space:
    """What price vectors are over one table of choices, and what they prove."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.rules = slice(2, 2 + len(choices.rows))
        sides = slice(ROWS, ROWS + len(choices.rows))
        lower, upper = choices.lower[sides], choices.upper[sides]
        self.least = np.full(2 + len(choices.rows) + len(choices.segments), 0.0)
        self.least[self.rules] = np.where(np.isinf(lower), 0.0, -np.inf)
        self.most = np.full(len(self.least), np.inf)
        self.most[self.rules] = np.where(np.isinf(upper), 0.0, np.inf)
        self.most[self.rules.stop :] = 1.0
        if choices.program.goal is None:
            self.least[0] = self.most[0] = 1.0
        # The constant part: what a vector, its part above 0 and its part below 0 are multiplied with.
        self.above, self.below = np.zeros(len(self.least)), np.zeros(len(self.least))
        self.above[0] = -(choices.program.goal or 0.0)
        self.above[1] = float(choices.program.problem.budget)
        self.above[self.rules] = np.where(np.isinf(upper), 0.0, upper)
        self.below[self.rules] = np.where(np.isinf(lower), 0.0, lower)

    def valid(self, vectors: Floats) -> Floats:
        """Vectors with the signs and ranges that prove a bound (see ``program.valid``)."""
        return np.asarray(np.minimum(np.maximum(vectors, self.least), self.most))

    def coefficients(self, vectors: Floats) -> Floats:
        """What each vector gives for a unit of each feature: (F, v)."""
        made = np.empty((len(self.choices.base), len(vectors)))
        made[0] = 1.0
        made[1] = vectors[:, 0]
        made[COST : ROWS + len(self.choices.rows)] = -vectors[:, 1 : self.rules.stop].T
        slopes = vectors[:, self.rules.stop :].T
        made[ROWS + len(self.choices.rows) :] = slopes * vectors[:, 0] * self.choices.ceilings[:, None]
        return made

    def constant(self, vectors: Floats) -> Floats:
        """The part of the bound that no offer is in: (v,)."""
        sides = np.maximum(vectors, 0.0) @ self.above + np.minimum(vectors, 0.0) @ self.below
        return np.asarray(sides + self._saturation(vectors))

    def rest(self, vectors: Floats, coefficients: Floats) -> Floats:
        """What the levels from k on are granted, constants and rounding errors included: (L + 1, v)."""
        choices = self.choices
        profit = choices.features @ coefficients
        rest = np.zeros((choices.levels + 1, len(vectors)))
        if choices.levels:
            rest[:-1] = np.cumsum(choices.best(profit)[::-1], axis=0)[::-1]
        terms = len(choices.offer) + len(choices.base) + 8
        size = np.abs(coefficients.T) @ choices.magnitude
        size += np.abs(vectors) @ np.maximum(np.abs(self.above), np.abs(self.below)) + self._saturation(vectors)
        noise = _EPSILON * (terms * size + 4.0 * vectors[:, 0] * float(choices.ceilings.sum()))
        rest += self.constant(vectors) + noise
        return rest

    def granted(self, vectors: Floats, features: Floats, level: int) -> Floats:
        """What vectors (k, .) grant partial plans (k, F), one each: (k,)."""
        choices = self.choices
        coefficients = self.coefficients(vectors)
        granted = self.constant(vectors) + (features.T * coefficients).sum(axis=0)
        if level < choices.levels:
            profit = choices.features[choices.start[level] :] @ coefficients
            granted += choices.best(profit, level).sum(axis=0)
        return np.asarray(granted)

    def units(self, vector: Floats) -> Floats:
        """For each price a size at which it matters beside what an offer is worth."""
        choices = self.choices
        priced = slice(COST, ROWS + len(choices.rows))
        weight = np.abs(self.coefficients(vector[None])[:, 0])
        weight[priced] = 0.0
        size = np.abs(choices.features)
        worth = float((size @ weight).mean()) if len(size) else 1.0
        largest = size.max(axis=0, initial=0.0)[priced]
        per_row = worth / np.where(largest > 0, largest, 1.0)
        return np.concatenate([[max(float(vector[0]), 1e-9)], per_row, np.ones(len(choices.segments))])

    def _saturation(self, vectors: Floats) -> Floats:
        """The conjugates of the saturation curves: (v,)."""
        slope = vectors[:, self.rules.stop :]
        log = np.log(np.maximum(slope, 1e-300))
        return np.asarray(vectors[:, 0] * ((1.0 - slope + slope * log) @ self.choices.ceilings))

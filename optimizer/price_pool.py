"""Many prices at once, each of which bounds every partial plan; a partial plan is as good as the least says.

The prices of the relaxation are the best for a window as a whole. A partial plan that has spent more, or less, than
the relaxation would have is bounded much lower by prices that fit what is left to it. Bounding k partial plans by
v price vectors is one product of a (k, F) with an (F, v) matrix.
"""

import numpy as np

from optimizer.choices import ROWS, Choices
from optimizer.columns import Floats, Positions

_TIMES = (0.5, 0.7, 0.85, 0.95, 1.05, 1.15, 1.4, 2.0, 4.0)
"""Each price of the relaxation is tried this many times as high."""
_INSTEAD_OF_NOTHING = (-0.3, -0.1, 0.1, 0.3)
"""What a rule without a price is tried at, in shares of what the offers under it are worth."""
_STEPS = (0.5, 0.3, 0.2, 0.1, 0.05)
"""Relative steps in which prices are fitted to a partial plan."""
_MOST = 224
_EPSILON = 2.3e-16


class PricePool:
    """Price vectors over one table of choices: rows of ``vectors`` (v, 2 + R + S) as ``Choices.start_prices`` has them.

    coefficients: (F, v) what each vector gives for a unit of each feature. rest: (L + 1, v) what it grants the
    levels from k on, with all that no offer is in, and its rounding error.
    """

    def __init__(self, choices: Choices, vectors: Floats) -> None:
        self.choices, self.vectors = choices, vectors
        self.coefficients = _coefficients(choices, vectors)
        self.rest = _rest(choices, vectors, self.coefficients)

    @classmethod
    def around(cls, choices: Choices, vector: Floats) -> "PricePool":
        """One vector and its neighbours along each price of budget, rules and goal."""
        unit = _units(choices, vector)
        vectors = [vector]
        for place in range(0 if choices.program.goal is not None else 1, 2 + len(choices.rows)):
            tried = (
                [vector[place] * times for times in _TIMES]
                if vector[place]
                else [unit[place] * share for share in _INSTEAD_OF_NOTHING]
            )
            for price in tried:
                vectors.append(vector.copy())
                vectors[-1][place] = price
        return cls(choices, np.unique(_valid(choices, np.array(vectors)), axis=0))

    def over(self, choices: Choices) -> "PricePool":
        """The same prices over fewer choices."""
        return PricePool(choices, self.vectors)

    def bounds(self, features: Floats, level: int) -> Floats:
        """What each vector (v,) grants partial plans (k, F) decided up to ``level``: (k, v)."""
        return np.asarray(features @ self.coefficients + self.rest[level])

    def of_options(self) -> Floats:
        """The bound of the whole table when an option is taken: (n,)."""
        choices = self.choices
        profit = choices.features @ self.coefficients
        best = np.maximum.reduceat(profit, choices.start[:-1], axis=0)
        lost = np.repeat(best, np.diff(choices.start), axis=0) - profit
        return np.asarray((choices.base @ self.coefficients + self.rest[0] - lost).min(axis=1))

    def fit(self, features: Floats, level: int, nearest: Positions) -> int:
        """Add vectors that bound some partial plans (k, F) low, starting from the vectors ``nearest`` (k,).

        Steps along one price at a time, or all of the rules at once, keeping what lowers the bound. Returns how many
        vectors were added, the last ones.
        """
        choices, vectors = self.choices, self.vectors[nearest]
        unit = _units(choices, vectors[0])
        plans, prices = vectors.shape
        directions = np.vstack([np.eye(prices), -np.eye(prices), np.zeros((2, prices))])
        directions[-2, 1 : 2 + len(choices.rows)] = 1.0
        directions[-1] = -directions[-2]
        if choices.program.goal is None:
            directions = directions[directions[:, 0] == 0]
        each = np.repeat(features, len(directions), axis=0)
        best = self._granted(vectors, features, level)
        for step in _STEPS:
            size = np.where(np.abs(vectors) > 1e-12 * unit, np.abs(vectors), 0.5 * unit)
            tried = vectors[:, None, :] + step * directions[None] * size[:, None, :]
            tried = _valid(choices, tried.reshape(-1, prices))
            granted = self._granted(tried, each, level).reshape(plans, -1)
            least = granted.argmin(axis=1)
            chosen = tried.reshape(plans, -1, prices)[np.arange(plans), least]
            vectors = np.where((granted.min(axis=1) < best)[:, None], chosen, vectors)
            best = np.minimum(best, granted.min(axis=1))
        self._add(vectors)
        return len(vectors)

    def _add(self, vectors: Floats) -> None:
        """Vectors at the end; a full pool forgets its last ones."""
        kept = slice(0, _MOST - len(vectors))
        coefficients = _coefficients(self.choices, vectors)
        self.rest = np.hstack([self.rest[:, kept], _rest(self.choices, vectors, coefficients)])
        self.coefficients = np.hstack([self.coefficients[:, kept], coefficients])
        self.vectors = np.vstack([self.vectors[kept], vectors])

    def _granted(self, vectors: Floats, features: Floats, level: int) -> Floats:
        """What vectors (k, .) grant partial plans (k, F), one each: (k,)."""
        choices = self.choices
        coefficients = _coefficients(choices, vectors)
        granted = _constant(choices, vectors) + np.einsum("kf,fk->k", features, coefficients)
        if level < choices.levels:
            first = choices.start[level]
            profit = choices.features[first:] @ coefficients
            granted += np.maximum.reduceat(profit, choices.start[level:-1] - first, axis=0).sum(axis=0)
        return np.asarray(granted)


def _valid(choices: Choices, vectors: Floats) -> Floats:
    """Vectors with the signs and ranges that prove a bound (see ``program.valid``)."""
    rules = slice(2, 2 + len(choices.rows))
    sides = slice(ROWS, ROWS + len(choices.rows))
    vectors = vectors.copy()
    vectors[:, 0] = 1.0 if choices.program.goal is None else np.maximum(vectors[:, 0], 0.0)
    vectors[:, 1] = np.maximum(vectors[:, 1], 0.0)
    vectors[:, rules] = np.where(np.isinf(choices.upper[sides]), np.minimum(vectors[:, rules], 0.0), vectors[:, rules])
    vectors[:, rules] = np.where(np.isinf(choices.lower[sides]), np.maximum(vectors[:, rules], 0.0), vectors[:, rules])
    vectors[:, rules.stop :] = np.clip(vectors[:, rules.stop :], 0.0, 1.0)
    return vectors


def _coefficients(choices: Choices, vectors: Floats) -> Floats:
    rules = slice(2, 2 + len(choices.rows))
    reach = vectors[:, :1]
    slopes = reach * vectors[:, rules.stop :] * choices.ceilings
    return np.hstack([np.ones_like(reach), reach, -vectors[:, 1:2], -vectors[:, rules], slopes]).T


def _constant(choices: Choices, vectors: Floats) -> Floats:
    """The part of the bound that no offer is in: (v,)."""
    return sum(_constants(choices, vectors), np.zeros(len(vectors)))


def _constants(choices: Choices, vectors: Floats) -> list[Floats]:
    """Budget, upper and lower sides of the rows, goal, conjugates of the saturation: (v,) each."""
    rules, sides = vectors[:, 2 : 2 + len(choices.rows)], slice(ROWS, ROWS + len(choices.rows))
    lower, upper = (np.where(np.isfinite(side[sides]), side[sides], 0.0) for side in (choices.lower, choices.upper))
    slope = vectors[:, 2 + len(choices.rows) :]
    saturation = (1.0 - slope + slope * np.log(np.where(slope > 0, slope, 1.0))) @ choices.ceilings
    return [
        vectors[:, 1] * float(choices.program.problem.budget),
        np.maximum(rules, 0.0) @ upper,
        np.minimum(rules, 0.0) @ lower,
        -vectors[:, 0] * (choices.program.goal or 0.0),
        vectors[:, 0] * saturation,
    ]


def _rest(choices: Choices, vectors: Floats, coefficients: Floats) -> Floats:
    """What the levels from k on are granted, constants and rounding errors included: (L + 1, v)."""
    profit = choices.features @ coefficients
    best = np.maximum.reduceat(profit, choices.start[:-1], axis=0) if choices.levels else profit
    rest = np.vstack([np.cumsum(best[::-1], axis=0)[::-1], np.zeros((1, len(vectors)))])
    added = np.abs(choices.base) + np.abs(choices.features).sum(axis=0)
    size = sum(map(np.abs, _constants(choices, vectors)), np.abs(coefficients.T) @ added)
    size += vectors[:, 0] * float(choices.ceilings.sum()) * 4.0 / (len(choices.offer) + len(added) + 8)
    noise = _EPSILON * (len(choices.offer) + len(added) + 8) * size
    return np.asarray(rest + _constant(choices, vectors) + noise)


def _units(choices: Choices, vector: Floats) -> Floats:
    """For each price a size at which it matters beside what an offer is worth."""
    coefficients = np.abs(_coefficients(choices, vector[None])[:, 0])
    weight = coefficients.copy()
    weight[2 : ROWS + len(choices.rows)] = 0.0
    worth = float((np.abs(choices.features) @ weight).mean()) if len(choices.offer) else 1.0
    largest = np.abs(choices.features).max(axis=0, initial=0.0)[2 : ROWS + len(choices.rows)]
    return np.concatenate(
        [[max(float(vector[0]), 1e-9)], worth / np.where(largest > 0, largest, 1.0), np.ones(len(choices.segments))]
    )

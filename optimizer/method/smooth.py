"""The bound of ``program.price`` over a pool of offers, smoothed, and Newton's method on it.

Each creator's ``max(0, d_o)`` becomes ``heat log(1 + sum_o exp(d_o / heat))``, above it by at most
``heat log(1 + offers)``. What remains is convex and smooth in a handful of prices with simple lower sides, whatever
the number of offers: projected Newton steps (Bertsekas 1982) reach its minimum in a few passes over the pool.
"""

from dataclasses import dataclass

import numpy as np

from optimizer.columns import Floats, Positions

LEAST_FRESH = 1e-9
"""Share of fresh people below which a segment's price does not fall: nothing hangs on it there."""
_STAGES = 12
_STEPS = 12
_COOLING = 0.3
_HALVINGS = 12
_SETTLED = 0.1
"""Gain of a step, in heats, below which the next heat is due."""
_UNDECIDED = 1e-3
"""Share below which an offer counts as out, and above one less which it counts as in, of the curvature."""


@dataclass(frozen=True, eq=False, slots=True)
class Smooth:
    """Variables z (k,), z >= lower: fresh shares of s segments, the budget's price, with a goal the reach price, rules.

    base + columns @ z is the profit of each of n offers, those of a creator side by side from ``first`` on.
    linear: (k,) the part of the bound that is linear in z. weight: creators that each one of the pool stands for.
    """

    columns: Floats
    base: Floats
    linear: Floats
    lower: Floats
    ceilings: Floats
    first: Positions
    weight: float
    has_goal: bool

    def minimise(self, z: Floats, undecided: int, warmth: float) -> Floats:
        """Lower the heat from ``warmth`` typical profits until at most that many offers are undecided."""
        heat = warmth * float(np.abs(self.base + self.columns @ z).mean()) or 1.0
        for _ in range(_STAGES):
            number = 0
            for _ in range(_STEPS):
                gradient, hessian, number = self._slope(z, heat)
                step, promise = self._newton(z, gradient, hessian)
                there = self._along(z, step, gradient, heat)
                if there is None:
                    break
                z = there
                if promise <= _SETTLED * heat:
                    break
            if number <= undecided:
                break
            heat *= _COOLING
        return z

    def _value(self, z: Floats, heat: float) -> float:
        best, total, _ = self._shares(z, heat)
        chosen = heat * float((best + np.log(total)).sum())
        return float(self.linear @ z) + self._conjugate(z)[0] + self.weight * chosen

    def _shares(self, z: Floats, heat: float) -> tuple[Floats, Floats, Floats]:
        """Per creator the best profit (>= 0), in heats, and the sum of e^(d - best) with d = 0 for none of its offers;
        per offer its share of that sum.
        """
        profit = (self.base + self.columns @ z) / heat
        if len(self.first) == len(profit):
            best = np.maximum(profit, 0.0)
            part = np.exp(profit - best)
            total = part + np.exp(-best)
            return best, total, part / total
        size = np.diff(np.append(self.first, len(profit)))
        best = np.maximum(np.maximum.reduceat(profit, self.first), 0.0)
        part = np.exp(profit - np.repeat(best, size))
        total = np.add.reduceat(part, self.first) + np.exp(-best)
        return best, total, part / np.repeat(total, size)

    def _slope(self, z: Floats, heat: float) -> tuple[Floats, Floats, int]:
        """Gradient (k,), Hessian (k, k) and the number of undecided offers."""
        part = self._shares(z, heat)[2]
        _, gradient, hessian = self._conjugate(z)
        gradient += self.linear + self.weight * (self.columns.T @ part)
        hit = np.flatnonzero((part > _UNDECIDED) & (part < 1.0 - _UNDECIDED))
        if len(hit):
            columns = self.columns[hit]
            weighted = columns * part[hit, None]
            owner = np.searchsorted(self.first, hit, side="right")
            mean = np.add.reduceat(weighted, np.flatnonzero(np.diff(owner, prepend=-1)), axis=0)
            hessian += (weighted.T @ columns - mean.T @ mean) * (self.weight / heat)
        return gradient, hessian, len(hit)

    def _conjugate(self, z: Floats) -> tuple[float, Floats, Floats]:
        """Value, gradient, Hessian of sum_s M_s (r - f + f ln(f / r)) for f <= r, 0 beyond; r is 1 without a goal."""
        k, s = len(z), len(self.ceilings)
        fresh, reach = z[:s], max(float(z[s + 1]), LEAST_FRESH) if self.has_goal else 1.0
        share = np.minimum(fresh / reach, 1.0)
        log, inside = np.log(share), share < 1.0
        gradient, hessian = np.zeros(k), np.zeros((k, k))
        gradient[:s] = self.ceilings * log
        hessian[np.arange(s), np.arange(s)] = np.where(inside, self.ceilings / fresh, 0.0)
        if self.has_goal:
            gradient[s + 1] = self.ceilings @ (1.0 - share)
            hessian[s + 1, s + 1] = float((self.ceilings * share)[inside].sum()) / reach
            hessian[:s, s + 1] = hessian[s + 1, :s] = np.where(inside, -self.ceilings / reach, 0.0)
        return reach * float(self.ceilings @ (1.0 - share + share * log)), gradient, hessian

    def _newton(self, z: Floats, gradient: Floats, hessian: Floats) -> tuple[Floats, float]:
        """The Newton step of the variables that are not held at their lower side, and what it promises to gain."""
        free = np.flatnonzero((z > self.lower) | (gradient <= 0))
        step = np.zeros(len(z))
        part = hessian[np.ix_(free, free)]
        diagonal = np.diag(part)
        steep = np.abs(gradient[free])  # where nothing bends the bound, a step ends after all
        flat = 1e-12 * max(float(diagonal.max(initial=0.0)), float(steep.max(initial=0.0)))
        ridge = 1e-9 * diagonal + max(flat, 1e-300)
        step[free] = -np.linalg.solve(part + np.diag(ridge), gradient[free])
        return step, float(-gradient @ step)

    def _along(self, z: Floats, step: Floats, gradient: Floats, heat: float) -> Floats | None:
        """The first halving of the step that lowers the bound enough, kept within the sides; None if none does."""
        now = self._value(z, heat)
        for halving in range(_HALVINGS):
            there = np.maximum(z + 0.5**halving * step, self.lower)
            if self._value(there, heat) <= now + 1e-4 * float(gradient @ (there - z)):
                return there
        return None

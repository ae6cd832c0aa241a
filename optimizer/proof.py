"""What a solve has proven so far: the best plan met, the bound over all plans, and how far they are apart."""

import math

import numpy as np

from optimizer.columns import Positions
from optimizer.method.incumbent import Incumbent
from optimizer.problem import Problem
from optimizer.solution import Verdict

_ROUNDING = 1e-8
"""Relative gap below which tangents and the integer solver, at their tolerance, tell plan and bound no better apart."""
_NOBODY = 1e-6
"""Engaged people that are nobody: to an empty plan of value 0 no bound is relatively close."""
_SUM_NOISE = 1e-13
"""Rounding error of a value, relative to all that is added and taken away in it."""
_FLOAT_NOISE = 1e-9
"""Relative rounding error granted to a bound computed from a million terms: a value this far above it breaks
nothing, and a smaller gap than this cannot be asked for."""


class BoundBrokenError(Exception):
    """A plan is worth more than its proven bound: a defect of this package, never an answer."""


class Proof:
    """asked_gap: relative, as asked for. enough: a value at which nothing better is wanted, inf where the best is,
    -inf where any plan will do.

    bound: no plan has a higher value. exhausted: whether a search ran to its end.
    """

    def __init__(self, problem: Problem, asked_gap: float, enough: float) -> None:
        self.asked_gap, self.enough = asked_gap, enough
        self.relative_gap = max(asked_gap, _FLOAT_NOISE)
        self.incumbent = Incumbent(problem)
        self.bound = np.inf
        self.exhausted = False
        self._in_whole_money = problem.goal is not None
        self._gross = float(problem.ceilings.sum() + problem.gain.sum() + problem.waste_aversion * problem.waste.sum())

    def offer(self, plan: Positions) -> Verdict:
        """Judge a plan and keep it if it is the best so far."""
        return self.incumbent.offer(plan)

    def has_enough(self) -> bool:
        """Whether a plan has the value that was asked for; where any will do, that is no plan without one."""
        return self.incumbent.plan is not None and self.incumbent.value >= self.enough

    def wanted(self) -> bool:
        """Whether a plan of some value is looked for, and not the best one."""
        return self.enough < np.inf

    def just_too_little(self) -> float:
        """A value just below what is enough, -inf where the best plan is looked for."""
        if not math.isfinite(self.enough):
            return -np.inf
        if self._in_whole_money:
            return math.ceil(self.enough) - 0.5  # minus a cost: a whole number
        return self.enough - _FLOAT_NOISE * max(abs(self.enough), 1.0)

    def tolerance(self) -> float:
        """Absolute distance of plan and bound that half of the asked gap allows, 0 without a plan."""
        if self.incumbent.plan is None:
            return 0.0
        return 0.5 * self.relative_gap * max(abs(self.incumbent.value), 1e-9)

    def threshold(self) -> float:
        """Plans at or below this value need not be looked at."""
        return max(self.incumbent.value + self.tolerance(), self.just_too_little())

    def done(self) -> bool:
        """Whether nothing is left to look for."""
        return self.proven() or (self.wanted() and self.bound < self.enough)

    def proven(self) -> bool:
        """Whether the best plan is within the asked gap of the bound."""
        return self.incumbent.plan is not None and self.gap() <= self.relative_gap

    def gap(self) -> float:
        """Relative distance of plan and bound, 0 at least; inf without a plan."""
        value = self.incumbent.value
        if value == 0.0 and self.bound <= 1e-9:
            return 0.0
        return max(self.bound - value, 0.0) / max(abs(value), 1e-9)

    def lower_to(self, bound: float) -> None:
        """Take over a bound, where it is lower. Raises BoundBrokenError when a plan stands above it."""
        if self._in_whole_money and np.isfinite(bound):
            bound = float(math.floor(bound + 1e-6))
        self.bound = min(self.bound, bound)
        value = self.incumbent.value
        if np.isfinite(value):
            noise = _FLOAT_NOISE * max(abs(value), 1.0) + _SUM_NOISE * self._gross
            if value > self.bound + noise:
                raise BoundBrokenError(f"a plan of value {value!r} stands above the bound {self.bound!r}")
            self.bound = max(self.bound, value)

    def searched(self, bound: float, in_time: bool) -> bool:
        """Take over what a search of all that was left open says; True if there is no plan at all."""
        self.exhausted = in_time
        if not np.isfinite(bound) and self.incumbent.plan is None and not math.isfinite(self.enough):
            return in_time  # below a value that is asked for there may be plans
        self.lower_to(max(bound, self.threshold()))
        return False

    def round_off(self) -> None:
        """After a search that ran to its end, what is left between plan and bound below ``_ROUNDING`` is rounding."""
        ended = self.exhausted or self.proven()
        nobody = self.incumbent.value == 0.0 and self.bound <= _NOBODY
        if ended and (nobody or self.asked_gap < self.gap() <= _ROUNDING):
            self.bound = self.incumbent.value

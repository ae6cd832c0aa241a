"""What 1 stands for in a linear model: solvers compare with absolute tolerances, so coefficients are kept near 1."""

from dataclasses import dataclass

import numpy as np

from optimizer.columns import Floats, Positions
from optimizer.program import Program

LARGEST_WORTH = 1000.0
"""What the offer with the largest worth (or cost, when that is minimised) adds to the model's objective."""
_LEAST_STEP = 1e-6
"""Share of what the fixed offers have met below which a segment's step does not fall."""
_NOBODY = 1e-15
"""Exponent that is nobody in any segment: a smaller step would only make numbers that solvers take for infinite."""
_LEAST_OF_WASTE = 1e-6
"""Share of what wasted contacts cost below which the unit of people does not fall, for the same reason."""


@dataclass(frozen=True, eq=False, slots=True)
class Units:
    """What 1 stands for in a model of some free offers while others are fixed.

    step: exponents, float64 (segments,), the largest of a free offer. weight: people, v_s N'_s step_s, likewise.
    people, money: engaged people and minor units of the offer with the largest. objective: the objective's own.
    """

    step: Floats
    weight: Floats
    people: float
    money: float
    objective: float

    @classmethod
    def of(cls, program: Program, free: Positions, already: Floats, segments: Positions) -> "Units":
        """Units for the columns of ``free`` when the fixed offers have met ``already`` (segments,)."""
        problem = program.problem
        step = problem.exponents[np.ix_(free, segments)].max(axis=0, initial=0.0)
        step = np.maximum(step, np.maximum(_LEAST_STEP * already, _NOBODY))
        weight = problem.ceilings[segments] * step
        people = _people(program, free, float(weight.max(initial=0.0)))
        money = float(max(problem.cost[free].max(initial=1), 1))
        return cls(step, weight, people, money, (people if program.goal is None else money) / LARGEST_WORTH)

    @classmethod
    def of_all(cls, program: Program, free: Positions) -> "Units":
        """Units where one column counts the people of all segments: step and weight have one entry."""
        problem = program.problem
        met = float((problem.exponents[free] @ problem.ceilings).max(initial=0.0))
        people = _people(program, free, met)
        money = float(max(problem.cost[free].max(initial=1), 1))
        objective = (people if program.goal is None else money) / LARGEST_WORTH
        return cls(np.ones(1), np.full(1, people), people, money, objective)


def _people(program: Program, free: Positions, met: float) -> float:
    """Engaged people of the offer with the largest, with a floor where what waste costs is beyond all proportion."""
    problem = program.problem
    wasted = program.waste_weight * float(problem.waste[free].max(initial=0.0))
    return max(met, float(problem.gain[free].max(initial=0.0)), _LEAST_OF_WASTE * wasted) or 1.0

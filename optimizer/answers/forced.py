"""What it costs to force an offer into the plan, exactly."""

from dataclasses import dataclass

from optimizer.answers.one_offer import required
from optimizer.answers.sharp import best_plan
from optimizer.problem import Problem
from optimizer.solution import Limits, Solution

FINE = 1e-6
"""Relative gap to which the plan with the offer is found."""


@dataclass(frozen=True, slots=True)
class Loss:
    """value: what the best plan with the offer is worth less than the best plan, >= 0 (minor units when cost is
    minimised); None where no plan has it. proven: False when time ran out; then value is the most it can be.
    """

    value: float | None
    proven: bool


def loss_if_forced(problem: Problem, best: Solution, offer: int, limits: Limits) -> Loss:
    """What is lost when a rule requires ``offer`` at its cost; 0 for one of the best plan. best: ``sharpened``.

    The best plan with it is found to the gap that ``limits`` ask for, or ``FINE`` if that is less.
    """
    if best.plan is None or best.verdict is None:
        return Loss(None, proven=best.status == "infeasible")
    if offer in best.plan:
        return Loss(0.0, proven=True)
    forced = best_plan(required(problem, offer), (), best.duals, limits, min(limits.relative_gap, FINE))
    if forced.verdict is None:
        return Loss(None, proven=forced.status == "infeasible")
    proven = forced.status == "optimal" and best.status == "optimal"
    return Loss(max(best.verdict.value - forced.verdict.value, 0.0), proven)

"""Other good plans: the best ones that differ from each other by some creators."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from optimizer.columns import Positions
from optimizer.problem import Problem
from optimizer.rules import Distance
from optimizer.solution import Limits, Solution, Start, Verdict
from optimizer.solve import solve
from optimizer.sorted_sets import among


@dataclass(frozen=True, eq=False, slots=True)
class Alternative:
    """One of the best plans.

    plan, verdict: sorted positions of offers, and the judge's figures. best_bound, relative_gap: no plan that differs
    by enough from all before this one has a higher value; None where nothing is proven.
    difference: creators in exactly one of this plan and the first.
    """

    plan: Positions
    verdict: Verdict
    best_bound: float | None
    relative_gap: float | None
    difference: int


def alternatives(
    problem: Problem,
    solution: Solution,
    most: int,
    least_difference: int,
    limits: Limits,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[Alternative, ...]:
    """Up to ``most`` plans, best first: each the best of all that differ from every one found before it.

    solution: of the problem; its plan is the first, and without one there are none. least_difference: how many
    creators at least are in exactly one of any two of the plans, >= 1; another offer of the same creator is no
    difference. limits: of each further solve. There are fewer when no plan is left, or none is found in time.
    """
    found, made = solution, list[Alternative]()
    while found.plan is not None and found.verdict is not None:
        difference = differing(problem, made[0].plan, found.plan) if made else 0
        made.append(Alternative(found.plan, found.verdict, found.best_bound, found.relative_gap, difference))
        if len(made) == most:
            break
        other = _without(problem, [known.plan for known in made], least_difference)
        found = solve(other, limits, None, should_stop, Start(duals=solution.duals, conflicts=False))
    # A plan may be better than one before it by less than the asked gap.
    return (*made[:1], *sorted(made[1:], key=lambda one: -one.verdict.value))


def unlike(problem: Problem, plan: Positions, name: str, least: int) -> Distance:
    """The rule that at least so many creators are in exactly one of a plan and this one."""
    own = among(problem.creator, problem.creator[plan])
    return Distance(name, "alternative", np.flatnonzero(own), np.flatnonzero(~own), len(plan), least, None)


def differing(problem: Problem, one: Positions, other: Positions) -> int:
    """How many creators are in exactly one of two plans."""
    return len(np.setxor1d(problem.creator[one], problem.creator[other], assume_unique=True))


def _without(problem: Problem, plans: list[Positions], least_difference: int) -> Problem:
    """The problem of plans that differ by enough from all of these."""
    taken = {rule.name for rule in problem.rules}
    rules = list(problem.rules)
    for number, plan in enumerate(plans, start=1):
        name = f"unlike plan {number}"
        while name in taken:
            name += "."
        rules.append(unlike(problem, plan, name, least_difference))
    return replace(problem, rules=tuple(rules))

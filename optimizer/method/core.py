"""The integer program over what is left open, exact: SCIP on tangents, refined until the formulas agree.

The tangents stand above the saturation curve, so the solver's bound is a bound. Its plan is valued by the
closed formula; where the two differ by more than asked, tangents are added at the plan and it is solved again.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimizer.clock import Clock
from optimizer.columns import Flags, Positions
from optimizer.linear_model import Ending
from optimizer.master import build
from optimizer.method.window import Window
from optimizer.program import Program
from optimizer.solution import Verdict
from optimizer.sorted_sets import among
from optimizer.tangents import Tangents, touch_at

_REFINEMENTS = 60


def _none() -> Positions:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Effort:
    """What a search may use and where its plans go.

    report: judges a plan (positions of the program at hand), keeps it if it is the best so far, returns the verdict.
    best: the best plan so far, as far as the program at hand has its offers; empty without one.
    """

    clock: Clock
    seed: int
    report: Callable[[Positions], Verdict]
    best: Callable[[], Positions] = _none

    def within(self, offers: Positions) -> "Effort":
        """The effort of a part of the program that has some offers (sorted positions) alone."""

        def best() -> Positions:
            plan = self.best()
            return np.searchsorted(offers, plan[among(plan, offers)])

        return Effort(self.clock, self.seed, lambda plan: self.report(offers[plan]), best)


@dataclass(frozen=True, slots=True)
class Found:
    """bound: no plan of the window has a higher value (-inf when it holds none). finished: nothing is left to find.

    plans: number of feasible plans met.
    """

    bound: float
    finished: bool
    plans: int


def solve_core(
    program: Program,
    window: Window,
    tangents: Tangents,
    at_least: float,
    tolerance: Callable[[], float],
    effort: Effort,
    most_nodes: int | None = None,
) -> Found:
    """Solve the window's integer program to ``tolerance``: absolute, in the objective's unit, asked for each plan anew.

    at_least: value of the best plan known; the search ends once the bound shows that the window holds none better
    than that by ``tolerance``. A plan that the judge rejects (a solver accepts money overspent by its feasibility
    tolerance) is cut off, and money is counted in exact digits from then on. Where cost is minimised, offers dearer
    than a whole plan leave the window before an answer counts: beside them its money would be rounding. most_nodes:
    of a solver's search, after which it is given up.
    """
    free, best, bound, plans = window.free, at_least, np.inf, 0
    cuts: list[Flags] = []
    for _ in range(_REFINEMENTS):
        if effort.clock.over():
            break
        master = build(program, free, window.fixed, tangents, integer=True, exact=bool(cuts))
        for cut in cuts:
            master.model.forbid(np.arange(len(cut)), cut)
        asked = tolerance()
        answer = master.model.solve_integer(
            effort.clock.left_s(),
            effort.seed,
            effort.clock.interrupter,
            absolute_gap=0.25 * asked / master.units.objective,
            most_nodes=most_nodes,
        )
        if answer.ending is Ending.INFEASIBLE:
            return Found(best if plans else -np.inf, True, plans)
        bound = min(bound, master.value(answer.bound))
        if answer.point is None:
            break
        chosen = answer.point[: len(free)] > 0.5
        plan = np.sort(np.concatenate([free[chosen], window.fixed]))
        grown = touch_at(program.problem, tangents, program.problem.exponents[plan].sum(axis=0))
        verdict = effort.report(plan)
        if verdict.feasible:
            plans += 1
            best = max(best, verdict.value)
        elif not grown or not all(check.holds for check in verdict.checks if check.kind != "goal"):
            cuts.append(chosen)
        if most_nodes is not None and answer.ending is not Ending.OPTIMAL:
            break
        settled = verdict.feasible and not grown and answer.ending is Ending.OPTIMAL and tolerance() >= asked
        if settled or bound <= best + tolerance():  # settled: what is open between the two is rounding
            dear = _too_dear(program, free, window.fixed, best)
            if not dear.any():
                return Found(bound, True, plans)
            free, cuts, bound = free[~dear], [cut[~dear] for cut in cuts if not cut[dear].any()], np.inf
    return Found(bound, False, plans)


def _too_dear(program: Program, free: Positions, fixed: Positions, best: float) -> Flags:
    """Where cost is minimised: the free offers with which a plan costs more than the best one."""
    if program.goal is None:
        return np.zeros(len(free), np.bool_)
    return np.asarray(program.problem.cost[free] > -best - float(program.problem.cost[fixed].sum()))

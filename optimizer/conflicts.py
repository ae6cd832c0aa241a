"""Why nothing is feasible: a minimal set of named rules that clash, confirmed a second way."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.clock import Clock
from optimizer.columns import Floats, Positions
from optimizer.feasibility import Feasibility, decide, impossible_by_scip
from optimizer.judge import GOAL_TOLERANCE
from optimizer.no_plan_by_prices import no_plan_by_prices
from optimizer.problem import Problem
from optimizer.program import Program
from optimizer.rules import WasteShare
from optimizer.solution import Limits, Progress, Solution, Start

_MANY = 300
"""Offers above which prices and a solve are asked whether there is a plan; of fewer CP-SAT knows as soon."""

_VERY_MANY = 5_000
"""Offers above which a solve, rather than CP-SAT, looks for the lightest plan."""
_LESS_THAN_ONE = 0.999
"""What a bound on whole numbers may stand above one of them that is the highest."""

Solve = Callable[[Problem, Limits, Callable[[Progress], None] | None, Callable[[], bool] | None, Start], Solution]
"""``optimizer.solve.solve``, handed in because it in turn asks for conflicts."""


@dataclass(frozen=True, eq=False, slots=True)
class Clash:
    """names: a minimal set of rules without a common plan ("budget" and "goal" among them); None if not proven.

    plan: a plan of the whole problem, when the search met one after all.
    """

    names: tuple[str, ...] | None
    plan: Positions | None = None


class _UndecidedError(Exception):
    """A feasibility question could not be answered in time."""


class _Search:
    def __init__(self, problem: Problem, limits: Limits, clock: Clock, solve: Solve) -> None:
        self.problem, self.limits, self.clock, self.solve = problem, limits, clock, solve
        self.known: dict[frozenset[str], bool] = {}
        self.plan: Positions | None = None

    def possible(self, names: Sequence[str]) -> bool:
        """Whether some plan keeps all the named rules; remembers answers."""
        key = frozenset(names)
        if key not in self.known:
            self.known[key] = self._decide(restricted(self.problem, key))
        return self.known[key]

    def _decide(self, problem: Problem) -> bool:
        answer = plan_exists(problem, self.limits, self.clock, self.solve)
        if answer.possible is None:
            raise _UndecidedError
        self.plan = answer.plan
        return answer.possible


def plan_exists(
    problem: Problem, limits: Limits, clock: Clock, solve: Solve, weights: Floats | None = None
) -> Feasibility:
    """Whether some plan keeps budget and rules, and reaches the goal where there is one.

    weights: float64 (n,), as of ``decide``; they are not looked at where there is a goal.
    """
    if problem.offers > _MANY:
        if problem.goal is not None:
            return _reaches_goal(problem, limits, clock, solve)
        if no_plan_by_prices(problem, clock.over):
            return Feasibility(False)
        weighable = problem.offers > _VERY_MANY and not any(isinstance(rule, WasteShare) for rule in problem.rules)
        if weights is None or weighable:
            return _lightest(problem, limits, clock, solve, weights)
    answer = decide(problem, clock, limits.seed, weights=weights if problem.goal is None else None)
    if problem.goal is None or not answer.possible:
        return answer
    return _reaches_goal(problem, limits, clock, solve)


def _lightest(problem: Problem, limits: Limits, clock: Clock, solve: Solve, weights: Floats | None) -> Feasibility:
    """A plan that a solve meets, which among very many offers looks where plans are likely; then the lightest one.

    weights: as of ``decide``. They become the value of a problem without rules on waste: gain less waste.
    """
    first = solve(problem, _within(limits, clock), None, _stop(clock), Start(enough=-math.inf))
    if first.plan is None:
        return Feasibility(False if first.status == "infeasible" else None)
    if weights is None or clock.over():
        return Feasibility(True, first.plan)
    weighed = replace(
        problem,
        exponents=np.zeros((problem.offers, 0)),
        ceilings=np.zeros(0),
        gain=np.maximum(-weights, 0.0),
        waste=np.maximum(weights, 0.0),
        contacts=np.maximum(weights, 0.0),
        waste_aversion=1.0,
    )
    best = solve(weighed, _within(limits, clock), None, _stop(clock), Start((first.plan,)))
    if best.plan is None or best.verdict is None or best.best_bound is None:
        return Feasibility(True, first.plan)
    whole = bool(np.all(weights == np.rint(weights)))
    return Feasibility(True, best.plan, whole and best.best_bound < best.verdict.value + _LESS_THAN_ONE)


def _reaches_goal(problem: Problem, limits: Limits, clock: Clock, solve: Solve) -> Feasibility:
    """Whether the most engaged reach that the rules allow is as much as the goal."""
    program, most = Program.of(problem), _most_reached(problem, limits, clock, solve)
    if most.plan is not None and program.reached(most.plan):
        return Feasibility(True, most.plan)
    out_of_reach = most.best_bound is not None and program.goal is not None and most.best_bound < program.goal
    return Feasibility(False if most.status == "infeasible" or out_of_reach else None)


def _most_reached(problem: Problem, limits: Limits, clock: Clock, solve: Solve) -> Solution:
    """The most engaged reach, as far as it takes to compare it with the goal."""
    enough = (problem.goal or 0.0) * (1 - GOAL_TOLERANCE)
    free = replace(problem, goal=None, waste_aversion=0.0)
    return solve(free, _within(limits, clock), None, _stop(clock), Start(enough=enough))


def _within(limits: Limits, clock: Clock) -> Limits:
    """Limits of a solve that has what is left of the time."""
    return replace(limits, relative_gap=1e-9, time_limit_s=max(clock.left_s(), 1e-3))


def _stop(clock: Clock) -> Callable[[], bool] | None:
    return None if clock.interrupter is None else clock.over


def restricted(problem: Problem, names: frozenset[str]) -> Problem:
    """The problem with only the named rules; an unnamed budget allows everything, an unnamed goal is dropped."""
    return replace(
        problem,
        rules=tuple(rule for rule in problem.rules if rule.name in names),
        budget=problem.budget if "budget" in names else max(problem.budget, sum(problem.cost.tolist())),
        goal=problem.goal if "goal" in names else None,
    )


def find_conflicts(problem: Problem, limits: Limits, clock: Clock, solve: Solve) -> Clash:
    """A minimal infeasible set of names, by QuickXplain on an exact feasibility check.

    Minimal: without any one of them there is a plan that keeps the others. A second way must agree on the set
    before it is reported; if it does not, nothing is claimed. solve answers what engaged reach some rules allow,
    for a goal.
    """
    search = _Search(problem, limits, clock, solve)
    names = [rule.name for rule in problem.rules] + ["budget"] + (["goal"] if problem.goal is not None else [])
    try:
        if search.possible(names):
            return Clash(None, search.plan)
        core = _quick_explain(search, [], names, checked=True)
    except _UndecidedError:
        return Clash(None)
    order = {name: place for place, name in enumerate(names)}
    core = sorted(core, key=lambda name: order[name])
    return Clash(tuple(core) if _confirmed(restricted(problem, frozenset(core)), limits, clock, solve) else None)


def _confirmed(problem: Problem, limits: Limits, clock: Clock, solve: Solve) -> bool:
    """Whether a second way agrees that there is no plan: prices, whose proof is a sum over all offers, or SCIP."""
    if problem.offers > _MANY:
        duals = None if problem.goal is None else _most_reached(problem, limits, clock, solve).duals
        if (problem.goal is None or duals is not None) and no_plan_by_prices(problem, clock.over, duals):
            return True
    return impossible_by_scip(problem, clock, limits.seed)


def _quick_explain(search: _Search, given: list[str], names: list[str], checked: bool = False) -> list[str]:
    """A minimal subset of ``names`` that clashes together with ``given`` (Junker's QuickXplain)."""
    if not checked and not search.possible(given):
        return []
    if len(names) == 1:
        return names
    half = len(names) // 2
    left, right = names[:half], names[half:]
    needed_right = _quick_explain(search, given + left, right)
    needed_left = _quick_explain(search, given + needed_right, left, checked=not needed_right)
    return needed_left + needed_right

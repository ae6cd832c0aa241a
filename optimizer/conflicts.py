"""Why nothing is feasible: a minimal set of named rules that clash, confirmed a second way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from optimizer.clock import Clock
from optimizer.columns import Floats, Positions
from optimizer.feasibility import Feasibility, decide, impossible_by_scip
from optimizer.problem import Problem
from optimizer.program import Program
from optimizer.solution import Limits, Progress, Solution, Start

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
    answer = decide(problem, clock, limits.seed, weights=weights if problem.goal is None else None)
    if problem.goal is None or not answer.possible:
        return answer
    return _reaches_goal(problem, limits, clock, solve)


def _reaches_goal(problem: Problem, limits: Limits, clock: Clock, solve: Solve) -> Feasibility:
    """The most engaged reach that the rules allow, as far as it takes to compare it with the goal."""
    program = Program.of(problem)
    if program.goal is None:
        raise ValueError("only a problem with a goal can reach it")
    most = solve(
        replace(problem, goal=None, waste_aversion=0.0),
        replace(limits, relative_gap=1e-9, time_limit_s=max(clock.left_s(), 1e-3)),
        None,
        None if clock.interrupter is None else clock.over,
        Start(enough=program.goal),
    )
    if most.plan is not None and program.reached(most.plan):
        return Feasibility(True, most.plan)
    if most.best_bound is not None and most.best_bound < program.goal:
        return Feasibility(False)
    return Feasibility(None)


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

    Minimal: without any one of them there is a plan that keeps the others. A second solver must agree on the set
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
    if not impossible_by_scip(restricted(problem, frozenset(core)), clock, limits.seed):
        return Clash(None)
    return Clash(tuple(core))


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

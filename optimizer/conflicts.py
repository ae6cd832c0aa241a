"""Why nothing is feasible: a minimal set of named rules that clash, confirmed a second way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from optimizer.clock import Clock
from optimizer.columns import Positions
from optimizer.feasibility import decide, impossible_by_scip
from optimizer.problem import Problem
from optimizer.program import Program
from optimizer.solution import Limits, Progress, Solution

Solve = Callable[[Problem, Limits, Callable[[Progress], None] | None, Callable[[], bool] | None], Solution]
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
        answer = decide(problem, self.clock, self.limits.seed)
        if answer.possible is None:
            raise _UndecidedError
        self.plan = answer.plan
        if not answer.possible or problem.goal is None:
            return answer.possible
        return self._reaches_goal(problem)

    def _reaches_goal(self, problem: Problem) -> bool:
        """The most engaged reach that the rules allow, against the goal."""
        program = Program.of(problem)
        most = self.solve(
            replace(problem, goal=None, waste_aversion=0.0),
            replace(self.limits, relative_gap=1e-9, time_limit_s=max(self.clock.left_s(), 1e-3)),
            None,
            None if self.clock.interrupter is None else self.clock.over,
        )
        if most.plan is not None and program.reached(most.plan):
            self.plan = most.plan
            return True
        if most.best_bound is not None and program.goal is not None and most.best_bound < program.goal:
            return False
        raise _UndecidedError


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

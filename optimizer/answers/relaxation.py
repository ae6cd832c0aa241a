"""The smallest change of one rule, or of the budget or the goal, that makes an infeasible problem feasible.

Only what is in a minimal clash can help: without a change to one of its members the clash remains. For each of them
the question is an integer program over the plans that keep everything else: how far does the best of them miss this
limit? A figure is reported with a plan that the judge accepts under it, and it is exact when one step less is proven to
leave no plan.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal

from optimizer.answers.ladders import Ladder, Side, Threshold, ladders
from optimizer.clock import Clock
from optimizer.columns import Floats, Positions
from optimizer.conflicts import plan_exists, restricted
from optimizer.feasibility import Feasibility
from optimizer.judge import GOAL_TOLERANCE, judge
from optimizer.problem import Problem
from optimizer.solution import Limits, Solution, Start
from optimizer.solve import solve

_CLOSEST = 1e-9
"""Relative gap asked for where the answer is a single figure."""
_GOAL_DIGITS = 7
_PATIENCE_S = 5.0
"""Seconds for which a change that is enough is made smaller: sums of prices can be hard to prove to the last unit."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One change that is enough.

    name: the rule's, "budget" or "goal". side: which limit moves, None where the rule has no number.
    origin, to: the limit now and the limit that would do: creators, minor units, a share, a filter's figure or engaged
    people. to is None where the rule has to be dropped, origin too where it has no number.
    exact: whether no smaller change of this limit is enough; else it is only known that this one is.
    """

    name: str
    side: Side | None
    origin: float | None
    to: float | None
    exact: bool

    @property
    def change(self) -> float | None:
        """|to - origin| / |origin|; None where the rule is dropped or a limit of 0 moves."""
        if self.origin is None or self.to is None or self.origin == 0:
            return None
        return abs(self.to - self.origin) / abs(self.origin)


@dataclass(frozen=True, slots=True)
class Relaxations:
    """found: the smallest relative change first, then limits of 0 that move, then rules to be dropped.

    undecided: names of the clash for which time ran out before a change was found or ruled out.
    """

    found: tuple[Relaxation, ...]
    undecided: tuple[str, ...]


def relaxations(
    problem: Problem,
    conflicts: tuple[str, ...],
    thresholds: Mapping[str, Threshold],
    limits: Limits,
    should_stop: Callable[[], bool] | None = None,
) -> Relaxations:
    """Every single change that makes the problem feasible, each as small as it can be.

    conflicts: a minimal set of names that clash, as ``Solution.conflicts``; names left out are not changed.
    thresholds: what each filter among them compares, by name; a filter without one can only be dropped.
    limits: time_limit_s is for all of them together, in equal parts.
    """
    changes = _changes(problem, conflicts, thresholds)
    found: list[Relaxation] = []
    undecided: list[str] = []
    whole = Clock(limits.time_limit_s, should_stop)
    for place, change in enumerate(changes):
        part_s = whole.left_s() / (len(changes) - place)
        with Clock(0.0 if whole.over() else part_s, should_stop) as clock:
            try:
                relaxation = change.smallest(_Question(limits, clock, should_stop))
            except _UndecidedError:
                undecided.append(change.name)
            else:
                found += [] if relaxation is None else [relaxation]
    return Relaxations(tuple(sorted(found, key=_rank)), tuple(dict.fromkeys(undecided)))


class _UndecidedError(Exception):
    """Whether a change is enough at all was not known in time."""


@dataclass(frozen=True, eq=False, slots=True)
class _Question:
    """What is asked of the solvers about one change, within its time."""

    limits: Limits
    clock: Clock
    should_stop: Callable[[], bool] | None

    @contextmanager
    def smaller(self) -> Iterator["_Question"]:
        """The question how much less is enough, within the time that this is worth."""
        with Clock(min(self.clock.left_s(), _PATIENCE_S), self.should_stop) as clock:
            yield replace(self, clock=clock)

    def plan_exists(self, problem: Problem, weights: Floats | None = None) -> Feasibility:
        """Whether the problem has a plan; the lightest one where weights are given and there is no goal."""
        if self.clock.over():
            return Feasibility(None)
        return plan_exists(problem, self.limits, self.clock, solve, weights)

    def best(self, problem: Problem, known: Positions) -> Solution:
        """The best plan of a problem that has one, as close as figures of an answer want it."""
        limits = replace(self.limits, relative_gap=_CLOSEST, time_limit_s=max(self.clock.left_s(), 1e-3))
        return solve(problem, limits, None, self.clock.over, Start((known,)))


@dataclass(frozen=True, eq=False, slots=True)
class _OfRule:
    """A limit of a rule, or the rule as a whole."""

    ladder: Ladder

    @property
    def name(self) -> str:
        return self.ladder.rule.name

    def smallest(self, ask: _Question) -> Relaxation | None:
        ladder = self.ladder
        answer = ask.plan_exists(ladder.loosened(ladder.wide))
        if answer.possible is None:
            raise _UndecidedError
        if answer.plan is None:
            return None
        with ask.smaller() as less:
            good, exact = self._descend(less, self._kept(answer.plan, ladder.wide))
        return Relaxation(self.name, ladder.side, ladder.origin, ladder.figure(good), exact)

    def _descend(self, ask: _Question, good: int) -> tuple[int, bool]:
        """From a step that is enough to the tightest one, and whether it is proven to be that.

        Where weights guide, each plan is the best of its kind and one step less is asked for; else halfway.
        """
        ladder, shut = self.ladder, self.ladder.shut
        guided = ladder.problem.goal is None and ladder.weights(shut) is not None
        while abs(good - shut) > 1:
            at = good + (1 if shut > good else -1) if guided else (good + shut) // 2
            answer = ask.plan_exists(ladder.loosened(at), ladder.weights(good))
            if answer.possible is None:
                return good, False
            if answer.plan is None:
                shut = at
                continue
            good = self._kept(answer.plan, at)
            if ladder.linear and answer.lightest:
                break
        return good, True

    def _kept(self, plan: Positions, at: int) -> int:
        """The tightest step at which the judge accepts a plan that it accepts at step ``at``."""
        reached = self.ladder.reached(plan)
        return reached if judge(self.ladder.loosened(reached), plan).feasible else at


@dataclass(frozen=True, eq=False, slots=True)
class _OfBudget:
    """The least budget: what the cheapest plan costs that keeps every rule and reaches the goal."""

    problem: Problem
    name: str = "budget"

    def smallest(self, ask: _Question) -> Relaxation | None:
        rich = restricted(self.problem, frozenset(rule.name for rule in self.problem.rules) | {"goal"})
        answer = ask.plan_exists(rich)
        if answer.possible is None:
            raise _UndecidedError
        if answer.plan is None:
            return None
        with ask.smaller() as less:
            cheapest = less.best(replace(rich, goal=self.problem.goal or 0.0), answer.plan)
        cost = judge(rich, answer.plan).cost if cheapest.verdict is None else cheapest.verdict.cost
        exact = cheapest.best_bound is not None and -cheapest.best_bound > cost - 1
        return Relaxation(self.name, "max", self.problem.budget, cost, exact)


@dataclass(frozen=True, eq=False, slots=True)
class _OfGoal:
    """The greatest goal: the most engaged reach of a plan that keeps budget and rules."""

    problem: Problem
    goal: float
    name: str = "goal"

    def smallest(self, ask: _Question) -> Relaxation | None:
        free = replace(self.problem, goal=None, waste_aversion=0.0)
        answer = ask.plan_exists(free)
        if answer.possible is None:
            raise _UndecidedError
        if answer.plan is None:
            return None
        with ask.smaller() as less:
            most = less.best(free, answer.plan)
        reach = judge(free, answer.plan).engaged_reach if most.verdict is None else most.verdict.engaged_reach
        to, step = _rounded_down(reach * (1 + GOAL_TOLERANCE))
        exact = most.best_bound is not None and most.best_bound < (to + step) * (1 - GOAL_TOLERANCE)
        return Relaxation(self.name, "min", self.goal, to, exact)


def _rounded_down(reach: float) -> tuple[float, float]:
    """A goal to seven digits that so many people reach, and what its last digit counts."""
    if reach <= 0:
        return 0.0, math.ulp(0.0)
    decimals = _GOAL_DIGITS - 1 - math.floor(math.log10(reach))
    step = Decimal(1).scaleb(-decimals)
    return float(Decimal(reach).quantize(step, ROUND_FLOOR)), float(step)


def _changes(
    problem: Problem, conflicts: tuple[str, ...], thresholds: Mapping[str, Threshold]
) -> list[_OfRule | _OfBudget | _OfGoal]:
    """Every limit that may move, in the order of the conflicts."""
    by_name = {rule.name: rule for rule in problem.rules}
    changes: list[_OfRule | _OfBudget | _OfGoal] = []
    for name in conflicts:
        if name == "budget":
            changes.append(_OfBudget(problem))
        elif name == "goal" and problem.goal is not None:
            changes.append(_OfGoal(problem, problem.goal))
        elif name in by_name:
            changes += map(_OfRule, ladders(problem, by_name[name], thresholds.get(name)))
    return changes


def _rank(relaxation: Relaxation) -> tuple[int, float]:
    if relaxation.to is None:
        return 2, 0.0
    return (1, 0.0) if relaxation.change is None else (0, relaxation.change)

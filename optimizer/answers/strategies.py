"""Is less more? What other ways to plan bring, under the same budget and rules as the best plan.

One tier alone is solved as exactly as the whole; habits are walked (see ``habits``); planning without overlap solves
another problem, whose plan is then judged with overlap. Every plan here keeps all rules, so none is better than the
best.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from optimizer.answers.habits import (
    Ranking,
    additive,
    broken_by_one,
    by_rate,
    by_reach_price,
    filled,
    one_name,
    walked,
)
from optimizer.answers.hopeless import clash, hopeless, payable, with_somebody
from optimizer.columns import Floats, Positions
from optimizer.judge import judge
from optimizer.part import part_of
from optimizer.problem import Problem
from optimizer.solution import Duals, Limits, Solution, Start, Verdict
from optimizer.solve import solve

StrategyName = Literal[
    "optimum",
    "nano_and_micro_only",
    "mid_only",
    "macro_and_mega_only",
    "single_largest_creator",
    "highest_engagement_rate_first",
    "cheapest_reach_first",
    "naive_additive",
]
Why = Literal["infeasible", "nobody_there", "rules", "not_worth_it", "goal_missed", "time"]

BIG_FROM, MID_FROM = 500_000, 100_000
"""Followers from which on a creator is macro or mega, and mid: the standard tiers, whatever a brief calls its own."""

_HABIT_GAP, _HABIT_TIME_S = 0.01, 5.0
"""How closely, and how long at most, a habit looks that has to be solved: nobody follows a list to the last contact."""


@dataclass(frozen=True, eq=False, slots=True)
class Figures:
    """What habits look at. followers, rate: float64 (n,), of the offer's creator, as they are stated."""

    followers: Floats
    rate: Floats


@dataclass(frozen=True, eq=False, slots=True)
class Strategy:
    """One way to plan and what comes of it.

    plan, verdict: sorted positions of offers with the judge's figures; None where the strategy has no plan.
    best_bound, relative_gap: proof among the plans that the strategy allows, on the scale of ``verdict.value``; None
    where it does not look for the best of them.
    promised: of additive planning what it takes its own plan to be worth, whether or not that plan is one.
    why: why there is no plan, or why the plan books nobody; None otherwise. rules: the names that ``why`` is about
    ("budget" and "goal" among them), as far as known. reaches: engaged people of a plan that misses the goal.
    """

    name: StrategyName
    plan: Positions | None = None
    verdict: Verdict | None = None
    best_bound: float | None = None
    relative_gap: float | None = None
    promised: Verdict | None = None
    why: Why | None = None
    rules: tuple[str, ...] = ()
    reaches: float | None = None


def strategies(
    problem: Problem,
    solution: Solution,
    figures: Figures,
    limits: Limits,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[Strategy, ...]:
    """All strategies, the best plan first, in the order of ``StrategyName``.

    solution: of the problem. limits: of each further solve (up to eight of them; habits often need none). An
    infeasible problem has no plan in any strategy, and nothing is solved.
    """
    if solution.status == "infeasible":
        names = StrategyName.__args__  # type: ignore[attr-defined]
        return tuple(Strategy(name, why="infeasible", rules=solution.conflicts) for name in names)
    return tuple(_Comparison(problem, solution, figures, limits, should_stop).rows())


class _Comparison:
    def __init__(
        self,
        problem: Problem,
        solution: Solution,
        figures: Figures,
        limits: Limits,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        self.problem, self.solution, self.figures = problem, solution, figures
        self.limits, self.should_stop = limits, should_stop

    def rows(self) -> Iterator[Strategy]:
        """One strategy after the other."""
        followers, best = self.figures.followers, self.solution
        yield Strategy(
            "optimum",
            best.plan,
            best.verdict,
            best.best_bound,
            best.relative_gap,
            why="time" if best.plan is None else None,
        )
        yield self._only("nano_and_micro_only", np.flatnonzero(followers < MID_FROM))
        yield self._only("mid_only", np.flatnonzero((followers >= MID_FROM) & (followers < BIG_FROM)))
        yield self._only("macro_and_mega_only", np.flatnonzero(followers >= BIG_FROM))
        yield self._one_name()
        yield self._habit("highest_engagement_rate_first", by_rate(self.problem, self.figures.rate))
        yield self._habit("cheapest_reach_first", by_reach_price(self.problem))
        yield self._additive()

    def _only(self, name: StrategyName, offers: Positions) -> Strategy:
        """The best plan of some creators alone."""
        part = part_of(self.problem, offers)
        known = np.zeros(0, np.int64) if self.solution.plan is None else self.solution.plan
        kept = np.searchsorted(offers, np.intersect1d(known, offers, assume_unique=True))
        found = self._solve(part, Start((kept,), self.solution.duals, conflicts=False))
        if found.plan is None:
            return self._without_plan(name, part, found)
        plan = offers[found.plan]
        made = Strategy(name, plan, judge(self.problem, plan), found.best_bound, found.relative_gap)
        return made if len(plan) else self._with_nobody(made, part)

    def _without_plan(self, name: StrategyName, part: Problem, found: Solution) -> Strategy:
        if found.status != "infeasible":
            return Strategy(name, why="time")
        if not payable(part).any():
            return Strategy(name, why="nobody_there")
        return Strategy(name, why="rules", rules=clash(part, self.limits, should_stop=self.should_stop))

    def _with_nobody(self, made: Strategy, part: Problem) -> Strategy:
        """The same, saying why nobody is booked."""
        if not payable(part).any():
            return replace(made, why="nobody_there")
        known = hopeless(part, somebody=True)
        if known:
            return replace(made, why="rules", rules=known)
        found = self._solve(with_somebody(part)[0], Start(duals=self.solution.duals, conflicts=False))
        if found.status != "infeasible":
            return replace(made, why="not_worth_it")
        return replace(made, why="rules", rules=clash(part, self.limits, True, self.should_stop))

    def _one_name(self) -> Strategy:
        plan = one_name(self.problem, self.figures.followers)
        if plan is not None:
            return self._judged("single_largest_creator", plan)
        if not payable(self.problem).any():
            return Strategy("single_largest_creator", why="nobody_there")
        return Strategy("single_largest_creator", why="rules", rules=broken_by_one(self.problem))

    def _habit(self, name: StrategyName, ranking: Ranking) -> Strategy:
        made = self._judged(name, walked(self.problem, ranking))
        if made.plan is not None:
            return made
        roughly = Limits(
            time_limit_s=min(self.limits.time_limit_s, _HABIT_TIME_S),
            relative_gap=max(self.limits.relative_gap, _HABIT_GAP),
            seed=self.limits.seed,
        )
        found = solve(filled(self.problem, ranking), roughly, None, self.should_stop)
        if found.plan is None:
            return Strategy(name, why="time" if found.status == "no_solution" else "rules", rules=found.conflicts)
        return self._judged(name, found.plan)

    def _additive(self) -> Strategy:
        known, duals = self.solution.plan, self.solution.duals
        start = Start(
            () if known is None else (known,),
            None if duals is None else Duals(np.zeros(0), duals.budget, duals.rules, duals.reduced_profit),
        )
        found = self._solve(additive(self.problem), start)
        if found.plan is None:
            return Strategy(
                "naive_additive", why="time" if found.status == "no_solution" else "rules", rules=found.conflicts
            )
        return replace(self._judged("naive_additive", found.plan), promised=found.verdict)

    def _judged(self, name: StrategyName, plan: Positions) -> Strategy:
        """The plan if it keeps all rules, else which it breaks."""
        verdict = judge(self.problem, plan)
        if verdict.feasible:
            return Strategy(name, plan, verdict)
        broken = tuple(check.name for check in verdict.checks if not check.holds)
        if broken == ("goal",):
            return Strategy(name, why="goal_missed", rules=broken, reaches=verdict.engaged_reach)
        return Strategy(name, why="rules", rules=broken)

    def _solve(self, problem: Problem, start: Start) -> Solution:
        return solve(problem, self.limits, None, self.should_stop, start)

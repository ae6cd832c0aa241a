"""The best plan met so far."""

from optimizer.columns import Positions
from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.solution import Verdict

ROUNDING = 1e-12
"""Relative difference of sums that are equal but for the order in which they are added."""


class Incumbent:
    """Keeps the better of the plans it is offered; on exactly equal value the cheaper, then the smaller ids."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self.plan: Positions | None = None
        self.verdict: Verdict | None = None

    @property
    def value(self) -> float:
        """The judge's value of the best plan, -inf without one."""
        return float("-inf") if self.verdict is None else self.verdict.value

    def offer(self, plan: Positions) -> Verdict:
        """Judge the plan and keep it if it is feasible and better; the verdict either way."""
        verdict = judge(self._problem, plan)
        if verdict.feasible and self._better(plan, verdict):
            self.plan, self.verdict = plan, verdict
        return verdict

    def offer_cheaper(self, plan: Positions) -> bool:
        """Keep a feasible plan that costs less and is worth as much but for rounding; whether that was done."""
        verdict, known = judge(self._problem, plan), self.verdict
        if known is None or not verdict.feasible or verdict.cost >= known.cost:
            return False
        added_up = known.engaged_reach + self._problem.waste_aversion * known.waste
        if verdict.value < known.value - ROUNDING * added_up:
            return False
        self.plan, self.verdict = plan, verdict
        return True

    def _better(self, plan: Positions, verdict: Verdict) -> bool:
        if self.plan is None or self.verdict is None:
            return True
        new = (-verdict.value, verdict.cost, tuple(plan.tolist()))
        return new < (-self.verdict.value, self.verdict.cost, tuple(self.plan.tolist()))

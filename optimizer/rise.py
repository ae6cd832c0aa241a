"""What an offer in every plan costs by now, in a solve that asks how dear it may be (``solution.Rising``)."""

from dataclasses import replace

from optimizer.columns import Positions
from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.program import Program
from optimizer.solution import Start, Verdict
from optimizer.tangents import is_wide


class Rise:
    """cost: of the offer, minor units, None where nothing rises. begun: whether it is higher than at first."""

    def __init__(self, problem: Problem, start: Start) -> None:
        able = problem.goal is None and not is_wide(problem)
        self._problem, self._enough = problem, start.enough
        self._now = problem
        self._rising = start.rising if able else None
        self.cost: int | None = None
        self.begun = False

    def program(self) -> Program:
        """The program of the problem. Where its rows are tight only at the cost that the offer has, nothing rises."""
        program = Program.of(self._problem, None if self._rising is None else self._rising.offer)
        if program.rising is not None:
            self.cost = int(self._problem.cost[program.rising])
        return program

    def by(self, plan: Positions) -> Verdict | None:
        """The verdict at the present cost on a plan that is enough; None for others, and where it ends the solve."""
        if self._rising is None or self.cost is None:
            return None
        verdict = judge(self._problem, plan)
        if not verdict.feasible or verdict.value < self._enough:
            return None
        if self.begun:
            verdict = judge(self._now, plan)
        if not verdict.feasible:
            return verdict
        cost = self._rising.next_cost(plan)
        if cost is None:
            return None
        costs = self._now.cost.copy()
        costs[self._rising.offer] = cost
        self.cost, self.begun, self._now = cost, True, replace(self._problem, cost=costs)
        return verdict

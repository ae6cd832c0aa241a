"""The highest price of an offer, in a range, at which there is a plan that is wanted.

One solve looks for a plan with the offer at the lowest price of the range. A plan that is worth enough says itself up
to which price it can be had (``cost_range``), is changed for more room where that is easy (``roomier_plans``), and
makes the offer as dear for the rest of the solve (``solution.Rising``): when nothing is left, the last price is the
highest. The solve begins anew where the price has risen far, since what it knows was learned at the lower one.
"""

import math
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from optimizer.answers.cost_range import common_step, cost_range
from optimizer.answers.one_offer import at_cost, costing, part, required
from optimizer.answers.prices import SMALLEST_PRICE, price_of_money
from optimizer.answers.roomier import roomier_plans
from optimizer.answers.sharp import SHARP, none_has, tie_width, value_asked
from optimizer.columns import Positions
from optimizer.forecast.cost import Markup
from optimizer.judge import judge
from optimizer.method.screen import screen
from optimizer.problem import Problem
from optimizer.program import Program, known_prices, price, valid
from optimizer.solution import Duals, Limits, Rising, Start
from optimizer.solve import solve
from optimizer.sorted_sets import union

_PATIENT_FINDS, _PATIENT_RISES = 5, 24
"""Solves that end with a plan, one above the other, before the range is halved; plans by which one goes on."""
_FAR = 3e-4
"""Share of the value of a plan that the rise of a price must cost for a solve to begin anew at the higher one."""


@dataclass(frozen=True, eq=False, slots=True)
class Wanted:
    """Plans that count: of at least this value, and not dearer than most_spent (None: than the budget)."""

    value: float
    most_spent: int | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """A plan, its value, and the highest price of the offer that it can be had at."""

    price: int
    plan: Positions
    value: float


class PriceSearch:
    """Looks at prices of one offer, minor units before surcharges, until the time of ``limits`` is over.

    duals: of the problem's proof, None where there are none. open: whether some look ended without an answer.
    """

    def __init__(self, problem: Problem, duals: Duals | None, offer: int, limits: Limits, markup: Markup) -> None:
        self.problem, self.duals, self.offer, self.markup = problem, duals, offer, markup
        self._limits, self._ends_at = limits, perf_counter() + limits.time_limit_s
        self._step = common_step(problem, offer) if markup.factor == 1 else 1
        self.open = False

    def limits(self) -> Limits:
        """The time that is left, and the gap to which plans are compared."""
        left_s = max(self._ends_at - perf_counter(), 1e-3)
        return replace(self._limits, time_limit_s=left_s, relative_gap=SHARP)

    def within(self, low: int, high: int, wanted: Wanted) -> Found | None:
        """The highest price in low..high with a plan that is wanted, by halving where a plan does not say more."""
        near = self._near(low, high, wanted)
        if near is None:
            return None
        offers, problem = near
        place = int(np.searchsorted(offers, self.offer))
        best: Found | None = None
        finds = 0
        todo = [(low, high)]
        while todo:
            low, high = todo.pop()
            low, high = self._stepped(low if best is None else max(low, best.price + 1), high)
            if low > high:
                continue
            if perf_counter() >= self._ends_at:
                self.open = True
                break
            found, said_all = self._risen(problem, place, low, high, wanted)
            finds += found is not None
            best = found or best
            if said_all:
                continue
            middle = (low + high) // 2
            if found is not None:
                low = found.price + 1
            if found is not None and (finds <= _PATIENT_FINDS or middle < low):
                todo.append((low, high))
            elif low < high:
                todo += [(low, middle), (middle + 1, high)]
        return None if best is None else replace(best, plan=offers[best.plan])

    def _stepped(self, low: int, high: int) -> tuple[int, int]:
        """The range between the first and the last price in it that can be one at all."""
        if self._step == 1:
            return low, high
        fixed = self.markup.fixed_minor
        return -(-(low + fixed) // self._step) * self._step - fixed, (high + fixed) // self._step * self._step - fixed

    def _near(self, low: int, high: int, wanted: Wanted) -> tuple[Positions, Problem] | None:
        """The offers that a wanted plan may have at prices low..high, and the problem over them; None for no plan."""
        if self.duals is None:
            return np.arange(self.problem.offers), self.problem
        asked = costing(self.problem, self.offer, self.markup.landed(low), self.markup.landed(high))
        program = Program.of(asked.problem).branch(self.offer, chosen=True)
        if asked.shifted:
            program = program.branch(self.problem.offers, chosen=True)
        priced = price(program, valid(program, known_prices(program, self.duals)))
        enough = value_asked(asked.problem, wanted.value, asked.shifted)
        if priced.bound < enough:
            return None
        core = screen(program, priced, enough - tie_width(self.problem, enough))
        offers = union(core.free, core.fixed, np.array([self.offer]))
        offers = offers[offers < self.problem.offers]
        return offers, part(self.problem, offers)

    def _risen(self, problem: Problem, offer: int, low: int, high: int, wanted: Wanted) -> tuple[Found | None, bool]:
        """The plan that a solve found with the highest price in low..high, and whether none has a higher one there.

        Where it has not said so, it met a plan that can be had at no price in the range, or one where it had to end.
        """
        if wanted.most_spent is not None:
            problem = replace(problem, budget=min(problem.budget, wanted.most_spent))
        asked = costing(problem, offer, self.markup.landed(low), self.markup.landed(high))
        enough = value_asked(asked.problem, wanted.value, asked.shifted)
        best: Found | None = None
        far, rises = self._far(wanted), 0

        def next_cost(plan: Positions) -> int | None:
            nonlocal best, rises
            rises += 1
            plan = plan[plan < problem.offers]
            found = self.priced(problem, offer, plan, judge(asked.problem, plan).value, wanted, low, high)
            if found is None or (best is not None and found.price <= best.price):
                return None  # the range is too wide to tell plans that bear a price in it from those that do not
            best = self._improved(problem, offer, found, wanted, low, high)
            if rises > _PATIENT_RISES or best.price >= min(high, low + far):
                return None
            return self.markup.landed(best.price + 1)

        start = Start((), self.duals, enough, Rising(offer, next_cost))
        solution = solve(required(asked.problem, offer), self.limits(), start=start)
        if solution.verdict is not None and solution.verdict.value >= enough:
            if solution.plan is not None:
                next_cost(solution.plan)
            return best, best is not None and best.price >= high
        said_all = none_has(enough, solution)
        self.open |= not said_all
        return best, True

    def _far(self, wanted: Wanted) -> float:
        """A rise of the price, in minor units, after which prices and rows at the lower one say little."""
        if self.duals is None:
            return math.inf
        money = float(price_of_money(self.problem, self.duals)[self.offer])
        return _FAR * abs(wanted.value) / max(money, SMALLEST_PRICE)

    def priced(
        self, problem: Problem, offer: int, plan: Positions, value: float, wanted: Wanted, low: int, high: int
    ) -> Found | None:
        """The plan with the highest price of the offer in low..high at which it can be had."""
        most_spent = wanted.most_spent if problem.goal is None else int(-wanted.value)
        costs = cost_range(problem, plan, offer, most_spent)
        if not costs:
            return None
        at = min(self.markup.highest_price(costs[-1]), high)
        return Found(at, plan, value) if at >= max(self.markup.lowest_price(costs[0]), low) else None

    def _improved(self, problem: Problem, offer: int, found: Found, wanted: Wanted, low: int, high: int) -> Found:
        """The plan with other company as long as a change of one other offer lets it bear a higher price."""
        least = wanted.value if problem.goal is None else problem.goal
        most_spent = wanted.most_spent if problem.goal is None else int(-wanted.value)
        while found.price < high:
            for plan in roomier_plans(problem, found.plan, offer, least, most_spent):
                better = self.priced(problem, offer, plan, found.value, wanted, low, high)
                if better is None or better.price <= found.price:
                    continue
                verdict = judge(at_cost(problem, offer, self.markup.landed(better.price)), plan)
                if verdict.feasible and (problem.goal is not None or verdict.value >= wanted.value):
                    found = replace(better, value=verdict.value)
                    break
            else:
                break
        return found

"""The highest price at which an offer is in the best plan, exactly, and what it costs to force it in.

An offer at landed cost k is in the best plan when a plan with it, k counted in the budget and in every rule of money,
is worth as much as the best plan without it, which no price of it changes. Whether there is such a plan at a cost of
k or more is one solve that ends as soon as it knows; each plan it finds says itself up to which cost it can be paid
(``cost_range``). The prices of the proof say where to look, and leave few offers to look at.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from optimizer.answers.cost_range import common_step, cost_range
from optimizer.answers.one_offer import at_cost, costing, part, required, without
from optimizer.answers.prices import SMALLEST_PRICE, price_of_money
from optimizer.answers.roomier import roomier_plans
from optimizer.answers.sharp import SHARP, best_plan, none_has, tie_width, value_asked, worst_value
from optimizer.columns import Positions
from optimizer.forecast.cost import Markup
from optimizer.judge import judge
from optimizer.method.screen import screen
from optimizer.problem import Problem
from optimizer.program import Program, known_prices, price, valid
from optimizer.rules import Filter
from optimizer.solution import Limits, Rising, Solution, Start
from optimizer.solve import solve

_PATIENT_FINDS, _PATIENT_RISES = 5, 24
"""Solves that end with a plan, one above the other, before the range is halved; plans by which one goes on."""
_FAR = 3e-4
"""Share of the value of a plan that the rise of a price must cost for a solve to begin anew at the higher one."""
_STEPS = 2
"""How much farther each look reaches than the one before, where the first found nothing."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the price of an offer is subject to, besides the problem.

    markup: from price to landed cost. most_landed: highest landed cost that it may have, minor units, None for none.
    """

    markup: Markup
    most_landed: int | None = None


UNMARKED = Terms(Markup())
"""The price is the landed cost."""


@dataclass(frozen=True, slots=True)
class BreakEven:
    """price: the highest at which the offer is in the best plan, minor units before surcharges, None where none is.

    proven: False when time ran out: then price is the highest one found, None for none, and a higher one may do too.
    """

    price: int | None
    proven: bool


def break_even(problem: Problem, best: Solution, offer: int, limits: Limits, terms: Terms = UNMARKED) -> BreakEven:
    """The highest price at which ``offer`` is in the best plan: at it a plan with the offer is worth as much as any
    without, at no higher price one is. Rules on shares or on a least spend may keep it out at some lower prices.

    problem: its cost of the offer does not matter. A filter that removes it leaves no price: give a problem without
    the filter where a lower price would pass it. best: the problem's, ``sharpened``. Where no plan does without the
    offer: the highest price at which there is a plan. Between plans worth the same the cheaper is the best one.
    limits: the time for this offer, all solves together; the gap is ``SHARP``.
    """
    if any(offer in rule.offers for rule in problem.rules if isinstance(rule, Filter)):
        return BreakEven(None, proven=True)
    search = _Search(problem, best, offer, limits, terms)
    found = search.best_found()
    return BreakEven(None if found is None else found.price, not search.open)


@dataclass(frozen=True, eq=False, slots=True)
class _Wanted:
    """Plans that count: of at least this value, and not dearer than most_spent (None: than the budget)."""

    value: float
    most_spent: int | None = None


@dataclass(frozen=True, eq=False, slots=True)
class _Found:
    """A plan, its value, and the highest price of the offer that it can be had at."""

    price: int
    plan: Positions
    value: float


class _Search:
    def __init__(self, problem: Problem, best: Solution, offer: int, limits: Limits, terms: Terms) -> None:
        self.problem, self.best, self.offer, self.limits = problem, best, offer, limits
        self.markup, self.duals = terms.markup, best.duals
        self.ends_at = perf_counter() + limits.time_limit_s
        most = problem.budget if terms.most_landed is None else min(problem.budget, terms.most_landed)
        self.highest = self.markup.highest_price(most)
        self.step = common_step(problem, offer) if self.markup.factor == 1 else 1
        self.open = False

    def best_found(self) -> _Found | None:
        """What the highest price was found with; ``open`` then says whether a higher one may do."""
        rival = self._rival()
        if self.open:
            return None
        if rival is None:
            return self._found(_Wanted(worst_value(self.problem)), 0)
        value, spent = rival
        tie = tie_width(self.problem, value)
        found = self._found(_Wanted(value - tie), 0)
        if found is None or self.problem.goal is not None or found.value > value + tie:
            return found
        # At the highest price it is only as good as without the offer: then the cheaper of the two is the best plan.
        self.highest = found.price
        cheaper = self._found(_Wanted(value - tie, spent), 0)
        return self._found(_Wanted(value + 2 * tie), 0 if cheaper is None else cheaper.price + 1) or cheaper

    def _rival(self) -> tuple[float, int] | None:
        """Value and cost of the best plan without the offer; None when every plan needs it."""
        best = self.best
        if best.status == "infeasible":
            return None
        if best.plan is None or self.offer in best.plan:
            known = () if best.plan is None else (best.plan[best.plan != self.offer],)
            best = best_plan(without(self.problem, self.offer), known, self.duals, self._limits())
        if best.verdict is None:
            self.open |= best.status != "infeasible"
            return None
        self.open |= best.status != "optimal"
        return best.verdict.value, best.verdict.cost

    def _found(self, wanted: _Wanted, lowest: int) -> _Found | None:
        """The highest price from ``lowest`` on at which there is such a plan."""
        known = self._known(wanted, lowest)
        if known is not None:
            lowest = known.price + 1
        for low, high in self._spans(wanted, lowest):
            found = self._within(low, high, wanted)
            if found is not None or self.open:
                return found or known
        return known

    def _known(self, wanted: _Wanted, lowest: int) -> _Found | None:
        """What the best plan says already, when it has the offer."""
        plan, verdict = self.best.plan, self.best.verdict
        if plan is None or verdict is None or self.offer not in plan or verdict.value < wanted.value:
            return None
        if self.problem.goal is not None:
            return None  # its value is that at the offer's cost
        return self._priced(self.problem, self.offer, plan, verdict.value, wanted, lowest, self.highest)

    def _spans(self, wanted: _Wanted, lowest: int) -> Iterator[tuple[int, int]]:
        """Ranges of prices from the highest that the prices of the proof allow down, each wider than the one above."""
        guess, high = self._guess(wanted)
        step = max(high - guess, 1)
        low = guess - step  # below the guess: to find a plan costs little, to prove that there is none much
        while lowest <= high:
            yield max(low, lowest), high
            high, step = low - 1, step * _STEPS
            low -= step

    def _guess(self, wanted: _Wanted) -> tuple[int, int]:
        """By the prices of the proof: where the offer leaves the best plan, and a price above which it is in none.

        The bound of plans with the offer falls by the price of money with every minor unit that it costs, whatever
        rules that makes easier to keep. It is taken at a cost of 1, at which no common unit of costs tightens it.
        """
        nothing = -1, self.highest
        if self.duals is None:
            return nothing
        money = float(price_of_money(self.problem, self.duals)[self.offer])
        if money <= SMALLEST_PRICE:
            return nothing
        program = Program.of(at_cost(self.problem, self.offer, 1))
        priced = price(program, valid(program, known_prices(program, self.duals)))
        rank = program.creator_rank(np.array([self.offer]))
        others = np.setdiff1d(program.offers_of(rank), [self.offer])
        profit = float(priced.profit[self.offer])
        leave = (profit - float(priced.profit[others].max(initial=0.0))) / money
        above = priced.bound - float(priced.best[rank[0]]) + profit - wanted.value
        reach = (above + SHARP * max(abs(priced.bound), 1.0)) / money
        if not reach < self.problem.budget:
            return nothing
        highest = min(self.markup.highest_price(int(max(reach, 0.0)) + 2), self.highest)
        return min(self.markup.highest_price(int(max(leave, 0.0)) + 1), highest), highest

    def _within(self, low: int, high: int, wanted: _Wanted) -> _Found | None:
        """The highest price in low..high with a plan that is wanted, by halving where a plan does not say more."""
        near = self._near(low, high, wanted)
        if near is None:
            return None
        offers, problem = near
        place = int(np.searchsorted(offers, self.offer))
        best: _Found | None = None
        finds = 0
        todo = [(low, high)]
        while todo:
            low, high = todo.pop()
            low, high = self._stepped(low if best is None else max(low, best.price + 1), high)
            if low > high:
                continue
            if perf_counter() >= self.ends_at:
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
        if self.step == 1:
            return low, high
        fixed = self.markup.fixed_minor
        return -(-(low + fixed) // self.step) * self.step - fixed, (high + fixed) // self.step * self.step - fixed

    def _near(self, low: int, high: int, wanted: _Wanted) -> tuple[Positions, Problem] | None:
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
        offers = np.union1d(np.union1d(core.free, core.fixed), [self.offer])
        offers = offers[offers < self.problem.offers]
        return offers, part(self.problem, offers)

    def _risen(self, problem: Problem, offer: int, low: int, high: int, wanted: _Wanted) -> tuple[_Found | None, bool]:
        """The plan that a solve found with the highest price in low..high, and whether none has a higher one there.

        Where it has not said so, it met a plan that can be had at no price in the range, or one where it had to end.
        """
        if wanted.most_spent is not None:
            problem = replace(problem, budget=min(problem.budget, wanted.most_spent))
        asked = costing(problem, offer, self.markup.landed(low), self.markup.landed(high))
        enough = value_asked(asked.problem, wanted.value, asked.shifted)
        best: _Found | None = None
        far, rises = self._far(wanted), 0

        def next_cost(plan: Positions) -> int | None:
            nonlocal best, rises
            rises += 1
            plan = plan[plan < problem.offers]
            found = self._priced(problem, offer, plan, judge(asked.problem, plan).value, wanted, low, high)
            if found is not None and (best is None or found.price > best.price):
                best = self._improved(problem, offer, found, wanted, low, high)
            if found is None or best is None or rises > _PATIENT_RISES or best.price >= min(high, low + far):
                return None
            return self.markup.landed(best.price + 1)

        start = Start((), self.duals, enough, Rising(offer, next_cost))
        solution = solve(required(asked.problem, offer), self._limits(), start=start)
        if solution.verdict is not None and solution.verdict.value >= enough:
            if solution.plan is not None:
                next_cost(solution.plan)
            return best, best is not None and best.price >= high
        said_all = none_has(enough, solution)
        self.open |= not said_all
        return best, True

    def _far(self, wanted: _Wanted) -> float:
        """A rise of the price, in minor units, after which prices and rows at the lower one say little."""
        if self.duals is None:
            return math.inf
        money = float(price_of_money(self.problem, self.duals)[self.offer])
        return _FAR * abs(wanted.value) / max(money, SMALLEST_PRICE)

    def _priced(
        self, problem: Problem, offer: int, plan: Positions, value: float, wanted: _Wanted, low: int, high: int
    ) -> _Found | None:
        """The plan with the highest price of the offer in low..high at which it can be had."""
        most_spent = wanted.most_spent if problem.goal is None else int(-wanted.value)
        costs = cost_range(problem, plan, offer, most_spent)
        if not costs:
            return None
        at = min(self.markup.highest_price(costs[-1]), high)
        return _Found(at, plan, value) if at >= max(self.markup.lowest_price(costs[0]), low) else None

    def _improved(self, problem: Problem, offer: int, found: _Found, wanted: _Wanted, low: int, high: int) -> _Found:
        """The plan with other company as long as a change of one other offer lets it bear a higher price."""
        least = wanted.value if problem.goal is None else problem.goal
        most_spent = wanted.most_spent if problem.goal is None else int(-wanted.value)
        while found.price < high:
            for plan in roomier_plans(problem, found.plan, offer, least, most_spent):
                better = self._priced(problem, offer, plan, found.value, wanted, low, high)
                if better is None or better.price <= found.price:
                    continue
                verdict = judge(at_cost(problem, offer, self.markup.landed(better.price)), plan)
                if verdict.feasible and (problem.goal is not None or verdict.value >= wanted.value):
                    found = replace(better, value=verdict.value)
                    break
            else:
                break
        return found

    def _limits(self) -> Limits:
        left_s = max(self.ends_at - perf_counter(), 1e-3)
        return replace(self.limits, time_limit_s=left_s, relative_gap=SHARP)

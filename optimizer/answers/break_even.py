"""The highest price at which an offer is in the best plan, exactly, and what it costs to force it in.

An offer at landed cost k is in the best plan when a plan with it, k counted in the budget and in every rule of money,
is worth as much as the best plan without it, which no price of it changes. The prices of the proof say where to look,
and leave few offers to look at; how high a price in a range may be, one solve or a few find out (``highest_price``).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.answers.highest_price import Found, PriceSearch, Wanted
from optimizer.answers.one_offer import at_cost, without
from optimizer.answers.prices import SMALLEST_PRICE, price_of_money
from optimizer.answers.sharp import SHARP, best_plan, tie_width, worst_value
from optimizer.forecast.cost import Markup
from optimizer.problem import Problem
from optimizer.program import Program, known_prices, price, valid
from optimizer.rules import Filter
from optimizer.solution import Limits, Solution
from optimizer.sorted_sets import difference

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
    return BreakEven(None if found is None else found.price, not search.look.open)


class _Search:
    def __init__(self, problem: Problem, best: Solution, offer: int, limits: Limits, terms: Terms) -> None:
        self.problem, self.best, self.offer = problem, best, offer
        self.markup, self.duals = terms.markup, best.duals
        self.look = PriceSearch(problem, best.duals, offer, limits, terms.markup)
        most = problem.budget if terms.most_landed is None else min(problem.budget, terms.most_landed)
        self.highest = self.markup.highest_price(most)

    def best_found(self) -> Found | None:
        """What the highest price was found with; ``look.open`` then says whether a higher one may do."""
        rival = self._rival()
        if self.look.open:
            return None
        if rival is None:
            return self._found(Wanted(worst_value(self.problem)), 0)
        value, spent = rival
        tie = tie_width(self.problem, value)
        found = self._found(Wanted(value - tie), 0)
        if found is None or self.problem.goal is not None or found.value > value + tie:
            return found
        # At the highest price it is only as good as without the offer: then the cheaper of the two is the best plan.
        self.highest = found.price
        cheaper = self._found(Wanted(value - tie, spent), 0)
        return self._found(Wanted(value + 2 * tie), 0 if cheaper is None else cheaper.price + 1) or cheaper

    def _rival(self) -> tuple[float, int] | None:
        """Value and cost of the best plan without the offer; None when every plan needs it."""
        best = self.best
        if best.status == "infeasible":
            return None
        if best.plan is None or self.offer in best.plan:
            known = () if best.plan is None else (best.plan[best.plan != self.offer],)
            best = best_plan(without(self.problem, self.offer), known, self.duals, self.look.limits())
        if best.verdict is None:
            self.look.open |= best.status != "infeasible"
            return None
        self.look.open |= best.status != "optimal"
        return best.verdict.value, best.verdict.cost

    def _found(self, wanted: Wanted, lowest: int) -> Found | None:
        """The highest price from ``lowest`` on at which there is such a plan."""
        known = self._known(wanted, lowest)
        if known is not None:
            lowest = known.price + 1
        for low, high in self._spans(wanted, lowest):
            found = self.look.within(low, high, wanted)
            if found is not None or self.look.open:
                return found or known
        return known

    def _known(self, wanted: Wanted, lowest: int) -> Found | None:
        """What the best plan says already, when it has the offer."""
        plan, verdict = self.best.plan, self.best.verdict
        if plan is None or verdict is None or self.offer not in plan or verdict.value < wanted.value:
            return None
        if self.problem.goal is not None:
            return None  # its value is that at the offer's cost
        return self.look.priced(self.problem, self.offer, plan, verdict.value, wanted, lowest, self.highest)

    def _spans(self, wanted: Wanted, lowest: int) -> Iterator[tuple[int, int]]:
        """Ranges of prices from the highest that the prices of the proof allow down, each wider than the one above."""
        guess, high = self._guess(wanted)
        step = max(high - guess, 1)
        low = guess - step  # below the guess: to find a plan costs little, to prove that there is none much
        while lowest <= high:
            yield max(low, lowest), high
            high, step = low - 1, step * _STEPS
            low -= step

    def _guess(self, wanted: Wanted) -> tuple[int, int]:
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
        others = difference(program.offers_of(rank), np.array([self.offer]))
        profit = float(priced.profit[self.offer])
        leave = (profit - float(priced.profit[others].max(initial=0.0))) / money
        above = priced.bound - float(priced.best[rank[0]]) + profit - wanted.value
        reach = (above + SHARP * max(abs(priced.bound), 1.0)) / money
        if not reach < self.problem.budget:
            return nothing
        highest = min(self.markup.highest_price(int(max(reach, 0.0)) + 2), self.highest)
        return min(self.markup.highest_price(int(max(leave, 0.0)) + 1), highest), highest

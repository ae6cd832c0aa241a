"""Greedy by value per cost, as somebody would write it in an afternoon: overlap counted, rules kept on the way.

First what the lower sides of rules ask for, best value per cost first, then everything else, twice, since a share that
was in the way may have made room. Values only fall as the plan grows, so each is weighed again only when it comes up.
"""

import heapq
from collections.abc import Iterator
from time import perf_counter

import numpy as np

from benchmarks.peers.answer import Answer, Asked
from optimizer.columns import Positions
from optimizer.problem import Problem
from optimizer.rules import Count, Filter, OnlyWith, Require, Rule, Spend, SpendShare, WasteShare

_CHUNK = 1024


def solve(problem: Problem, asked: Asked) -> Answer:
    """A plan without a proof; it may break a lower side that it could not meet."""
    start = perf_counter()
    walk = _Walk(problem, start + asked.limit_s)
    for place, rule in enumerate(problem.rules):
        if isinstance(rule, Require):
            walk.take(rule.offers, place, number=1)
        elif isinstance(rule, Count) and rule.least:
            walk.take(rule.offers, place, number=rule.least)
    for place, rule in enumerate(problem.rules):
        if isinstance(rule, SpendShare) and rule.least is not None:
            walk.take(rule.offers, place, spend=int(rule.least * problem.budget))
    for _ in range(2):
        walk.take(np.arange(problem.offers), None)
    plan = np.sort(np.array(walk.chosen, np.int64))
    return Answer("time limit" if walk.late() else "no proof", plan, 0.0, perf_counter() - start)


class _Walk:
    """A growing plan with what each rule has used. ratio: net value per minor unit of every offer alone."""

    def __init__(self, problem: Problem, deadline: float) -> None:
        self.problem, self.deadline = problem, deadline
        self.chosen: list[int] = []
        self.creators: set[int] = set()
        self.cost = 0
        self.left = problem.ceilings.copy()
        self.people = self.waste = self.contacts = 0.0
        self.number = [0] * len(problem.rules)
        self.spent = [0] * len(problem.rules)
        self.caps = [
            (place, rule.most)
            for place, rule in enumerate(problem.rules)
            if isinstance(rule, Count) and rule.most is not None and len(rule.offers) == problem.offers
        ]
        self.waste_limits = [rule.most for rule in problem.rules if isinstance(rule, WasteShare)]
        sets = [np.zeros(0, np.int64) if isinstance(rule, WasteShare) else rule.offers for rule in problem.rules]
        offers = np.concatenate([np.zeros(0, np.int64), *sets])
        order = np.argsort(offers, kind="stable")
        self.rules = np.repeat(np.arange(len(sets)), [len(some) for some in sets])[order]
        self.rules_start = np.searchsorted(offers[order], np.arange(problem.offers + 1))
        alone = -np.expm1(-problem.exponents) @ problem.ceilings + problem.gain
        alone -= problem.waste_aversion * problem.waste
        for rule in problem.rules:
            if isinstance(rule, Filter):
                alone[rule.offers] = -np.inf
        alone[problem.cost > problem.budget] = -np.inf
        self.ratio = alone / np.maximum(problem.cost, 0.5)

    def late(self) -> bool:
        """Whether time is up."""
        return perf_counter() > self.deadline

    def take(self, offers: Positions, rule: int | None, number: float = np.inf, spend: float = np.inf) -> None:
        """Take offers of a rule's set (None: of all) until so many are chosen or so much is spent on them."""
        ratio = self.ratio[offers]
        offers, ratio = offers[np.isfinite(ratio)], ratio[np.isfinite(ratio)]
        fresh = self._in_order(offers[np.argsort(-ratio, kind="stable")])
        ahead = next(fresh, None)
        again: list[tuple[float, int]] = []
        while (ahead or again) and not (self.late() or self._goal_met() or self._full()):
            if rule is not None and (self.number[rule] >= number or self.spent[rule] >= spend):
                break
            if ahead and (not again or ahead <= again[0]):
                (_, offer), ahead = ahead, next(fresh, None)
            else:
                _, offer = heapq.heappop(again)
            if not self._fits(offer):
                continue
            worth = self._worth(offer)
            now = (-worth / max(int(self.problem.cost[offer]), 0.5), offer)
            if (again and now > again[0]) or (ahead and now > ahead):
                heapq.heappush(again, now)
            elif worth > 0 or np.isfinite(number):
                self._add(offer)

    def _in_order(self, offers: Positions) -> Iterator[tuple[float, int]]:
        """Value per cost, negative, and offer; those that the budget no longer pays for are passed over in bulk."""
        for first in range(0, len(offers), _CHUNK):
            some = offers[first : first + _CHUNK]
            some = some[self.problem.cost[some] <= self.problem.budget - self.cost]
            yield from zip((-self.ratio[some]).tolist(), some.tolist(), strict=True)

    def _gain(self, offer: int) -> float:
        problem = self.problem
        return float(self.left @ -np.expm1(-problem.exponents[offer]) + problem.gain[offer])

    def _worth(self, offer: int) -> float:
        return self._gain(offer) - self.problem.waste_aversion * float(self.problem.waste[offer])

    def _full(self) -> bool:
        """Whether a count over everybody lets nobody more in."""
        return any(self.number[place] >= most for place, most in self.caps)

    def _goal_met(self) -> bool:
        return self.problem.goal is not None and self.people >= self.problem.goal

    def _add(self, offer: int) -> None:
        problem, cost = self.problem, int(self.problem.cost[offer])
        self.chosen.append(offer)
        self.creators.add(int(problem.creator[offer]))
        self.cost += cost
        self.people += self._gain(offer)
        self.left *= np.exp(-problem.exponents[offer])
        self.waste += float(problem.waste[offer])
        self.contacts += float(problem.contacts[offer])
        for rule in self._rules_of(offer):
            self.number[rule] += 1
            self.spent[rule] += cost

    def _rules_of(self, offer: int) -> list[int]:
        found: list[int] = self.rules[self.rules_start[offer] : self.rules_start[offer + 1]].tolist()
        return found

    def _fits(self, offer: int) -> bool:
        """Whether budget, creator and every upper side still hold with the offer."""
        problem, cost = self.problem, int(self.problem.cost[offer])
        if int(problem.creator[offer]) in self.creators or self.cost + cost > problem.budget:
            return False
        waste, contacts = self.waste + problem.waste[offer], self.contacts + problem.contacts[offer]
        if any(waste > most * contacts for most in self.waste_limits):
            return False
        return not any(self._over(place, problem.rules[place], cost) for place in self._rules_of(offer))

    def _over(self, place: int, rule: Rule, cost: int) -> bool:
        if isinstance(rule, OnlyWith):
            taken = set(self.chosen)
            return not all(taken & set(group.tolist()) for group in rule.needed)
        if isinstance(rule, Require):
            return False
        if isinstance(rule, Count):
            return rule.most is not None and self.number[place] + 1 > rule.most
        if isinstance(rule, Spend):
            return rule.most is not None and self.spent[place] + cost > rule.most
        if isinstance(rule, SpendShare):
            return rule.most is not None and self.spent[place] + cost > rule.most * (self.cost + cost)
        return True

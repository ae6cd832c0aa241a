"""Ways to plan without a solver: down a list as far as the money goes, or one big name.

A list is walked by what a planner can see while walking: the budget, and upper limits. Lower limits, shares and
company show only at its end. Where the walk then breaks a rule, the habit becomes the plan within all rules that puts
the money as high on the list as it can: a list by a score is what fills a budget with most ``score x cost``, so that
sum is maximised, to within a hundredth. A habit so has a plan wherever the problem has one, but for a goal that it
misses.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from optimizer.answers.explain import engaged_alone, in_plan
from optimizer.answers.hopeless import payable
from optimizer.columns import Flags, Floats, Positions
from optimizer.judge import GOAL_TOLERANCE
from optimizer.problem import Problem
from optimizer.rule_rows import closed
from optimizer.rules import (
    SHARE_TOLERANCE,
    Count,
    Distance,
    Filter,
    OnlyWith,
    Require,
    Rule,
    Spend,
    SpendShare,
    WasteShare,
)
from optimizer.sorted_sets import difference

_CHUNK = 4096


@dataclass(frozen=True, eq=False, slots=True)
class Ranking:
    """A list of all offers, best first, and what filling a budget from its top maximises.

    order: int64 (n,), positions. sought: float64 (n,), >= 0, score x cost.
    """

    order: Positions
    sought: Floats


def by_rate(problem: Problem, rate: Floats) -> Ranking:
    """Highest engagement rate first; of offers with equal rates that with the least cost per engaged person.

    rate: float64 (n,), >= 0, of the offer's creator, as planners see it. What is sought is the sum of rate x cost: the
    money goes where the rate is highest.
    """
    return Ranking(np.lexsort((_per(problem, engaged_alone(problem)), -rate)), rate * problem.cost)


def by_reach_price(problem: Problem) -> Ranking:
    """Least cost per contact (CPM) first; offers without contacts last. What is sought is the sum of contacts."""
    return Ranking(np.argsort(_per(problem, problem.contacts), kind="stable"), problem.contacts)


def filled(problem: Problem, ranking: Ranking) -> Problem:
    """The problem of putting the money as high on the list as all rules allow; without a goal."""
    return replace(additive(replace(problem, goal=None), ranking.sought), waste_aversion=0.0)


def additive(problem: Problem, gain: Floats | None = None) -> Problem:
    """The problem as if audiences never overlapped: every offer brings what it brings alone.

    gain: float64 (n,), what an offer brings instead, >= 0.
    """
    brings = engaged_alone(problem) if gain is None else gain
    return replace(problem, gain=brings, exponents=np.zeros((problem.offers, 0)), ceilings=np.zeros(0))


def walked(problem: Problem, ranking: Ranking) -> Positions:
    """What walking down the list takes: sorted positions; it may break rules with a lower side, shares and company.

    An offer is taken when its creator has none yet, no filter removes it, and the budget and the upper sides of
    rules on numbers and money hold with it; a share of the spend counts as that share of the budget. With a goal the
    walk ends where it is reached. An offer that is passed over is not looked at again.
    """
    limits = _UpperLimits(problem)
    is_open = np.ones(problem.offers, np.bool_)
    is_open[closed(problem)] = False
    order = ranking.order[is_open[ranking.order]]
    taken: list[int] = []
    creators: set[int] = set()
    reach = _Reach(problem)
    for start in range(0, len(order), _CHUNK):
        chunk = order[start : start + _CHUNK]
        chunk = chunk[problem.cost[chunk] <= limits.budget_left]
        pairs = zip(chunk.tolist(), problem.creator[chunk].tolist(), strict=True)
        for offer, creator in pairs:
            if reach.enough:
                return np.array(sorted(taken), np.int64)
            if creator not in creators and limits.take(offer):
                creators.add(creator)
                taken.append(offer)
                reach.add(offer)
    return np.array(sorted(taken), np.int64)


def one_name(problem: Problem, followers: Floats) -> Positions | None:
    """The creator with most followers who, alone, keeps the budget and all rules, with the offer of highest value.

    followers: float64 (n,), of the offer's creator. None where no creator does.
    """
    kept = payable(problem)
    for _, keeps in _kept_alone(problem):
        kept &= keeps
    if problem.goal is not None:
        kept &= _reaches_alone(problem, problem.goal)
    able = np.flatnonzero(kept)
    if not len(able):
        return None
    value = engaged_alone(problem, able) - problem.waste_aversion * problem.waste[able]
    if problem.goal is not None:
        value = -problem.cost[able].astype(np.float64)
    best = np.lexsort((problem.cost[able], -value, -followers[able]))[0]
    return able[best : best + 1]


def broken_by_one(problem: Problem) -> tuple[str, ...]:
    """Names of the rules that no creator the budget pays for keeps alone; the goal among them."""
    paid = payable(problem)
    names = [name for name, kept in _kept_alone(problem) if not np.any(kept & paid)]
    if problem.goal is not None and not np.any(_reaches_alone(problem, problem.goal) & paid):
        names.append("goal")
    return tuple(names)


def _per(problem: Problem, people: Floats) -> Floats:
    """Cost per person or contact; inf where there are none."""
    per = np.full(problem.offers, np.inf)
    np.divide(problem.cost, people, out=per, where=people > 0)
    return per


class _Reach:
    """How many people a growing plan engages, against the goal."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.u, self.gain = problem, np.zeros(len(problem.ceilings)), 0.0
        self.enough = problem.goal is not None and problem.goal <= 0

    def add(self, offer: int) -> None:
        """Take one more offer into account."""
        problem = self.problem
        if problem.goal is None:
            return
        self.u += problem.exponents[offer]
        self.gain += float(problem.gain[offer])
        people = float(problem.ceilings @ -np.expm1(-self.u)) + self.gain
        self.enough = people >= problem.goal * (1 - GOAL_TOLERANCE)


class _UpperLimits:
    """What is left of the budget and of the upper sides of rules, in exact integers."""

    def __init__(self, problem: Problem) -> None:
        self.cost, self.budget_left = problem.cost, problem.budget
        limits = list(_upper_limits(problem))
        self._left = [most for _, most, _ in limits]
        self._is_money = [is_money for _, _, is_money in limits]
        offer = np.concatenate([offers for offers, *_ in limits] or [np.zeros(0, np.int64)])
        limit = np.repeat(np.arange(len(limits)), [len(offers) for offers, *_ in limits])
        self._limit = limit[np.argsort(offer, kind="stable")]
        self._start = np.concatenate(([0], np.cumsum(np.bincount(offer, minlength=problem.offers))))

    def take(self, offer: int) -> bool:
        """Take the offer if it fits everywhere, and say whether it does."""
        cost = int(self.cost[offer])
        touched = self._limit[self._start[offer] : self._start[offer + 1]].tolist()
        uses = [cost if self._is_money[limit] else 1 for limit in touched]
        if cost > self.budget_left or any(use > self._left[at] for at, use in zip(touched, uses, strict=True)):
            return False
        self.budget_left -= cost
        for at, use in zip(touched, uses, strict=True):
            self._left[at] -= use
        return True


def _upper_limits(problem: Problem) -> Iterator[tuple[Positions, int, bool]]:
    """Offers, the most of them, and whether that is money or a number."""
    for rule in problem.rules:
        if isinstance(rule, Count | Spend) and rule.most is not None:
            yield rule.offers, rule.most, isinstance(rule, Spend)
        if isinstance(rule, SpendShare) and rule.most is not None:
            yield rule.offers, math.floor(rule.most * problem.budget), True
        if isinstance(rule, SpendShare) and rule.least is not None:
            others = difference(np.arange(problem.offers), rule.offers)
            yield others, math.floor((1 - rule.least) * problem.budget), True


def _kept_alone(problem: Problem) -> Iterator[tuple[str, Flags]]:
    """Per rule which offers keep it as the whole plan: bool (n,)."""
    for rule in problem.rules:
        yield rule.name, _keeps(problem, rule)


def _reaches_alone(problem: Problem, goal: float) -> Flags:
    """Which offers reach the goal as the whole plan: bool (n,)."""
    return np.asarray(engaged_alone(problem) >= goal * (1 - GOAL_TOLERANCE))


def _keeps(problem: Problem, rule: Rule) -> Flags:
    if isinstance(rule, WasteShare):
        return np.asarray(problem.waste <= (rule.most + SHARE_TOLERANCE) * problem.contacts)
    inside = in_plan(problem, rule.offers)
    if isinstance(rule, OnlyWith):
        company = [in_plan(problem, group) for group in rule.needed]
        return np.asarray(~inside | np.logical_and.reduce([inside, *company]), np.bool_)
    if isinstance(rule, Require):
        return inside
    if isinstance(rule, Filter):
        return np.asarray(~inside)
    activity = inside.astype(np.int64)
    if isinstance(rule, SpendShare):  # all of the spend, or nothing of it
        least, most = 0 if rule.least is None else rule.least, 1 if rule.most is None else rule.most
        return np.asarray(problem.cost == 0) | _between(activity, math.ceil(least), math.floor(most))
    if isinstance(rule, Spend):
        activity *= problem.cost
    if isinstance(rule, Distance):
        activity = rule.size - activity
        activity[rule.others] += 1
    return _between(activity, rule.least, rule.most)


def _between(activity: Positions, least: int | None, most: int | None) -> Flags:
    within = np.ones(len(activity), np.bool_)
    if least is not None:
        within &= activity >= least
    if most is not None:
        within &= activity <= most
    return within

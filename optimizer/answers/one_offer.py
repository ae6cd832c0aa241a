"""Problems that differ from another in one offer: without it, with it for certain, and at another cost."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from optimizer.columns import Positions
from optimizer.problem import Problem
from optimizer.rules import Distance, Filter, OnlyWith, Require, Rule, Spend, SpendShare, WasteShare
from optimizer.sorted_sets import difference, union


@dataclass(frozen=True, eq=False, slots=True)
class Costing:
    """A problem in which one offer costs something between two amounts.

    Its plans are those that keep everything at some such cost, and perhaps others that nearly do; where both amounts
    are the same, exactly those. shifted: minor units that every plan of it spends beyond what it spends with the
    offer at the lower amount; then its last offer, which every plan has, stands for them.
    """

    problem: Problem
    shifted: int


def without(problem: Problem, offer: int) -> Problem:
    """The problem with one offer barred."""
    return _with_rules(problem, Filter("without it", "exclude", np.array([offer])))


def required(problem: Problem, offer: int) -> Problem:
    """The problem with one offer in every plan, and without those that cannot be in one with it.

    A relaxation would take a dear offer that is a cent too dear beside it by nearly the whole.
    """
    first, end = np.searchsorted(problem.creator, problem.creator[offer] + np.array([0, 1])).tolist()
    others = difference(np.arange(first, end), np.array([offer]))
    made = [
        Filter(name, "exclude", offers)
        for name, offers in (("no other of hers", others), ("too dear beside it", _too_dear_beside(problem, offer)))
        if len(offers)
    ]
    return _with_rules(problem, Require("with it", "require", np.array([offer])), *made)


def _too_dear_beside(problem: Problem, offer: int) -> Positions:
    """Offers that the budget or the most of a ``Spend`` rule does not pay together with those that have to be in."""
    single = [rule.offers for rule in problem.rules if isinstance(rule, Require) and len(rule.offers) == 1]
    sure = union(*single, np.array([offer]))
    room = np.full(problem.offers, problem.budget - int(problem.cost[sure].sum()))
    for rule in problem.rules:
        if isinstance(rule, Spend) and rule.most is not None:
            left = rule.most - int(problem.cost[np.intersect1d(sure, rule.offers)].sum())
            room[rule.offers] = np.minimum(room[rule.offers], left)
    return difference(np.flatnonzero(problem.cost > room), sure)


def at_cost(problem: Problem, offer: int, cost_minor: int) -> Problem:
    """The problem with one offer at another landed cost, minor units >= 0."""
    cost = problem.cost.copy()
    cost[offer] = cost_minor
    return replace(problem, cost=cost)


def part(problem: Problem, offers: Positions) -> Problem:
    """The problem over some of its offers alone (sorted positions, renumbered from 0), as if the others were barred."""
    place = np.full(problem.offers, -1)
    place[offers] = np.arange(len(offers))

    def kept(some: Positions) -> Positions:
        there = place[some]
        return there[there >= 0]

    return replace(
        problem,
        creator=problem.creator[offers],
        cost=problem.cost[offers],
        exponents=problem.exponents[offers],
        gain=problem.gain[offers],
        waste=problem.waste[offers],
        contacts=problem.contacts[offers],
        rules=tuple(_over(rule, kept) for rule in problem.rules),
    )


def _over(rule: Rule, kept: Callable[[Positions], Positions]) -> Rule:
    """The rule over the offers that are kept."""
    if isinstance(rule, WasteShare):
        return rule
    if isinstance(rule, OnlyWith):
        return replace(rule, offers=kept(rule.offers), needed=tuple(map(kept, rule.needed)))
    if isinstance(rule, Distance):
        return replace(rule, offers=kept(rule.offers), others=kept(rule.others))
    return replace(rule, offers=kept(rule.offers))


def costing(problem: Problem, offer: int, least: int, most: int) -> Costing:
    """The problem with one offer at a landed cost of ``least``..``most`` minor units, 0 <= least <= most.

    Rows that a dearer offer makes harder to keep count it at ``least``. Rules that it makes easier (a lower side of
    spend, a share that others may have) would need ``most`` in the same plan: an offer of nobody, in every plan, costs
    the difference, is paid for by a budget as much higher, and belongs to the sets whose lower sides are to be reached
    but not to those whose upper sides are to be kept. Shares it distorts in favour of a plan, never against it; what
    they and the budget ask together, whatever the offer costs, are rules of their own.
    """
    at_least = at_cost(problem, offer, least)
    if least == most or not any(_loosened(rule, offer) for rule in problem.rules):
        return Costing(at_least, 0)
    shifted, extra = most - least, problem.offers
    last = int(problem.creator.max()) + 1
    wider = replace(
        at_least,
        creator=np.append(problem.creator, last),
        cost=np.append(at_least.cost, shifted),
        exponents=np.vstack([problem.exponents, np.zeros((1, len(problem.ceilings)))]),
        gain=np.append(problem.gain, 0.0),
        waste=np.append(problem.waste, 0.0),
        contacts=np.append(problem.contacts, 0.0),
        budget=problem.budget + shifted,
        rules=(),
    )
    rules = (split for rule in problem.rules for split in _sides(rule, offer, extra))
    within = (made for rule in problem.rules for made in _within_budget(rule, problem, offer))
    difference = Require("the difference", "require", np.array([extra]))
    return Costing(_with_rules(wider, *rules, *within, difference), shifted)


def _sides(rule: Rule, offer: int, extra: int) -> Iterator[Rule]:
    """The rule with the extra offer where it belongs; of two sides each is then a rule of its own."""
    if not isinstance(rule, Spend | SpendShare) or (isinstance(rule, Spend) and offer not in rule.offers):
        yield rule
        return
    if rule.most is not None:
        yield replace(rule, least=None)
    if rule.least is not None:
        name = rule.name if rule.most is None else f"{rule.name}, at least"
        yield replace(rule, name=name, most=None, offers=np.append(rule.offers, extra))


def _within_budget(rule: Rule, problem: Problem, offer: int) -> Iterator[Spend]:
    """What a rule that a dearer offer makes easier leaves to other offers when the offer costs all that they leave.

    The offer has at most the budget less what the others cost. With it among the offers on which ``least`` is to be
    spent, those that are not among them can have the budget less ``least``; of a share likewise.
    """
    if not isinstance(rule, Spend | SpendShare) or not _loosened(rule, offer):
        return
    offers, most = rule.offers, 0
    if offer in offers:
        offers = difference(np.arange(problem.offers), offers)
        least = rule.least or 0
        most = math.floor(problem.budget - least if isinstance(rule, Spend) else (1 - least) * problem.budget)
    elif isinstance(rule, SpendShare):
        most = math.floor((rule.most or 0) * problem.budget)
    yield Spend(f"{rule.name}, within the budget", "spend", offers, None, most)


def _loosened(rule: Rule, offer: int) -> bool:
    """Whether a higher cost of the offer can make the rule easier to keep."""
    if isinstance(rule, Spend):
        return rule.least is not None and offer in rule.offers
    if not isinstance(rule, SpendShare):
        return False
    if offer in rule.offers:
        return rule.least is not None and rule.least < 1
    return rule.most is not None and rule.most > Fraction(0)


def _with_rules(problem: Problem, *made: Rule) -> Problem:
    """The problem with more rules, whose names are changed where it has them already."""
    taken = {rule.name for rule in problem.rules}
    fresh = []
    for rule in made:
        name = rule.name
        while name in taken:
            name += "'"
        taken.add(name)
        fresh.append(rule if name == rule.name else replace(rule, name=name))
    return replace(problem, rules=(*problem.rules, *fresh))

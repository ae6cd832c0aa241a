"""The exhaustive oracle: every plan of a small problem, by the words of the rules and the formulas alone."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from optimizer.columns import Flags, Floats, Positions
from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.rules import Count, Distance, Filter, OnlyWith, Require, Rule, Spend, SpendShare, WasteShare
from optimizer.solution import Verdict


def every_plan(problem: Problem) -> Iterator[Positions]:
    """All plans with at most one offer per creator, the empty one included."""
    by_creator: dict[int, list[int | None]] = {}
    for offer, creator in enumerate(problem.creator.tolist()):
        by_creator.setdefault(creator, [None]).append(offer)
    for choice in product(*by_creator.values()):
        yield np.array([offer for offer in choice if offer is not None], np.int64)


def best_plan(problem: Problem) -> tuple[Positions, Verdict] | None:
    """The plan with the highest value (then the cheapest, then the smallest positions), None when there is none."""
    best: tuple[Positions, Verdict] | None = None
    for plan in every_plan(problem):
        verdict = judge(problem, plan)
        if not verdict.feasible:
            continue
        key = (-verdict.value, verdict.cost, plan.tolist())
        if best is None or key < (-best[1].value, best[1].cost, best[0].tolist()):
            best = plan, verdict
    return best


@dataclass(frozen=True, eq=False)
class AllPlans:
    """All P plans of a small problem as one table that owes nothing to the judge or the rows.

    chosen: (P, n). cost: (P,) Python integers. engaged, value: (P,). keeps: per rule name, "budget" and "goal"
    too, which plans keep it.
    """

    problem: Problem
    chosen: Flags
    cost: np.ndarray
    engaged: Floats
    value: Floats
    keeps: dict[str, Flags]

    @classmethod
    def of(cls, problem: Problem) -> "AllPlans":
        """Tabulate; as many plans as the product over creators of (offers + 1)."""
        plans = list(every_plan(problem))
        chosen = np.zeros((len(plans), problem.offers), np.bool_)
        for place, plan in enumerate(plans):
            chosen[place, plan] = True
        cost = chosen.astype(object) @ problem.cost.astype(object) if problem.offers else np.zeros(1, object)
        met = -np.expm1(-(chosen @ problem.exponents))
        engaged = met @ problem.ceilings + chosen @ problem.gain
        net = engaged - problem.waste_aversion * (chosen @ problem.waste)
        keeps = {"budget": np.asarray(cost <= problem.budget, np.bool_)}
        if problem.goal is not None:
            keeps["goal"] = engaged >= problem.goal * (1 - 1e-9)
        keeps |= {rule.name: _keeps(problem, chosen, cost, rule) for rule in problem.rules}
        return cls(problem, chosen, cost, engaged, net if problem.goal is None else -cost.astype(float), keeps)

    def keeping(self, names: Collection[str]) -> Flags:
        """The plans that keep all the named rules."""
        kept = np.ones(len(self.chosen), np.bool_)
        for name in names:
            kept &= self.keeps[name]
        return kept

    @property
    def feasible(self) -> Flags:
        """The plans that keep everything."""
        return self.keeping(self.keeps)

    @property
    def best_value(self) -> float | None:
        """The highest value of a feasible plan, None when there is none."""
        return float(self.value[self.feasible].max()) if self.feasible.any() else None

    def plan(self, place: int) -> Positions:
        """One plan as positions of offers."""
        return np.flatnonzero(self.chosen[place])


def _keeps(problem: Problem, chosen: Flags, cost: np.ndarray, rule: Rule) -> Flags:
    if isinstance(rule, Count):
        number = _creators(problem, chosen, rule.offers)
        return _between(number, rule.least, rule.most)
    if isinstance(rule, Spend):
        return _between(_spent(problem, chosen, rule.offers), rule.least, rule.most)
    if isinstance(rule, SpendShare):
        matched = _spent(problem, chosen, rule.offers)
        least = True if rule.least is None else matched >= rule.least * cost
        most = True if rule.most is None else matched <= rule.most * cost
        return np.asarray(np.logical_and(least, most) | (cost == 0), np.bool_)
    if isinstance(rule, WasteShare):
        return np.asarray(chosen @ problem.waste <= (rule.most + 1e-9) * (chosen @ problem.contacts))
    if isinstance(rule, Filter):
        return np.asarray(~chosen[:, rule.offers].any(axis=1))
    if isinstance(rule, Require):
        return np.asarray(chosen[:, rule.offers].any(axis=1))
    if isinstance(rule, Distance):
        missing, extra = ~chosen[:, rule.offers], chosen[:, rule.others]
        given = missing.sum(axis=1) - (len(rule.offers) - rule.size)
        return _between(given + extra.sum(axis=1), rule.least, rule.most)
    assert isinstance(rule, OnlyWith)
    company = [chosen[:, group].any(axis=1) for group in rule.needed]
    together = np.logical_and.reduce([np.ones(len(chosen), np.bool_), *company])
    return np.asarray(~chosen[:, rule.offers].any(axis=1) | together)


def _creators(problem: Problem, chosen: Flags, offers: Positions) -> np.ndarray:
    """How many different creators have a chosen offer among some: (P,)."""
    number = np.zeros(len(chosen), np.int64)
    for creator in np.unique(problem.creator[offers]):
        number += chosen[:, offers[problem.creator[offers] == creator]].any(axis=1)
    return number


def _spent(problem: Problem, chosen: Flags, offers: Positions) -> np.ndarray:
    """Money spent on some offers: (P,) Python integers."""
    if not len(offers):
        return np.zeros(len(chosen), object)
    return np.asarray(chosen[:, offers].astype(object) @ problem.cost[offers].astype(object))


def _between(figure: np.ndarray, least: int | None, most: int | None) -> Flags:
    low = True if least is None else figure >= least
    high = True if most is None else figure <= most
    return np.asarray(np.logical_and(low, high) & np.ones(len(figure), np.bool_), np.bool_)

"""At which cost an offer would enter or leave the best plan, and what forcing it in costs: estimates from the proof.

The exact figure takes one integer program per offer; these take one pass over all offers.
"""

from dataclasses import dataclass

import numpy as np

from optimizer.columns import Flags, Floats, Positions
from optimizer.problem import Problem
from optimizer.rules import Count, Distance, Filter, OnlyWith, Require, Spend, SpendShare, WasteShare
from optimizer.solution import Duals

SMALLEST_PRICE = 1e-12
"""Net value per minor unit below which money counts as having no price."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What the objective and the proof make of people and contacts, in units of value.

    person: value of one engaged person: 1, or the goal's price when cost is minimised.
    waste: what the objective takes for one wasted contact. waste_by_rules: what waste_share rules charge on top.
    """

    person: float
    waste: float
    waste_by_rules: float

    @classmethod
    def of(cls, problem: Problem, duals: Duals | None) -> "Weights":
        """The weights under these prices; without prices rules charge nothing."""
        prices = {} if duals is None else duals.rules
        by_rules = sum(prices.get(rule.name, 0.0) for rule in problem.rules if isinstance(rule, WasteShare))
        if problem.goal is None:
            return cls(1.0, problem.waste_aversion, by_rules)
        return cls(-prices.get("goal", 0.0), 0.0, by_rules)


def charges(problem: Problem, duals: Duals | None) -> Floats:
    """What the prices charge each offer for its cost and for what rules count of it: float64 (n,), value.

    ``mu cost_o + sum_r nu_r a_ro``; when cost is minimised its own weight is in it. Negative where rules ask
    for offers like it. What an only_with rule gives to each of several needed creators is not told apart in the
    prices and is left out.
    """
    if duals is None:
        return np.zeros(problem.offers) if problem.goal is None else problem.cost.astype(np.float64)
    charge = price_of_money(problem, duals) * problem.cost
    for rule in problem.rules:
        price = duals.rules.get(rule.name, 0.0)
        if not price:
            continue
        if isinstance(rule, WasteShare):
            charge += price * (problem.waste - rule.most * problem.contacts)
        elif isinstance(rule, Count | Require | OnlyWith):
            charge[rule.offers] += price
            if isinstance(rule, OnlyWith) and len(rule.needed) == 1:
                charge[rule.needed[0]] -= price
        elif isinstance(rule, Distance):
            sign = 1.0 if rule.most is None else -1.0  # as in its row
            charge[rule.others] += sign * price
            charge[rule.offers] -= sign * price
    return charge


def threshold_costs(problem: Problem, plan: Positions, duals: Duals) -> Floats:
    """Landed cost, minor units, up to which each offer belongs to the best plan: float64 (n,), 0..budget.

    For a chosen offer the drop-out cost, at least its cost; for another the entry cost, at most its cost:

        cost_o + (d_o - a_o) / p_o

    with d_o the reduced profit, a_o the reduced profit of the best thing that could be had of the creator
    instead (another offer, or nothing = 0), and p_o what one more minor unit of its cost takes away: the price
    of the budget plus what the rules on spend charge. NaN where p_o is 0, where no cost >= 0 would do, where a
    filter removes the offer and where a rule requires it.
    """
    money = price_of_money(problem, duals)
    out = _touched_by(problem, Filter)
    profit = reduced_profits(problem, duals)
    gain = profit - _best_instead(problem, profit, out | (problem.cost > problem.budget))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        threshold = problem.cost + gain / money
    chosen = np.zeros(problem.offers, np.bool_)
    chosen[plan] = True
    threshold = np.where(chosen, np.maximum(threshold, problem.cost), np.minimum(threshold, problem.cost))
    threshold = np.minimum(threshold, problem.budget)
    nothing = (money <= SMALLEST_PRICE) | (threshold < 0) | out | (chosen & _touched_by(problem, Require))
    return np.where(nothing, np.nan, threshold)


def losses_if_forced(problem: Problem, plan: Positions, duals: Duals) -> Floats:
    """Estimate of what the best plan would be worth less if a rule required each offer: float64 (n,), value.

    By how much its reduced profit falls short of the best that its creator has to offer (another offer, or
    nothing = 0); 0 for a chosen offer. The true loss falls short of it by the gap of the relaxation at most. NaN where
    the offer cannot be forced in: a filter removes it, or its cost exceeds the budget.
    """
    barred = _touched_by(problem, Filter) | (problem.cost > problem.budget)
    profit = reduced_profits(problem, duals)
    loss = np.maximum(_best_instead(problem, profit, barred) - profit, 0.0)
    loss[plan] = 0.0
    return np.where(barred, np.nan, loss)


def reduced_profits(problem: Problem, duals: Duals) -> Floats:
    """What each offer is worth beyond what it is charged: float64 (n,), value; also of offers that are closed.

    d_o of the proof, computed anew where the solver left an offer out (filtered, or dearer than the budget).
    """
    shut = np.flatnonzero(~np.isfinite(duals.reduced_profit))
    if not len(shut):
        return duals.reduced_profit
    weights = Weights.of(problem, duals)
    profit = duals.reduced_profit.copy()
    profit[shut] = problem.exponents[shut] @ duals.segments + weights.person * problem.gain[shut]
    profit[shut] -= weights.waste * problem.waste[shut] + charges(problem, duals)[shut]
    return profit


def price_of_money(problem: Problem, duals: Duals) -> Floats:
    """Value that one more minor unit of an offer's cost takes away: float64 (n,)."""
    # when cost itself is minimised, a minor unit is also one unit of value
    money = np.full(problem.offers, duals.budget + (0.0 if problem.goal is None else 1.0))
    for rule in problem.rules:
        price = duals.rules.get(rule.name, 0.0)
        if price and isinstance(rule, Spend):
            money[rule.offers] += price
        elif price and isinstance(rule, SpendShare):
            side = rule.most if price > 0 else rule.least
            money[rule.offers] += price
            money -= price * float(side or 0)
    return money


def _best_instead(problem: Problem, profit: Floats, barred: Flags) -> Floats:
    """The highest of 0 and the profits of the creator's other offers that are not barred: float64 (n,)."""
    if not problem.offers:
        return profit.copy()
    first = np.flatnonzero(np.diff(problem.creator, prepend=-1))
    size = np.diff(np.append(first, problem.offers))
    open_profit = np.where(barred, 0.0, np.maximum(profit, 0.0))
    best = np.repeat(np.maximum.reduceat(open_profit, first), size)
    # the creator's best offer is compared with the second best: leave the first that is best out, once
    place = np.arange(problem.offers)
    leader = np.repeat(np.minimum.reduceat(np.where(open_profit == best, place, problem.offers), first), size)
    leads = place == leader
    second = np.repeat(np.maximum.reduceat(np.where(leads, 0.0, open_profit), first), size)
    return np.where(leads, second, best)


def _touched_by(problem: Problem, kind: type[Filter] | type[Require]) -> Flags:
    touched = np.zeros(problem.offers, np.bool_)
    for rule in problem.rules:
        if isinstance(rule, kind):
            touched[rule.offers] = True
    return touched

"""Why an offer is not in the plan: codes that are true of it, for all offers at once."""

from collections.abc import Iterator

import numpy as np

from optimizer.answers.explain import engaged_alone_and_on_top, in_plan, on_target_shares
from optimizer.answers.prices import Weights, charges
from optimizer.columns import Flags, Floats, LabelSets, Positions
from optimizer.problem import Problem
from optimizer.rules import SHARE_TOLERANCE, Count, Distance, Filter, OnlyWith, Rule, Spend, SpendShare, WasteShare
from optimizer.solution import Solution

_ROUNDING = 1e-9
"""Relative allowance when a float64 value is compared with the proven bound."""


def reasons(problem: Problem, solution: Solution) -> LabelSets:
    """Reason codes of each of the n offers; none for a chosen one, one or more for every other.

    Facts of the offer alone:
      price_above_budget       its landed cost exceeds the whole budget
      filtered:<rule>          that filter (an exclude is one) removes it
    Facts of the offer and the plan:
      other_offer_chosen       the plan has another offer of its creator
    For an offer that none of these concerns, "adding" means the plan plus this offer:
      rule:<name>              adding it breaks that rule
      better_value_elsewhere   adding it exceeds the budget, or brings no more than what is still open between the
                               plan's value and the proven bound; when cost is minimised it always holds, since
                               the plan reaches the goal without it
    and, with its *worth* = engaged reach on top of the plan - waste charge - what the prices of the proof charge for
    its cost and rules, where that is <= 0:
      audience_already_reached  with its engaged reach alone, before overlap with the plan, its worth is > 0
      low_on_target_share       its share of contacts in the target group is below the plan's, and it is 0 or with
                                the plan's share (engaged reach in proportion, waste to match) its worth is > 0.
                                With a plan without contacts it is compared with a share of 1.
    Without a plan only the facts of the offer alone are given. Codes stand in the order above.
    """
    found = list(_facts(problem))
    if solution.plan is not None:
        found += _next_to_plan(problem, solution, solution.plan, found)
    names = tuple(dict.fromkeys(name for name, _ in found))
    code = {name: index for index, name in enumerate(names)}
    offer = np.concatenate([offers for _, offers in found] or [np.zeros(0, np.int64)])
    label = np.repeat(np.array([code[name] for name, _ in found], np.int32), [len(offers) for _, offers in found])
    order = np.argsort(offer, kind="stable")
    start = np.concatenate(([0], np.cumsum(np.bincount(offer, minlength=problem.offers))))
    return LabelSets(start, label[order], names)


Found = tuple[str, Positions]
"""A code and the offers it is true of."""


def _facts(problem: Problem) -> Iterator[Found]:
    yield "price_above_budget", np.flatnonzero(problem.cost > problem.budget)
    for rule in problem.rules:
        if isinstance(rule, Filter):
            yield f"filtered:{rule.name}", rule.offers


def _next_to_plan(problem: Problem, solution: Solution, plan: Positions, facts: list[Found]) -> Iterator[Found]:
    chosen = in_plan(problem, plan)
    taken = np.zeros(int(problem.creator.max(initial=-1)) + 1, np.bool_)
    taken[problem.creator[plan]] = True
    taken_creator = taken[problem.creator]
    yield "other_offer_chosen", np.flatnonzero(taken_creator & ~chosen)
    free = ~taken_creator
    for _, offers in facts:
        free[offers] = False
    explained = np.zeros(problem.offers, np.bool_)
    for rule in problem.rules:
        broken = _broken_by_adding(problem, chosen, rule, free)
        explained[broken] = True
        yield f"rule:{rule.name}", broken
    yield from _by_value(problem, solution, plan, np.flatnonzero(free), explained)


def _broken_by_adding(problem: Problem, chosen: Flags, rule: Rule, free: Flags) -> Positions:
    """The free offers (of creators that are not in the plan) with which the plan would break the rule.

    chosen, free: bool (n,). A rule about few offers costs no more than those.
    """
    if isinstance(rule, Count) and rule.most is not None and np.count_nonzero(chosen[rule.offers]) >= rule.most:
        return rule.offers[free[rule.offers]]
    if isinstance(rule, Spend) and rule.most is not None:
        inside = rule.offers[free[rule.offers]]
        return inside[problem.cost[inside] > rule.most - _spent(problem, rule.offers[chosen[rule.offers]])]
    if isinstance(rule, SpendShare):
        offers = np.flatnonzero(free)
        return offers[_breaks_share(problem, chosen, rule, offers)]
    if isinstance(rule, WasteShare):
        offers = np.flatnonzero(free)
        waste = problem.waste[chosen].sum() + problem.waste[offers]
        contacts = problem.contacts[chosen].sum() + problem.contacts[offers]
        return np.asarray(offers[waste > (rule.most + SHARE_TOLERANCE) * contacts])
    if isinstance(rule, OnlyWith) and not all(chosen[group].any() for group in rule.needed):
        return rule.offers[free[rule.offers]]
    if isinstance(rule, Distance):
        distance = rule.size - np.count_nonzero(chosen[rule.offers]) + np.count_nonzero(chosen[rule.others])
        if rule.most is not None and distance >= rule.most:
            return rule.others[free[rule.others]]
        if rule.least is not None and distance <= rule.least:
            return rule.offers[free[rule.offers]]
    return np.zeros(0, np.int64)


def _breaks_share(problem: Problem, chosen: Flags, rule: SpendShare, offers: Positions) -> Flags:
    cost = problem.cost[offers]
    inside = np.zeros(problem.offers, np.bool_)
    inside[rule.offers] = True
    matched = _spent(problem, rule.offers[chosen[rule.offers]]) + np.where(inside[offers], cost, 0)
    spend = _spent(problem, np.flatnonzero(chosen)) + cost
    broken = np.zeros(len(offers), np.bool_)
    if rule.least is not None:
        broken |= _below(matched, rule.least.denominator, spend, rule.least.numerator)
    if rule.most is not None:
        broken |= _below(spend, rule.most.numerator, matched, rule.most.denominator)
    return broken


def _below(left: Positions, by_left: int, right: Positions, by_right: int) -> Flags:
    """Whether left x by_left < right x by_right, exactly, for int64 >= 0 of any size."""
    if max(int(left.max(initial=0)) * by_left, int(right.max(initial=0)) * by_right) < 1 << 63:
        return np.asarray(left * by_left < right * by_right)
    pairs = zip(left.tolist(), right.tolist(), strict=True)
    return np.fromiter((one * by_left < other * by_right for one, other in pairs), np.bool_, len(left))


def _spent(problem: Problem, offers: Positions) -> int:
    return int(problem.cost[offers].sum())


def _by_value(
    problem: Problem, solution: Solution, plan: Positions, free: Positions, explained: Flags
) -> Iterator[Found]:
    weights = Weights.of(problem, solution.duals)
    waste = problem.waste[free]
    charge = charges(problem, solution.duals)[free]
    alone, on_top = (people[free] for people in engaged_alone_and_on_top(problem, plan))
    unworthy = weights.person * on_top - weights.waste * waste <= charge
    worth_alone = weights.person * alone - weights.waste * waste - charge
    yield "low_on_target_share", free[unworthy & _low_share(problem, plan, free, weights, on_top, charge)]
    yield "audience_already_reached", free[unworthy & (worth_alone > 0)]
    gain = on_top - problem.waste_aversion * waste
    no_gain = _no_gain(problem, solution, gain) | (problem.cost[free] > problem.budget - _spent(problem, plan))
    yield "better_value_elsewhere", free[no_gain | ~explained[free]]


def _low_share(
    problem: Problem, plan: Positions, free: Positions, weights: Weights, on_top: Floats, charge: Floats
) -> Flags:
    """Whether an offer's share of contacts in the target group is below the plan's, and decides."""
    own = on_target_shares(problem)[free]
    total = problem.contacts[plan].sum()
    usual = 1 - problem.waste[plan].sum() / total if total else 1.0
    waste, waste_as_usual = problem.waste[free], problem.contacts[free] * (1 - usual)
    with np.errstate(divide="ignore", invalid="ignore"):
        gain_as_usual = weights.person * on_top * usual / own - weights.waste * waste_as_usual
    charge_as_usual = charge - weights.waste_by_rules * (waste - waste_as_usual)
    return np.asarray((own < usual) & ((own == 0) | (gain_as_usual > charge_as_usual)))


def _no_gain(problem: Problem, solution: Solution, gain: Floats) -> Flags:
    """Whether a gain in net value is within what the proof leaves open."""
    if problem.goal is not None or solution.verdict is None or solution.best_bound is None:
        return np.ones(len(gain), np.bool_)
    value = solution.verdict.value
    return gain <= max(solution.best_bound - value, 0.0) + _ROUNDING * max(abs(value), 1.0)

"""The judge: a plan's cost, rules and value from the formulas alone.

It has never met the solver: it reads the problem and a plan, nothing else. Money and counts are
Python integers and fractions, so a plan that overspends by one minor unit is refused. ``solve``
reports no plan that the judge rejects, and every figure of an answer is the judge's.
"""

from fractions import Fraction

import numpy as np

from optimizer.columns import Positions
from optimizer.problem import Problem
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
from optimizer.solution import RuleCheck, Verdict

GOAL_TOLERANCE = 1e-9
"""Relative shortfall at which an engaged-reach goal still counts as reached."""


def judge(problem: Problem, plan: Positions) -> Verdict:
    """Recompute everything a plan promises: int64 positions of offers, strictly increasing.

    Raises ValueError when ``plan`` is not such positions or takes two offers of one creator, which
    no rule of a brief can name.
    """
    _check_shape(problem, plan)
    segment_engaged = problem.ceilings * -np.expm1(-problem.exponents[plan].sum(axis=0))
    engaged = float(segment_engaged.sum() + problem.gain[plan].sum())
    waste = float(problem.waste[plan].sum())
    contacts = float(problem.contacts[plan].sum())
    cost = sum(problem.cost[plan].tolist())
    net = engaged - problem.waste_aversion * waste
    checks = [RuleCheck("budget", "budget", cost, None, problem.budget, cost <= problem.budget)]
    if problem.goal is not None:
        reached = engaged >= problem.goal * (1 - GOAL_TOLERANCE)
        checks.append(RuleCheck("goal", "goal", engaged, problem.goal, None, reached))
    checks += [_check(problem, plan, rule, cost, waste, contacts) for rule in problem.rules]
    return Verdict(
        cost=cost,
        engaged_reach=engaged,
        waste=waste,
        contacts=contacts,
        net=net,
        value=net if problem.goal is None else -float(cost),
        segment_engaged=segment_engaged,
        checks=tuple(checks),
    )


def _check_shape(problem: Problem, plan: Positions) -> None:
    if plan.size and (plan[0] < 0 or plan[-1] >= problem.offers or np.any(np.diff(plan) <= 0)):
        raise ValueError("a plan is strictly increasing positions of offers")
    if np.any(np.diff(problem.creator[plan]) == 0):
        raise ValueError("a plan takes at most one offer of a creator")


def _check(problem: Problem, plan: Positions, rule: Rule, cost: int, waste: float, contacts: float) -> RuleCheck:
    if isinstance(rule, Count):
        return _between(rule, len(_among(plan, rule.offers)), rule.least, rule.most)
    if isinstance(rule, Spend):
        return _between(rule, sum(problem.cost[_among(plan, rule.offers)].tolist()), rule.least, rule.most)
    if isinstance(rule, SpendShare):
        return _spend_share(problem, plan, rule, cost)
    if isinstance(rule, WasteShare):
        holds = waste <= (rule.most + SHARE_TOLERANCE) * contacts
        return RuleCheck(rule.name, rule.kind, waste / contacts if contacts else None, None, rule.most, holds)
    if isinstance(rule, Filter):
        return _between(rule, len(_among(plan, rule.offers)), None, 0)
    if isinstance(rule, Require):
        return _between(rule, len(_among(plan, rule.offers)), 1, None)
    if isinstance(rule, Distance):
        distance = rule.size - len(_among(plan, rule.offers)) + len(_among(plan, rule.others))
        return _between(rule, distance, rule.least, rule.most)
    return _only_with(plan, rule)


def _among(plan: Positions, offers: Positions) -> Positions:
    """The chosen positions that are in the sorted ``offers``."""
    if not len(offers):
        return plan[:0]
    at = np.minimum(np.searchsorted(offers, plan), len(offers) - 1)
    return np.asarray(plan[offers[at] == plan])


def _between(rule: Rule, activity: int, least: int | None, most: int | None) -> RuleCheck:
    holds = (least is None or activity >= least) and (most is None or activity <= most)
    return RuleCheck(rule.name, rule.kind, activity, least, most, holds)


def _spend_share(problem: Problem, plan: Positions, rule: SpendShare, cost: int) -> RuleCheck:
    matched = sum(problem.cost[_among(plan, rule.offers)].tolist())
    holds = (rule.least is None or matched >= rule.least * cost) and (rule.most is None or matched <= rule.most * cost)
    least, most = (None if side is None else float(side) for side in (rule.least, rule.most))
    return RuleCheck(rule.name, rule.kind, float(Fraction(matched, cost)) if cost else None, least, most, holds)


def _only_with(plan: Positions, rule: OnlyWith) -> RuleCheck:
    chosen = len(_among(plan, rule.offers))
    missing = sum(not len(_among(plan, group)) for group in rule.needed) if chosen else 0
    return RuleCheck(rule.name, rule.kind, missing, None, 0, missing == 0)

"""Why some creators cannot make a plan by themselves: often one rule says it, and nothing has to be solved."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from optimizer.answers.explain import in_plan
from optimizer.clock import Clock
from optimizer.columns import Flags
from optimizer.conflicts import find_conflicts
from optimizer.problem import Problem
from optimizer.rule_rows import closed
from optimizer.rules import SHARE_TOLERANCE, Count, Require, Rule, Spend, SpendShare, WasteShare
from optimizer.solution import Limits
from optimizer.solve import solve

MOST_TIME_S = 5.0
"""What looking for a clash may take: an explanation, not the answer."""


def payable(problem: Problem) -> Flags:
    """The offers that the budget pays and no filter removes: bool (n,)."""
    paid = np.asarray(problem.cost <= problem.budget)
    paid[closed(problem)] = False
    return paid


def with_somebody(problem: Problem) -> tuple[Problem, str]:
    """The problem of the plans that are not empty, and the name of the rule that says so."""
    name = "at least one"
    while any(rule.name == name for rule in problem.rules):
        name += "."
    somebody = Count(name, "count", np.arange(problem.offers), 1, None)
    return replace(problem, rules=(*problem.rules, somebody)), name


def hopeless(problem: Problem, somebody: bool) -> tuple[str, ...]:
    """The first rule that no plan keeps whatever else it does, as far as that is seen without solving anything.

    somebody: no plan but the empty one. Offers that the budget does not pay and those that filters remove are in none.
    """
    able = payable(problem)
    for rule in problem.rules:
        if _beyond(problem, rule, able) or (somebody and _kept_by_nobody_only(problem, rule, able)):
            return (rule.name,)
    return ()


def clash(
    problem: Problem, limits: Limits, somebody: bool = False, should_stop: Callable[[], bool] | None = None
) -> tuple[str, ...]:
    """Names of a minimal set of rules that no plan keeps together ("budget" and "goal" among them).

    Of a problem that has no plan; with ``somebody`` of one that has none but the empty one. A rule that is hopeless
    with what the budget pays and the filters leave stands alone, without naming those. Empty where no clash is found
    in time.
    """
    known = hopeless(problem, somebody)
    if known:
        return known
    name = None
    if somebody:
        problem, name = with_somebody(problem)
    with Clock(min(limits.time_limit_s, MOST_TIME_S), should_stop) as clock:
        names = find_conflicts(problem, limits, clock, solve).names or ()
    return tuple(rule for rule in names if rule != name)


def _beyond(problem: Problem, rule: Rule, able: Flags) -> bool:
    """Whether all that can be chosen together does not come up to the rule's lower side."""
    if isinstance(rule, Require):
        return not able[rule.offers].any()
    if not isinstance(rule, Count | Spend) or rule.least is None:
        return False
    inside = rule.offers[able[rule.offers]]
    first = np.flatnonzero(np.diff(problem.creator[inside], prepend=-1))
    if isinstance(rule, Count):
        return len(first) < rule.least
    dearest = np.maximum.reduceat(problem.cost[inside], first) if len(first) else inside
    return bool(sum(dearest.tolist()) < rule.least)


def _kept_by_nobody_only(problem: Problem, rule: Rule, able: Flags) -> bool:
    """Whether a rule on shares is broken by every offer that can be chosen, and so by all of them together."""
    if isinstance(rule, WasteShare):
        return bool(np.all(problem.waste[able] > (rule.most + SHARE_TOLERANCE) * problem.contacts[able]))
    if not isinstance(rule, SpendShare) or not np.all(problem.cost[able] > 0):
        return False
    inside = in_plan(problem, rule.offers)[able]
    none_and_wanted = rule.least is not None and rule.least > 0 and not inside.any()
    all_and_limited = rule.most is not None and rule.most < 1 and bool(inside.all())
    return none_and_wanted or all_and_limited

"""The problem of some offers alone."""

from dataclasses import replace

import numpy as np

from optimizer.columns import Positions
from optimizer.problem import Problem
from optimizer.rules import Distance, OnlyWith, Rule, WasteShare


def part_of(problem: Problem, offers: Positions) -> Problem:
    """The problem in which nothing but ``offers`` (sorted positions) can be chosen, renumbered from 0.

    Rules keep their names and sides and look at what is left of their sets, so a rule that requires an offer which
    is not there cannot be kept. A plan of the part is ``offers[plan]`` in the whole, with the same figures.
    """

    def left(some: Positions) -> Positions:
        at = np.searchsorted(offers, some)
        inside = at < len(offers)
        inside[inside] = offers[at[inside]] == some[inside]
        return at[inside]

    def restricted(rule: Rule) -> Rule:
        if isinstance(rule, WasteShare):
            return rule
        if isinstance(rule, OnlyWith):
            return replace(rule, offers=left(rule.offers), needed=tuple(map(left, rule.needed)))
        if isinstance(rule, Distance):
            return replace(rule, offers=left(rule.offers), others=left(rule.others))
        return replace(rule, offers=left(rule.offers))

    columns = ("creator", "cost", "exponents", "gain", "waste", "contacts")
    return replace(
        problem,
        **{name: getattr(problem, name)[offers] for name in columns},
        rules=tuple(map(restricted, problem.rules)),
    )

"""The limits that one side of a rule can be moved to, as whole steps, each looser than the one before.

An infeasible problem asks how far a limit has to move. On a ladder that is a whole number: creators, minor units,
millionths of a share, or the offers that a filter removes by their figures, the nearest miss first.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np

from optimizer.columns import Floats, Positions
from optimizer.problem import Problem
from optimizer.rules import SHARE_TOLERANCE, Count, Distance, Filter, Rule, Spend, SpendShare, WasteShare

Side = Literal["min", "max"]

PER_SHARE = 10**6
"""Steps of a share from 0 to 1: limits are given with six decimals."""


@dataclass(frozen=True, eq=False, slots=True)
class Threshold:
    """What a filter compares: side and limit as the brief has them; figures float64 of the offers it removes.

    figures are in the order of the rule's offers, NaN where an offer does not state it.
    """

    side: Side
    limit: float
    figures: Floats


@dataclass(frozen=True, eq=False, slots=True)
class Ladder:
    """One side of a rule; ``shut`` is its limit now (or a tighter one), ``wide`` the loosest there is.

    name, kind: the rule's. side: None where there is no number. origin: the limit as the rule has it.
    """

    problem: Problem
    rule: Rule
    side: Side | None
    origin: float | None
    shut: int
    wide: int

    @property
    def linear(self) -> bool:
        """Whether the plan that ``weights`` make the lightest needs the fewest steps."""
        return False

    def loosened(self, at: int) -> Problem:
        """The problem with the limit at a step; at ``wide`` of a rule without a number the rule is dropped."""
        rule = self.rule_at(at)
        rules = (rule if each is self.rule else each for each in self.problem.rules)
        return replace(self.problem, rules=tuple(each for each in rules if each is not None))

    def rule_at(self, at: int) -> Rule | None:
        """The rule with the limit at a step, None where it is dropped."""
        return None if at == self.wide else self.rule

    def reached(self, plan: Positions) -> int:
        """The tightest step whose limit a plan keeps that keeps every other rule."""
        del plan
        return self.wide

    def weights(self, at: int) -> Floats | None:
        """float64 (n,): plans that weigh less need fewer steps, seen from a step; None where nothing such is known."""
        del at
        return None

    def figure(self, at: int) -> float | None:
        """The limit at a step, in the unit of ``origin``; None where the rule is dropped."""
        del at
        return None


class _Amounts(Ladder):
    """Creators or minor units, one a step."""

    __slots__ = ()

    @property
    def linear(self) -> bool:
        return True

    def rule_at(self, at: int) -> Rule | None:
        assert isinstance(self.rule, Count | Spend)  # noqa: S101 - made by ``ladders`` alone
        return replace(self.rule, least=at) if self.side == "min" else replace(self.rule, most=at)

    def reached(self, plan: Positions) -> int:
        chosen = np.isin(plan, _offers(self.rule))
        return sum(_whole(self.problem, self.rule)[plan[chosen]].tolist())

    def weights(self, at: int) -> Floats | None:
        del at
        weights = np.zeros(self.problem.offers)
        inside = _offers(self.rule)
        weights[inside] = _whole(self.problem, self.rule)[inside] * (-1.0 if self.side == "min" else 1.0)
        return weights

    def figure(self, at: int) -> float | None:
        return at


class _Changes(Ladder):
    """Changes from a given plan, one a step."""

    __slots__ = ()

    @property
    def linear(self) -> bool:
        return True

    def rule_at(self, at: int) -> Rule | None:
        return replace(self._given, least=at) if self.side == "min" else replace(self._given, most=at)

    def reached(self, plan: Positions) -> int:
        given = self._given
        return given.size - int(np.isin(plan, given.offers).sum()) + int(np.isin(plan, given.others).sum())

    def weights(self, at: int) -> Floats | None:
        del at
        weights, sign = np.zeros(self.problem.offers), -1.0 if self.side == "min" else 1.0
        weights[self._given.others] = sign
        weights[self._given.offers] = -sign
        return weights

    def figure(self, at: int) -> float | None:
        return at

    @property
    def _given(self) -> Distance:
        assert isinstance(self.rule, Distance)  # noqa: S101 - made by ``ladders`` alone
        return self.rule


class _ShareOfSpend(Ladder):
    __slots__ = ()

    def rule_at(self, at: int) -> Rule | None:
        assert isinstance(self.rule, SpendShare)  # noqa: S101 - made by ``ladders`` alone
        share = Fraction(at, PER_SHARE)
        return replace(self.rule, least=share) if self.side == "min" else replace(self.rule, most=share)

    def reached(self, plan: Positions) -> int:
        cost = self.problem.cost
        whole, part = (sum(cost[some].tolist()) for some in (plan, plan[np.isin(plan, _offers(self.rule))]))
        share = Fraction(part * PER_SHARE, whole) if whole else Fraction(self.wide)
        return math.floor(share) if self.side == "min" else math.ceil(share)

    def weights(self, at: int) -> Floats | None:
        inside = np.zeros(self.problem.offers)
        inside[_offers(self.rule)] = 1.0
        surplus = (inside - at / PER_SHARE) * self.problem.cost
        return -surplus if self.side == "min" else surplus

    def figure(self, at: int) -> float | None:
        return at / PER_SHARE


class _ShareOfWaste(Ladder):
    __slots__ = ()

    def rule_at(self, at: int) -> Rule | None:
        assert isinstance(self.rule, WasteShare)  # noqa: S101 - made by ``ladders`` alone
        return replace(self.rule, most=at / PER_SHARE)

    def reached(self, plan: Positions) -> int:
        contacts = float(self.problem.contacts[plan].sum())
        share = float(self.problem.waste[plan].sum()) / contacts if contacts else 0.0
        return math.ceil((share - SHARE_TOLERANCE) * PER_SHARE)

    def weights(self, at: int) -> Floats | None:
        return self.problem.waste - at / PER_SHARE * self.problem.contacts

    def figure(self, at: int) -> float | None:
        return at / PER_SHARE


@dataclass(frozen=True, eq=False, slots=True)
class _Removed(Ladder):
    """A filter on a figure. levels: distinct figures of the removed offers, the nearest miss first.

    level: int64, of each removed offer, its place in levels, or their number where it states no figure.
    """

    levels: Floats
    level: Positions

    def rule_at(self, at: int) -> Rule | None:
        assert isinstance(self.rule, Filter)  # noqa: S101 - made by ``ladders`` alone
        return replace(self.rule, offers=self.rule.offers[self.level >= at]) if at <= len(self.levels) else None

    def reached(self, plan: Positions) -> int:
        return int(self.level[np.isin(_offers(self.rule), plan)].max(initial=self.shut)) + 1

    def figure(self, at: int) -> float | None:
        return float(self.levels[at - 1]) if at <= len(self.levels) else None


def ladders(problem: Problem, rule: Rule, threshold: Threshold | None) -> Iterator[Ladder]:
    """Every single change of a rule; threshold: what it compares, where it is a filter on a figure."""
    if isinstance(rule, Count | Spend):
        most = sum(_whole(problem, rule)[rule.offers].tolist())
        if rule.least is not None:
            yield _Amounts(problem, rule, "min", rule.least, rule.least, 0)
        if rule.most is not None:
            yield _Amounts(problem, rule, "max", rule.most, rule.most, max(most, rule.most))
    elif isinstance(rule, Distance):
        if rule.least is not None:
            yield _Changes(problem, rule, "min", rule.least, rule.least, 0)
        if rule.most is not None:
            yield _Changes(problem, rule, "max", rule.most, rule.most, max(rule.size + len(rule.others), rule.most))
    elif isinstance(rule, SpendShare):
        if rule.least is not None:
            yield _ShareOfSpend(problem, rule, "min", float(rule.least), math.ceil(rule.least * PER_SHARE), 0)
        if rule.most is not None:
            shut = math.floor(rule.most * PER_SHARE)
            yield _ShareOfSpend(problem, rule, "max", float(rule.most), shut, PER_SHARE)
    elif isinstance(rule, WasteShare):
        shut = math.floor(rule.most * PER_SHARE)
        shut += (shut + 1) / PER_SHARE <= rule.most  # 0.29 times a million is a little less than 290 000
        yield _ShareOfWaste(problem, rule, "max", rule.most, shut, PER_SHARE)
    elif isinstance(rule, Filter) and threshold is not None:
        yield _by_figure(problem, rule, threshold)
    else:
        yield Ladder(problem, rule, None, None, 0, 1)


def _by_figure(problem: Problem, rule: Filter, threshold: Threshold) -> Ladder:
    towards = 1.0 if threshold.side == "max" else -1.0
    stated = ~np.isnan(threshold.figures)
    levels, place = np.unique(towards * threshold.figures[stated], return_inverse=True)
    level = np.full(len(rule.offers), len(levels))
    level[stated] = place
    wide = len(levels) + (0 if stated.all() else 1)
    return _Removed(problem, rule, threshold.side, threshold.limit, 0, wide, towards * levels, level)


def _offers(rule: Rule) -> Positions:
    if isinstance(rule, WasteShare):
        raise TypeError("a rule on waste is about all offers")
    return rule.offers


def _whole(problem: Problem, rule: Rule) -> Positions:
    """What each offer counts in a rule on creators or money: int64 (n,)."""
    return problem.cost if isinstance(rule, Spend) else np.ones(problem.offers, np.int64)

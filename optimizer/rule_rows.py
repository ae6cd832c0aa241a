"""Which rows each rule makes, and their table."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from optimizer.columns import Positions
from optimizer.patterns import patterns_of
from optimizer.problem import Problem
from optimizer.rows import Rows
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
from optimizer.sorted_sets import union


@dataclass(frozen=True, slots=True)
class Term:
    """Part of a row: ``ones + per_cost x cost`` on the offers of one set."""

    offers: Positions
    ones: float = 0.0
    per_cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """One row before it is tabulated; waste and contacts are coefficients on all offers, as is ``cost``."""

    rule: int
    lower: float
    upper: float
    terms: tuple[Term, ...] = ()
    share: Fraction = Fraction(0)
    waste: float = 0.0
    contacts: float = 0.0

    @property
    def cost(self) -> float:
        """Coefficient of every offer's cost: less the share that the matching ones are to have of it."""
        return -float(self.share)


def rows_of(problem: Problem) -> Rows:
    """The rows of every rule but the filters, which remove offers instead (see ``closed``)."""
    rows = [row for index, rule in enumerate(problem.rules) for row in _rows_of_rule(index, rule)]
    sets = {id(term.offers): term.offers for row in rows for term in row.terms}
    pattern, patterns_in = patterns_of(problem.offers, list(sets.values()))
    inside = dict(zip(sets, patterns_in, strict=True))
    parts = [
        (inside[id(term.offers)], index, term.ones, term.per_cost)
        for index, row in enumerate(rows)
        for term in row.terms
    ]
    sizes = [len(patterns) for patterns, *_ in parts]
    entry_pattern = np.concatenate([patterns for patterns, *_ in parts] or [np.zeros(0, np.int64)])
    order = np.argsort(entry_pattern, kind="stable")
    column = {
        name: np.repeat(np.array([part[k] for part in parts], dtype), sizes)[order]
        for k, name, dtype in ((1, "entry_row", np.int64), (2, "entry_ones", float), (3, "entry_cost", float))
    }
    count = int(pattern.max(initial=0)) + 1
    return Rows(
        pattern=pattern,
        pattern_start=np.concatenate(([0], np.cumsum(np.bincount(entry_pattern, minlength=count)))),
        **column,
        lower=np.array([row.lower for row in rows], float),
        upper=np.array([row.upper for row in rows], float),
        cost=np.array([row.cost for row in rows], float),
        waste=np.array([row.waste for row in rows], float),
        contacts=np.array([row.contacts for row in rows], float),
        rule=np.array([row.rule for row in rows], np.int64),
        share=tuple(row.share for row in rows),
        cut_row=np.zeros(0, np.int64),
        cut=np.zeros((0, problem.offers)),
    )


def closed(problem: Problem) -> Positions:
    """Offers that a filter removes, sorted."""
    removed = [rule.offers for rule in problem.rules if isinstance(rule, Filter)]
    return union(*removed) if removed else np.zeros(0, np.int64)


def _rows_of_rule(index: int, rule: Rule) -> Iterator[Row]:
    if isinstance(rule, Count):
        yield Row(index, _low(rule.least), _high(rule.most), (Term(rule.offers, ones=1.0),))
    elif isinstance(rule, Spend):
        yield Row(index, _low(rule.least), _high(rule.most), (Term(rule.offers, per_cost=1.0),))
    elif isinstance(rule, SpendShare):
        matched = (Term(rule.offers, per_cost=1.0),)
        if rule.least is not None:
            yield Row(index, 0.0, np.inf, matched, share=rule.least)
        if rule.most is not None:
            yield Row(index, -np.inf, 0.0, matched, share=rule.most)
    elif isinstance(rule, WasteShare):
        yield Row(index, -np.inf, 0.0, waste=1.0, contacts=-(rule.most + SHARE_TOLERANCE))
    elif isinstance(rule, Require):
        yield Row(index, 1.0, 1.0, (Term(rule.offers, ones=1.0),))
    elif isinstance(rule, OnlyWith):
        for group in rule.needed:
            yield Row(index, -np.inf, 0.0, (Term(rule.offers, ones=1.0), Term(group, ones=-1.0)))
    elif isinstance(rule, Distance):
        # As a lower side both times: what has to be in a plan is what a first plan begins with.
        sign, least = (1.0, rule.least - rule.size) if rule.least is not None else (-1.0, rule.size - (rule.most or 0))
        yield Row(index, float(least), np.inf, (Term(rule.others, ones=sign), Term(rule.offers, ones=-sign)))


def _low(side: int | None) -> float:
    return -np.inf if side is None else float(side)


def _high(side: int | None) -> float:
    return np.inf if side is None else float(side)

"""The full model that a general solver is given: every offer a binary, every rule a row, tangents for the rest.

Columns: x (n offers, binary), then w_s = M_s u_s and z_s (S each, people). Maximise
sum z + sum (gain - lambda W) x with

    w_s = sum_o M_s c_os x_o,    z_s <= M_s (1 - e^-t - t e^-t) + e^-t w_s    at each of 41 points t.

In people, not in exponents: solvers' absolute tolerances then are small against the objective. It is written from the
words of the rules and shares nothing with the optimizer's own rows. Tangents lie above the curve by at most
``tangent_error`` people in all: that is how much better than the best plan the model can believe a plan to be.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.columns import Floats, Positions
from optimizer.judge import GOAL_TOLERANCE
from optimizer.problem import Problem
from optimizer.rules import SHARE_TOLERANCE, Count, Filter, OnlyWith, Require, Rule, SpendShare, WasteShare

TANGENTS = 41


@dataclass(frozen=True, eq=False, slots=True)
class Block:
    """Some rows: row r has columns[start[r]:start[r + 1]] with values there, between lower[r] and upper[r]."""

    start: Positions
    columns: Positions
    values: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True, eq=False, slots=True)
class FullModel:
    """Maximise objective @ columns. offers n; upper: (n + 2 S,) upper bounds of the columns, whose lower are 0.

    people: rows w_s = ...; curve: the tangents; rest: budget, creators, rules, goal, all with integer coefficients but
    for waste shares and goals. tangent_error: people, >= 0.
    """

    offers: int
    segments: int
    objective: Floats
    upper: Floats
    people: Block
    curve: Block
    rest: Block
    tangent_error: float

    @property
    def blocks(self) -> tuple[Block, Block, Block]:
        """All rows."""
        return self.people, self.curve, self.rest

    def rows(self) -> Block:
        """All rows in one block."""
        parts = self.blocks
        before = np.cumsum([0, *(len(part.values) for part in parts[:-1])])
        return Block(
            np.concatenate([[0], *(part.start[1:] + offset for part, offset in zip(parts, before, strict=True))]),
            *(np.concatenate([getattr(part, name) for part in parts]) for name in ("columns", "values")),
            *(np.concatenate([getattr(part, name) for part in parts]) for name in ("lower", "upper")),
        )


Row = tuple[Positions, Floats, float, float]


def full_model(problem: Problem) -> FullModel:
    """The model of a problem, maximising; the inverse objective as maximum of -cost."""
    n, segments = problem.offers, len(problem.ceilings)
    most = np.array([_most(problem, s) for s in range(segments)])
    net = problem.gain - problem.waste_aversion * problem.waste
    if problem.goal is None:
        objective = np.concatenate([net, np.zeros(segments), np.ones(segments)])
    else:
        objective = np.concatenate([-problem.cost.astype(np.float64), np.zeros(2 * segments)])
    rest = [_stack(_rest(problem)), _one_offer_each(problem)]
    curve, error = _curve(problem, most)
    return FullModel(
        offers=n,
        segments=segments,
        objective=objective,
        upper=np.concatenate([np.ones(n), problem.ceilings * most, problem.ceilings]),
        people=_people(problem),
        curve=curve,
        rest=Block(
            np.concatenate([rest[0].start, rest[1].start[1:] + len(rest[0].values)]),
            *(
                np.concatenate([getattr(part, name) for part in rest])
                for name in ("columns", "values", "lower", "upper")
            ),
        ),
        tangent_error=error,
    )


def _most(problem: Problem, segment: int) -> float:
    """A u_s that no plan within the budget exceeds: the budget spent on this segment alone, in fractions."""
    exponent, cost = problem.exponents[:, segment], problem.cost
    order = np.argsort(-exponent / np.maximum(cost, 0.5), kind="stable")
    last = int(np.searchsorted(np.cumsum(cost[order]), problem.budget, side="right"))
    return float(exponent[order[: last + 1]].sum()) * (1 + 1e-9) + 1e-12


def _people(problem: Problem) -> Block:
    """0 = sum_o M_s c_os x_o - w_s."""
    rows: list[Row] = []
    for s, ceiling in enumerate(problem.ceilings.tolist()):
        met = np.flatnonzero(problem.exponents[:, s])
        values = np.append(ceiling * problem.exponents[met, s], -1.0)
        rows.append((np.append(met, problem.offers + s), values, 0.0, 0.0))
    return _stack(rows)


def _curve(problem: Problem, most: Floats) -> tuple[Block, float]:
    """Tangents at points between which the error is the same: equidistant in 1 - e^(-t/2); and that error."""
    segments = len(most)
    grid = np.linspace(0.0, 1.0, TANGENTS) * -np.expm1(-most[:, None] / 2)
    at = np.minimum(-2 * np.log1p(-grid), most[:, None])
    slope = np.exp(-at)
    upper = problem.ceilings[:, None] * (1 - slope * (1 + at))
    columns = np.empty((segments, TANGENTS, 2), np.int64)
    columns[:, :, 0] = problem.offers + segments + np.arange(segments)[:, None]
    columns[:, :, 1] = problem.offers + np.arange(segments)[:, None]
    values = np.stack([np.ones_like(slope), -slope], axis=2)
    rows = segments * TANGENTS
    # Two neighbouring tangents meet furthest above the curve.
    level = 1 - slope * (1 + at)
    step = slope[:, :-1] - slope[:, 1:]
    meet = np.divide(level[:, 1:] - level[:, :-1], step, out=at[:, 1:].copy(), where=step > 0)
    above = level[:, 1:] + slope[:, 1:] * meet + np.expm1(-meet)
    error = float((problem.ceilings * np.maximum(above, 0).max(axis=1)).sum())
    block = Block(np.arange(rows + 1) * 2, columns.ravel(), values.ravel(), np.full(rows, -np.inf), upper.ravel())
    return block, error


def _one_offer_each(problem: Problem) -> Block:
    """sum over a creator's offers <= 1, for creators with more than one."""
    first = np.flatnonzero(np.diff(problem.creator, prepend=-1))
    size = np.diff(first, append=problem.offers)
    several = np.repeat(size > 1, size)
    start = np.concatenate([[0], np.cumsum(size[size > 1])])
    columns = np.flatnonzero(several)
    rows = len(start) - 1
    return Block(start, columns, np.ones(len(columns)), np.full(rows, -np.inf), np.ones(rows))


def _rest(problem: Problem) -> Iterator[Row]:
    everybody, cost = np.arange(problem.offers), problem.cost.astype(np.float64)
    yield everybody, cost, -np.inf, float(problem.budget)
    if problem.goal is not None:
        met = np.flatnonzero(problem.gain)
        z = problem.offers + len(problem.ceilings) + np.arange(len(problem.ceilings))
        values = np.concatenate([problem.gain[met], np.ones(len(z))])
        yield np.concatenate([met, z]), values, problem.goal * (1 - GOAL_TOLERANCE), np.inf
    for rule in problem.rules:
        yield from _rule(problem, rule, everybody, cost)


def _rule(problem: Problem, rule: Rule, everybody: Positions, cost: Floats) -> Iterator[Row]:
    if isinstance(rule, WasteShare):
        yield everybody, problem.waste - (rule.most + SHARE_TOLERANCE) * problem.contacts, -np.inf, 0.0
        return
    ones = np.ones(len(rule.offers))
    if isinstance(rule, Filter):
        yield rule.offers, ones, -np.inf, 0.0
    elif isinstance(rule, Require):
        yield rule.offers, ones, 1.0, np.inf
    elif isinstance(rule, OnlyWith):
        for group in rule.needed:
            yield np.concatenate([rule.offers, group]), np.append(ones, -np.ones(len(group))), -np.inf, 0.0
    elif isinstance(rule, SpendShare):
        for share, lower, upper in ((rule.least, 0.0, np.inf), (rule.most, -np.inf, 0.0)):
            if share is not None:
                surplus = -share.numerator * cost
                surplus[rule.offers] += share.denominator * cost[rule.offers]
                yield everybody, surplus, lower, upper
    else:
        values = ones if isinstance(rule, Count) else cost[rule.offers]
        yield rule.offers, values, _side(rule.least, -np.inf), _side(rule.most, np.inf)


def _side(side: int | None, otherwise: float) -> float:
    return otherwise if side is None else float(side)


def _stack(rows: Iterator[Row] | list[Row]) -> Block:
    listed = list(rows)
    if not listed:
        return Block(np.zeros(1, np.int64), np.zeros(0, np.int64), *(np.zeros(0) for _ in range(3)))
    columns, values, lower, upper = zip(*listed, strict=True)
    return Block(
        np.cumsum([0, *map(len, columns)]),
        np.concatenate(columns),
        np.concatenate(values),
        np.array(lower),
        np.array(upper),
    )

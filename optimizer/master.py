"""The linear model of some free offers while others are fixed in: shared by the bound and the core.

Columns: x of the free offers, then per segment the sum of exponents u_s and the engaged share w_s of its ceiling.
Rows: u, tangents of w at chosen points, budget, one offer per creator, rules, and for the inverse objective the
goal. Of a wide problem (see ``tangents``): one w for all segments, and a row per tangent plane of x. Everything is
measured in ``Units`` of its own, so that coefficients stay near 1 whatever the people and the currency: solvers
compare with absolute tolerances.
"""

from dataclasses import dataclass, replace

import numpy as np

from optimizer.columns import Floats, Positions
from optimizer.linear_model import LinearModel
from optimizer.master_rows import (
    add_budget,
    add_creator_rows,
    add_goal,
    add_met,
    add_money,
    add_planes,
    add_rules,
    add_tangents,
)
from optimizer.program import Prices, Program
from optimizer.sorted_sets import union
from optimizer.tangents import Tangents, is_wide
from optimizer.units import LARGEST_WORTH, Units

_NEAR, _LEAST_NEAR, _ALL_NEAR = 12, 3, 160
"""Tangents of a segment near a point: at most, at least, and at most of all segments together."""
_NOBODY = 1e-280
"""People: a segment that can add no more is left out of the model, since its units would be no numbers."""
_GRID = 4
_PLANES = 64
"""Tangent planes of a wide problem that a model takes, the last ones, besides the first."""


@dataclass(frozen=True, eq=False, slots=True)
class Master:
    """A built model and where things stand in it.

    free: sorted positions of the offers that x stands for; x is ``point[:len(free)]``. segments: those with a
    ceiling. already: (S,) what the fixed offers have met. planes: the points (S,) of a wide problem's planes, whose
    rows are met_rows. constant: objective of the fixed offers outside w.
    slack: columns that stand for broken rules, empty unless built elastic.
    """

    model: LinearModel
    program: Program
    free: Positions
    segments: Positions
    already: Floats
    planes: list[Floats]
    met_rows: Positions
    budget_row: int
    goal_row: int | None
    rule_rows: Positions
    rule_ids: Positions
    rule_scale: Floats
    constant: float
    units: Units
    met: Positions
    engaged: Positions
    slack: Positions

    def prices(self, row_prices: Floats) -> Prices:
        """Prices of the program from row prices of the model."""
        program, units = self.program, self.units
        fresh = np.zeros(len(program.problem.ceilings))
        worth = row_prices[self.met_rows] * units.objective
        shares = np.divide(worth, units.weight, out=np.zeros(len(worth)), where=units.weight > 0)
        if self.planes:
            for share, point in zip(shares, self.planes, strict=True):
                fresh += share * np.exp(-point)
        else:
            fresh[self.segments] = -shares
        rules = np.zeros(len(program.rows))
        rules[self.rule_ids] = row_prices[self.rule_rows] * self.rule_scale * units.objective
        reach = 1.0
        if self.goal_row is not None:
            reach = -float(row_prices[self.goal_row]) * units.objective / units.people
        return Prices(reach, fresh, float(row_prices[self.budget_row]) * units.objective / units.money, rules)

    def value(self, objective: float) -> float:
        """The program's objective from the model's."""
        return objective * self.units.objective + self.constant

    def exponents(self, point: Floats) -> Floats:
        """u_s of a point of the model: (S,); 0 in segments that carry no value."""
        problem = self.program.problem
        if self.planes:
            return self.already + np.clip(point[: len(self.free)], 0.0, 1.0) @ problem.exponents[self.free]
        u = np.zeros(len(problem.ceilings))
        u[self.segments] = np.maximum(point[self.met], 0.0) * self.units.step
        return u

    def people(self, point: Floats) -> Floats:
        """Engaged people per segment as the tangents of a point have it: (S,), at least the true figure.

        Of a wide problem all of them together: (1,).
        """
        if self.planes:
            return np.asarray(point[self.engaged] * self.units.weight)
        people = np.zeros(len(self.program.problem.ceilings))
        people[self.segments] = point[self.engaged] * self.units.weight
        return people


def near(points: Floats, at: float, segments: int) -> Floats:
    """The points of a curve that matter around ``at``: the nearest dozen (fewer of many segments), and the two ends."""
    most = max(min(_NEAR, _ALL_NEAR // segments), _LEAST_NEAR)
    if len(points) <= most:
        return points
    nearest = points[np.argpartition(np.abs(points - at), most)[:most]]
    return union(nearest, np.array([points.min(), points.max()]))


def dense(program: Program, tangents: Tangents, around: Floats, tolerance: float) -> Tangents:
    """Tangents for an integer program whose plans meet about ``around`` (S,): the near ones, and a fine grid.

    Between two points h apart the tangents stand at most M e^-u h^2 / 8 above the curve; h is such that all segments
    together stay within ``tolerance`` (people), so that the first solve is mostly the last.
    """
    ceilings = program.problem.ceilings
    if is_wide(program.problem):
        return tangents
    share = max(tolerance, 1e-9 * float(ceilings.sum()) + 1e-300) / max(len(ceilings), 1)
    steps = np.arange(-_GRID, _GRID + 1)
    points = []
    for known, at, ceiling in zip(tangents, around.tolist(), ceilings.tolist(), strict=True):
        h = np.sqrt(8.0 * share / (ceiling * np.exp(-at))) if ceiling > 0 else 0.0
        fine = at + min(h, max(at, 1e-12) / _GRID) * steps
        points.append(union(near(known, at, len(ceilings)), fine))
    return points


def build(
    program: Program,
    free: Positions,
    fixed: Positions,
    tangents: Tangents,
    integer: bool = False,
    penalty: float | None = None,
    around: Floats | None = None,
    exact: bool = False,
) -> Master:
    """Build the model of ``free`` with ``fixed`` in; both sorted positions, of different creators.

    penalty: if given, rules and goal may be broken for this many offers of the largest worth per scaled unit, so
    that the model always has a point; the budget and the creator rows stay hard. around: (S,) where the curves are
    likely needed; if given, only the tangents near it go in. exact: whether rows of money are there in digits too.
    """
    problem, model = program.problem, LinearModel()
    segments = np.flatnonzero(problem.ceilings > _NOBODY)
    wide, already = is_wide(problem), problem.exponents[fixed].sum(axis=0)
    units = Units.of_all(program, free) if wide else Units.of(program, free, already[segments], segments)
    if program.goal is None:
        worth = problem.gain[free] - problem.waste_aversion * problem.waste[free]
        constant = float(problem.gain[fixed].sum() - problem.waste_aversion * problem.waste[fixed].sum())
    else:
        worth = -problem.cost[free].astype(float)
        constant = -float(problem.cost[fixed].sum())
    x = model.add_columns(worth / units.objective, 0.0, 1.0, integer)
    per_share = units.weight / units.objective if program.goal is None else np.zeros(len(units.weight))
    planes = [*tangents[:1], *tangents[1:][-_PLANES:]] if wide else []
    if wide:
        met, engaged = x[:0], model.add_columns(per_share, 0.0, np.inf, False)
        met_rows = add_planes(model, program, free, already, planes, units, x, engaged)
    else:
        met = model.add_columns(np.zeros(len(segments)), 0.0, np.inf, False)
        engaged = model.add_columns(per_share, 0.0, 1.0 / units.step, False)
        met_rows = add_met(
            model, problem.exponents[np.ix_(free, segments)] / units.step, already[segments] / units.step, x, met
        )
        points = [
            tangents[k] if around is None else near(tangents[k], float(around[k]), len(segments)) for k in segments
        ]
        add_tangents(model, points, units.step, met, engaged)
    budget_row = add_budget(model, program, free, fixed, x, units)
    add_creator_rows(model, program, free, x)
    slack_parts: list[Positions] = []
    goal_row = None
    penalty = None if penalty is None else penalty * LARGEST_WORTH
    if program.goal is not None:
        goal_row = add_goal(model, program, free, fixed, x, engaged, units, penalty, slack_parts)
    rule_rows, rule_ids, rule_scale = add_rules(model, program, free, fixed, x, penalty, slack_parts)
    if exact:
        add_money(model, program, free, fixed, x)
    slack = np.concatenate(slack_parts) if slack_parts else np.zeros(0, np.int64)
    return Master(
        model, program, free, segments, already, planes, met_rows, budget_row, goal_row, rule_rows, rule_ids,
        rule_scale, constant, units, met, engaged, slack,
    )  # fmt: skip


def touch(master: Master, u: Floats) -> Master:
    """Add the tangents at a point u (S,) to a model that stands."""
    if master.planes:
        free = master.free
        row = add_planes(
            master.model, master.program, free, master.already, [u], master.units, np.arange(len(free)), master.engaged
        )
        return replace(master, planes=[*master.planes, u], met_rows=np.concatenate([master.met_rows, row]))
    points = [u[[segment]] for segment in master.segments]
    add_tangents(master.model, points, master.units.step, master.met, master.engaged)
    return master

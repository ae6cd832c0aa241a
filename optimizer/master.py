"""The linear model of some free offers while others are fixed in: shared by the bound and the core.

Columns: x of the free offers, then per segment the people met before overlap U_s = M_s u_s and the engaged
people z_s. Rows: U, tangents of z at chosen points, budget, one offer per creator, rules, and for the inverse
objective the goal. People and scaled money keep coefficients near 1.
"""

from dataclasses import dataclass

import numpy as np

from optimizer.columns import Floats, Positions
from optimizer.linear_model import LinearModel
from optimizer.program import Prices, Program

Tangents = list[Floats]
"""Per segment the points u >= 0 at which the saturation curve is touched."""

_NEAR = 12


@dataclass(frozen=True, eq=False, slots=True)
class Master:
    """A built model and where things stand in it.

    free: sorted positions of the offers that x stands for; x is ``point[:len(free)]``.
    constant: objective of the fixed offers outside z. money: minor units per unit of the model's money.
    slack: columns that stand for broken rules, empty unless built elastic.
    """

    model: LinearModel
    program: Program
    free: Positions
    segments: Positions
    met_rows: Positions
    budget_row: int
    goal_row: int | None
    rule_rows: Positions
    rule_ids: Positions
    rule_scale: Floats
    constant: float
    money: float
    met: Positions
    slack: Positions

    def prices(self, row_prices: Floats) -> Prices:
        """Prices of the program from row prices of the model."""
        program = self.program
        unit = 1.0 if program.goal is None else self.money
        fresh = np.zeros(len(program.problem.ceilings))
        fresh[self.segments] = -row_prices[self.met_rows] * unit
        rules = np.zeros(len(program.rows))
        rules[self.rule_ids] = row_prices[self.rule_rows] * self.rule_scale * unit
        reach = 1.0 if self.goal_row is None else -float(row_prices[self.goal_row]) * unit
        return Prices(reach, fresh, float(row_prices[self.budget_row]) * unit / self.money, rules)

    def value(self, objective: float) -> float:
        """The program's objective from the model's."""
        return (objective if self.program.goal is None else objective * self.money) + self.constant

    def exponents(self, point: Floats) -> Floats:
        """u_s of a point of the model: (S,); 0 in segments that carry no value."""
        u = np.zeros(len(self.program.problem.ceilings))
        u[self.segments] = np.maximum(point[self.met], 0.0) / self.program.problem.ceilings[self.segments]
        return u


def near(points: Floats, at: float) -> Floats:
    """The points of a curve that matter around ``at``: the nearest dozen, and the two ends."""
    if len(points) <= _NEAR:
        return points
    nearest = points[np.argpartition(np.abs(points - at), _NEAR)[:_NEAR]]
    return np.unique(np.concatenate([nearest, [points.min(), points.max()]]))


def build(
    program: Program,
    free: Positions,
    fixed: Positions,
    tangents: Tangents,
    integer: bool = False,
    penalty: float | None = None,
    around: Floats | None = None,
) -> Master:
    """Build the model of ``free`` with ``fixed`` in; both sorted positions, of different creators.

    penalty: if given, rules and goal may be broken at this price per scaled unit, so that the model always
    has a point; the budget and the creator rows stay hard. around: (S,) where the curves are likely needed; if
    given, only the tangents near it go in.
    """
    problem, model = program.problem, LinearModel()
    money = float(max(problem.cost[free].max(initial=1), 1))
    if program.goal is None:
        worth = problem.gain[free] - problem.waste_aversion * problem.waste[free]
        constant = float(problem.gain[fixed].sum() - problem.waste_aversion * problem.waste[fixed].sum())
    else:
        worth = -problem.cost[free] / money
        constant = -float(problem.cost[fixed].sum())
    x = model.add_columns(worth, 0.0, 1.0, integer)
    segments = np.flatnonzero(problem.ceilings > 0)
    ceilings = problem.ceilings[segments]
    met = model.add_columns(np.zeros(len(segments)), 0.0, np.inf, False)
    z = model.add_columns(np.full(len(segments), 1.0 if program.goal is None else 0.0), 0.0, ceilings, False)
    people = problem.exponents[np.ix_(free, segments)] * ceilings
    already = problem.exponents[fixed].sum(axis=0)[segments] * ceilings
    s = np.arange(len(segments))
    met_rows = model.add_rows(
        np.concatenate([np.tile(s, len(free)), s]),
        np.concatenate([np.repeat(x, len(segments)), met]),
        np.concatenate([people.ravel(), np.full(len(segments), -1.0)]),
        -already,
        -already,
    )
    points = [tangents[k] if around is None else near(tangents[k], float(around[k])) for k in segments]
    _add_tangents(model, points, ceilings, met, z)
    cost_left = float(problem.budget - int(problem.cost[fixed].sum())) / money
    zeros = np.zeros(len(free), np.int64)
    budget_row = model.add_rows(zeros, x, problem.cost[free] / money, np.array([-np.inf]), np.array([cost_left]))[0]
    _add_creator_rows(model, program, free, x)
    slack_parts: list[Positions] = []
    goal_row = None
    if program.goal is not None:
        goal_row = int(_add_goal(model, program, free, fixed, x, z, penalty, slack_parts))
    rule_rows, rule_ids, rule_scale = _add_rules(model, program, free, fixed, x, penalty, slack_parts)
    slack = np.concatenate(slack_parts) if slack_parts else np.zeros(0, np.int64)
    return Master(
        model, program, free, segments, met_rows, int(budget_row), goal_row, rule_rows, rule_ids, rule_scale,
        constant, money, met, slack,
    )  # fmt: skip


def _add_tangents(model: LinearModel, points: list[Floats], ceilings: Floats, met: Positions, z: Positions) -> None:
    """z <= f(t) + f'(t) (u - t) for every point t: z - e^-t U <= M (1 - e^-t - t e^-t)."""
    count = [len(at) for at in points]
    if not sum(count):
        return
    t = np.concatenate(points)
    segment = np.repeat(np.arange(len(points)), count)
    row = np.arange(len(t))
    model.add_rows(
        np.concatenate([row, row]),
        np.concatenate([z[segment], met[segment]]),
        np.concatenate([np.ones(len(t)), -np.exp(-t)]),
        np.full(len(t), -np.inf),
        ceilings[segment] * (-np.expm1(-t) - t * np.exp(-t)),
    )


def _add_creator_rows(model: LinearModel, program: Program, free: Positions, x: Positions) -> None:
    creator = program.problem.creator[free]
    _, group, size = np.unique(creator, return_inverse=True, return_counts=True)
    several = size[group] > 1
    _, row = np.unique(group[several], return_inverse=True)
    rows = int(row.max(initial=-1)) + 1
    model.add_rows(row, x[several], np.ones(len(row)), np.full(rows, -np.inf), np.ones(rows))


def _add_goal(
    model: LinearModel,
    program: Program,
    free: Positions,
    fixed: Positions,
    x: Positions,
    z: Positions,
    penalty: float | None,
    slack: list[Positions],
) -> int:
    assert program.goal is not None  # noqa: S101 - the caller asks only for the inverse objective
    columns, values = [z, x], [np.ones(len(z)), program.problem.gain[free]]
    if penalty is not None:
        slack.append(model.add_columns(np.array([-penalty]), 0.0, np.inf, False))
        columns.append(slack[-1])
        values.append(np.ones(1))
    column = np.concatenate(columns)
    missing = program.goal - float(program.problem.gain[fixed].sum())
    row = np.zeros(len(column), np.int64)
    return int(model.add_rows(row, column, np.concatenate(values), np.array([missing]), np.array([np.inf]))[0])


def _add_rules(
    model: LinearModel,
    program: Program,
    free: Positions,
    fixed: Positions,
    x: Positions,
    penalty: float | None,
    slack: list[Positions],
) -> tuple[Positions, Positions, Floats]:
    """Rows of the rules that the free offers can change, or that the fixed ones break; and the scale of each."""
    rows, problem = program.rows, program.problem
    row, place, value = rows.coefficients(problem, free)
    spent = rows.activity(problem, fixed)
    lower, upper = rows.lower - spent, rows.upper - spent
    largest = np.zeros(len(rows))
    np.maximum.at(largest, row, np.abs(value))
    used = np.flatnonzero((largest > 0) | (lower > 0) | (upper < 0))
    scale = 1.0 / np.maximum(largest[used], 1.0)
    to_used = np.zeros(len(rows), np.int64)
    to_used[used] = np.arange(len(used))
    entry_row, entry_column, entry_value = to_used[row], x[place], value * scale[to_used[row]]
    if penalty is not None:
        for sign, side in ((1.0, lower[used]), (-1.0, upper[used])):
            open_rows = np.flatnonzero(np.isfinite(side))
            slack.append(model.add_columns(np.full(len(open_rows), -penalty), 0.0, np.inf, False))
            entry_row = np.concatenate([entry_row, open_rows])
            entry_column = np.concatenate([entry_column, slack[-1]])
            entry_value = np.concatenate([entry_value, np.full(len(open_rows), sign)])
    rule_rows = model.add_rows(entry_row, entry_column, entry_value, lower[used] * scale, upper[used] * scale)
    return rule_rows, used, scale

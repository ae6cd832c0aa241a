"""The rows of the linear model, each family by its formula; ``master`` puts them together."""

import numpy as np

from optimizer.columns import Floats, Positions
from optimizer.exact_rows import in_digits, money_rows
from optimizer.linear_model import LinearModel
from optimizer.program import Program
from optimizer.units import Units


def add_planes(
    model: LinearModel,
    program: Program,
    free: Positions,
    already: Floats,
    points: list[Floats],
    units: Units,
    x: Positions,
    engaged: Positions,
) -> Positions:
    """w <= F(t) + sum_o (sum_s M_s e^-t_s c_os) x_o + sum_s M_s e^-t_s (already_s - t_s) for every point t."""
    problem, people = program.problem, float(units.weight[0])
    t = np.array(points)
    slopes = problem.ceilings * np.exp(-t)
    slope = (slopes @ problem.exponents[free].T) / people
    side = (-np.expm1(-t) @ problem.ceilings + (slopes * (already - t)).sum(axis=1)) / people
    row = np.arange(len(t))
    return model.add_rows(
        np.concatenate([np.repeat(row, len(free)), row]),
        np.concatenate([np.tile(x, len(t)), np.repeat(engaged, len(t))]),
        np.concatenate([-slope.ravel(), np.ones(len(t))]),
        np.full(len(t), -np.inf),
        side,
    )


def add_met(model: LinearModel, exponents: Floats, already: Floats, x: Positions, met: Positions) -> Positions:
    """u <= what is chosen; as an inequality, since presolve may turn an equation round on its smallest coefficient."""
    s = np.arange(len(met))
    return model.add_rows(
        np.concatenate([np.tile(s, len(x)), s]),
        np.concatenate([np.repeat(x, len(met)), met]),
        np.concatenate([exponents.ravel(), np.full(len(met), -1.0)]),
        -already,
        np.full(len(met), np.inf),
    )


def add_tangents(model: LinearModel, points: list[Floats], step: Floats, met: Positions, engaged: Positions) -> None:
    """w <= f(t) + f'(t) (u - t) for every point t, f(u) = 1 - e^-u: w - e^-t u <= 1 - e^-t - t e^-t."""
    count = [len(at) for at in points]
    if not sum(count):
        return
    t = np.concatenate(points)
    segment = np.repeat(np.arange(len(points)), count)
    row = np.arange(len(t))
    model.add_rows(
        np.concatenate([row, row]),
        np.concatenate([engaged[segment], met[segment]]),
        np.concatenate([np.ones(len(t)), -np.exp(-t)]),
        np.full(len(t), -np.inf),
        (-np.expm1(-t) - t * np.exp(-t)) / step[segment],
    )


def add_budget(
    model: LinearModel, program: Program, free: Positions, fixed: Positions, x: Positions, units: Units
) -> int:
    """What the budget has left for the free offers; its row."""
    left = float(program.problem.budget - int(program.problem.cost[fixed].sum())) / units.money
    zeros, cost = np.zeros(len(free), np.int64), program.problem.cost[free] / units.money
    return int(model.add_rows(zeros, x, cost, np.array([-np.inf]), np.array([left]))[0])


def add_creator_rows(model: LinearModel, program: Program, free: Positions, x: Positions) -> None:
    """At most one offer of every creator who has several."""
    creator = program.problem.creator[free]
    _, group, size = np.unique(creator, return_inverse=True, return_counts=True)
    several = size[group] > 1
    _, row = np.unique(group[several], return_inverse=True)
    rows = int(row.max(initial=-1)) + 1
    model.add_rows(row, x[several], np.ones(len(row)), np.full(rows, -np.inf), np.ones(rows))


def add_goal(
    model: LinearModel,
    program: Program,
    free: Positions,
    fixed: Positions,
    x: Positions,
    engaged: Positions,
    units: Units,
    penalty: float | None,
    slack: list[Positions],
) -> int:
    """The goal's people less those of the fixed offers; its row. penalty: of missing it, by a column added to slack."""
    assert program.goal is not None  # noqa: S101 - the caller asks only for the inverse objective
    columns, values = [engaged, x], [units.weight / units.people, program.problem.gain[free] / units.people]
    if penalty is not None:
        slack.append(model.add_columns(np.array([-penalty]), 0.0, np.inf, False))
        columns.append(slack[-1])
        values.append(np.ones(1))
    column = np.concatenate(columns)
    missing = (program.goal - float(program.problem.gain[fixed].sum())) / units.people
    row = np.zeros(len(column), np.int64)
    return int(model.add_rows(row, column, np.concatenate(values), np.array([missing]), np.array([np.inf]))[0])


def add_rules(
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


def add_money(model: LinearModel, program: Program, free: Positions, fixed: Positions, x: Positions) -> None:
    """Rows of money so that no tolerance bridges one minor unit."""
    for row in money_rows(program, free, fixed):
        digits, carry = in_digits(row), np.zeros(0, np.int64)
        for place, digit in enumerate(digits.rows):
            columns, values = [x, carry], [np.array(digit.values, float), np.ones(len(carry))]
            if place + 1 < len(digits.rows):
                carry = model.add_columns(np.zeros(1), -1.0, float(len(x) + 1), True)
                columns.append(carry)
                values.append(np.array([-float(digits.base)]))
            column = np.concatenate(columns)
            zeros = np.zeros(len(column), np.int64)
            model.add_rows(zeros, column, np.concatenate(values), np.array([-np.inf]), np.array([float(digit.side)]))

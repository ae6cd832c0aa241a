"""CP-SAT, native: everything in integers, people in hundredths."""

from time import perf_counter

import numpy as np
from ortools.sat.python import cp_model

from benchmarks.peers.answer import Answer, Asked, Ending, chosen
from benchmarks.peers.full_model import Block, FullModel, full_model
from optimizer.problem import Problem

_PER_PERSON = 100
_SLOPE = 1_000_000


def solve(problem: Problem, asked: Asked) -> Answer:
    """As many workers as threads are asked for."""
    start = perf_counter()
    model = full_model(problem)
    per_unit = _PER_PERSON if problem.goal is None else 1
    program, x = _program(model, per_unit)
    built = perf_counter()
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(asked.limit_s - (built - start), 1.0)
    solver.parameters.relative_gap_limit = asked.relative_gap
    solver.parameters.num_workers = asked.threads
    solver.parameters.random_seed = asked.seed
    status = solver.solve(program)
    plan = objective = bound = None
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        plan = chosen(np.array([solver.value(variable) for variable in x], float))
        objective, bound = solver.objective_value / per_unit, solver.best_objective_bound / per_unit
    done = perf_counter()
    endings: dict[object, Ending] = {
        cp_model.OPTIMAL: "proven",
        cp_model.INFEASIBLE: "infeasible",
        cp_model.FEASIBLE: "time limit",
        cp_model.UNKNOWN: "time limit",
    }
    return Answer(endings.get(status, "failed"), plan, built - start, done - built, objective, bound)


def _program(model: FullModel, per_unit: int) -> tuple[cp_model.CpModel, list[cp_model.IntVar]]:
    program = cp_model.CpModel()
    x = [program.new_bool_var("") for _ in range(model.offers)]
    uppers = np.ceil(_PER_PERSON * model.upper[model.offers :]).astype(np.int64).tolist()
    columns = x + [program.new_int_var(0, upper + 1, "") for upper in uppers]
    objective = np.rint(per_unit * model.objective)
    objective[model.offers :] = model.objective[model.offers :]
    used = np.flatnonzero(objective)
    program.maximize(
        cp_model.LinearExpr.weighted_sum([columns[c] for c in used.tolist()], objective[used].astype(np.int64).tolist())
    )
    _add(program, columns, _people(model), np.zeros(model.segments))
    curve = model.curve
    scaled = Block(curve.start, curve.columns, np.rint(_SLOPE * curve.values), curve.lower, curve.upper)
    _add(program, columns, scaled, np.rint(_SLOPE * _PER_PERSON * curve.upper))
    rest = model.rest
    whole = np.add.reduceat(rest.values != np.rint(rest.values), rest.start[:-1]) == 0
    scale = np.where(whole, 1.0, float(_PER_PERSON))
    values = np.rint(rest.values * np.repeat(scale, np.diff(rest.start)))
    lower = np.ceil(rest.lower * scale)
    goal = np.isfinite(rest.lower) & (np.add.reduceat(rest.columns >= model.offers, rest.start[:-1]) > 0)
    # The people of a goal are counted in hundredths already; only its right side still is in people.
    values = np.where(np.repeat(goal, np.diff(rest.start)) & (rest.columns >= model.offers), 1.0, values)
    lower = np.where(goal, np.ceil(_PER_PERSON * rest.lower), lower)
    _add(program, columns, Block(rest.start, rest.columns, values, lower, rest.upper), np.floor(rest.upper * scale))
    return program, x


def _people(model: FullModel) -> Block:
    """Hundredths of people per offer on the same hundredths of w_s."""
    people = model.people
    offer = people.columns < model.offers
    return Block(
        people.start,
        people.columns,
        np.where(offer, np.rint(_PER_PERSON * people.values), -1.0),
        people.lower,
        people.upper,
    )


def _add(program: cp_model.CpModel, columns: list[cp_model.IntVar], block: Block, upper: np.ndarray) -> None:
    starts = block.start.tolist()
    for row, (low, high) in enumerate(zip(block.lower.tolist(), upper.tolist(), strict=True)):
        part = slice(starts[row], starts[row + 1])
        values = block.values[part].astype(np.int64).tolist()
        expression = cp_model.LinearExpr.weighted_sum([columns[c] for c in block.columns[part].tolist()], values)
        sides = [int(side) if np.isfinite(side) else None for side in (low, high)]
        if sides[0] is not None:
            program.add(expression >= sides[0])
        if sides[1] is not None:
            program.add(expression <= sides[1])

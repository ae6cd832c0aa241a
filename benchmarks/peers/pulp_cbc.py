"""PuLP with the CBC that it brings: variables and expressions as its documentation writes them."""

from time import perf_counter
from typing import Any

import numpy as np
import pulp

from benchmarks.peers.answer import Answer, Asked, Ending, chosen
from benchmarks.peers.full_model import FullModel, full_model
from optimizer.problem import Problem


def solve(problem: Problem, asked: Asked) -> Answer:
    """Build through PuLP, let CBC solve; one thread, which is its default."""
    start = perf_counter()
    model = full_model(problem)
    program, x = _program(model)
    built = perf_counter()
    left = max(asked.limit_s - (built - start), 1.0)
    program.solve(pulp.PULP_CBC_CMD(msg=False, gapRel=asked.relative_gap, timeLimit=left))
    values = np.array([variable.varValue or 0.0 for variable in x])
    done = perf_counter()
    ending = _ending(program)
    found = program.sol_status in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible)
    plan = chosen(values) if found else None
    objective = float(pulp.value(program.objective)) if found and program.objective else None
    return Answer(ending, plan, built - start, done - built, objective)


def _program(model: FullModel) -> tuple[Any, list[Any]]:
    program = pulp.LpProblem("plan", pulp.LpMaximize)
    columns = [pulp.LpVariable(f"x{offer}", cat="Binary") for offer in range(model.offers)]
    columns += [pulp.LpVariable(f"p{s}", 0, upper) for s, upper in enumerate(model.upper[model.offers :].tolist())]
    used = np.flatnonzero(model.objective)
    program += pulp.LpAffineExpression([(columns[c], model.objective[c].item()) for c in used.tolist()])
    rows = model.rows()
    starts = rows.start.tolist()
    for row, (lower, upper) in enumerate(zip(rows.lower.tolist(), rows.upper.tolist(), strict=True)):
        part = slice(starts[row], starts[row + 1])
        pairs = zip(rows.columns[part].tolist(), rows.values[part].tolist(), strict=True)
        terms = [(columns[column], value) for column, value in pairs]
        if lower == upper:
            program += pulp.LpConstraint(pulp.LpAffineExpression(terms), pulp.LpConstraintEQ, rhs=lower)
            continue
        if lower > -np.inf:
            program += pulp.LpConstraint(pulp.LpAffineExpression(terms), pulp.LpConstraintGE, rhs=lower)
        if upper < np.inf:
            program += pulp.LpConstraint(pulp.LpAffineExpression(terms), pulp.LpConstraintLE, rhs=upper)
    return program, columns[: model.offers]


def _ending(program: Any) -> Ending:
    if program.status == pulp.LpStatusInfeasible:
        return "infeasible"
    if program.sol_status == pulp.LpSolutionOptimal:
        return "proven"
    return "time limit" if program.status in (pulp.LpStatusOptimal, pulp.LpStatusNotSolved) else "failed"

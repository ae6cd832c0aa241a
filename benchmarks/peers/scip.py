"""SCIP through OR-Tools' MathOpt, the model handed over in bulk."""

from datetime import timedelta
from time import perf_counter

import numpy as np
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt

from benchmarks.peers.answer import Answer, Asked, Ending, chosen
from benchmarks.peers.full_model import FullModel, full_model
from optimizer.problem import Problem


def solve(problem: Problem, asked: Asked) -> Answer:
    """One thread: SCIP as OR-Tools brings it has no more."""
    start = perf_counter()
    model = full_model(problem)
    program = mathopt.Model.from_model_proto(_message(model))
    built = perf_counter()
    parameters = mathopt.SolveParameters(
        time_limit=timedelta(seconds=max(asked.limit_s - (built - start), 1.0)),
        relative_gap_tolerance=asked.relative_gap,
        random_seed=asked.seed,
        threads=1,
    )
    result = mathopt.solve(program, mathopt.SolverType.GSCIP, params=parameters)
    plan = objective = None
    if result.has_primal_feasible_solution():
        point = result.variable_values()
        plan = chosen(np.array([point[variable] for variable in program.variables()])[: model.offers])
        objective = result.objective_value()
    done = perf_counter()
    reason = result.termination.reason
    endings: dict[object, Ending] = {
        mathopt.TerminationReason.OPTIMAL: "proven",
        mathopt.TerminationReason.INFEASIBLE: "infeasible",
        mathopt.TerminationReason.FEASIBLE: "time limit",
        mathopt.TerminationReason.NO_SOLUTION_FOUND: "time limit",
    }
    bound = result.termination.objective_bounds.dual_bound
    return Answer(endings.get(reason, "failed"), plan, built - start, done - built, objective, bound)


def _message(model: FullModel) -> model_pb2.ModelProto:
    message = model_pb2.ModelProto()
    columns, rows = len(model.objective), model.rows()
    message.variables.ids.extend(range(columns))
    message.variables.lower_bounds.extend([0.0] * columns)
    message.variables.upper_bounds.extend(model.upper.tolist())
    message.variables.integers.extend((np.arange(columns) < model.offers).tolist())
    message.objective.maximize = True
    used = np.flatnonzero(model.objective)
    message.objective.linear_coefficients.ids.extend(used.tolist())
    message.objective.linear_coefficients.values.extend(model.objective[used].tolist())
    message.linear_constraints.ids.extend(range(len(rows.lower)))
    message.linear_constraints.lower_bounds.extend(rows.lower.tolist())
    message.linear_constraints.upper_bounds.extend(rows.upper.tolist())
    row = np.repeat(np.arange(len(rows.lower)), np.diff(rows.start))
    order = np.lexsort((rows.columns, row))
    order = order[rows.values[order] != 0]
    message.linear_constraint_matrix.row_ids.extend(row[order].tolist())
    message.linear_constraint_matrix.column_ids.extend(rows.columns[order].tolist())
    message.linear_constraint_matrix.coefficients.extend(rows.values[order].tolist())
    return message

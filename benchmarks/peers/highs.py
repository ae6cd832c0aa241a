"""HiGHS through its own package, the model handed over in bulk."""

from time import perf_counter

import highspy
import numpy as np

from benchmarks.peers.answer import Answer, Asked, Ending, chosen
from benchmarks.peers.full_model import FullModel, full_model
from optimizer.problem import Problem


def solve(problem: Problem, asked: Asked) -> Answer:
    """As many threads as are asked for."""
    start = perf_counter()
    model = full_model(problem)
    solver = highspy.Highs()
    for option, value in (
        ("output_flag", False),
        ("mip_rel_gap", asked.relative_gap),
        ("threads", asked.threads),
        ("random_seed", asked.seed),
    ):
        solver.setOptionValue(option, value)
    solver.passModel(_program(model))
    built = perf_counter()
    solver.setOptionValue("time_limit", max(asked.limit_s - (built - start), 1.0))
    solver.run()
    info = solver.getInfo()
    plan = objective = None
    if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        plan = chosen(np.array(solver.getSolution().col_value)[: model.offers])
        objective = info.objective_function_value
    done = perf_counter()
    endings: dict[object, Ending] = {
        highspy.HighsModelStatus.kOptimal: "proven",
        highspy.HighsModelStatus.kInfeasible: "infeasible",
        highspy.HighsModelStatus.kTimeLimit: "time limit",
    }
    return Answer(
        endings.get(solver.getModelStatus(), "failed"),
        plan,
        built - start,
        done - built,
        objective,
        info.mip_dual_bound,
    )


def _program(model: FullModel) -> "highspy.HighsLp":
    rows = model.rows()
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(model.objective), len(rows.lower)
    program.sense_ = highspy.ObjSense.kMaximize
    program.col_cost_, program.col_upper_ = model.objective, model.upper
    program.col_lower_ = np.zeros(len(model.objective))
    program.row_lower_, program.row_upper_ = rows.lower, rows.upper
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_, program.a_matrix_.index_, program.a_matrix_.value_ = rows.start, rows.columns, rows.values
    kinds = (highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous)
    program.integrality_ = [kinds[0]] * model.offers + [kinds[1]] * (2 * model.segments)
    return program

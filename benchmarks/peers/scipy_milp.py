"""scipy.optimize.milp, which has HiGHS inside."""

from time import perf_counter

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from benchmarks.peers.answer import Answer, Asked, Ending, chosen
from benchmarks.peers.full_model import full_model
from optimizer.problem import Problem


def solve(problem: Problem, asked: Asked) -> Answer:
    """Sparse rows, bounds and integrality as arrays."""
    start = perf_counter()
    model = full_model(problem)
    rows = model.rows()
    matrix = csr_array((rows.values, rows.columns, rows.start), shape=(len(rows.lower), len(model.objective)))
    integrality = (np.arange(len(model.objective)) < model.offers).astype(int)
    built = perf_counter()
    result = milp(
        -model.objective,
        integrality=integrality,
        bounds=Bounds(0.0, model.upper),
        constraints=LinearConstraint(matrix, rows.lower, rows.upper),
        options={"time_limit": max(asked.limit_s - (built - start), 1.0), "mip_rel_gap": asked.relative_gap},
    )
    done = perf_counter()
    endings: dict[int, Ending] = {0: "proven", 1: "time limit", 2: "infeasible"}
    plan = None if result.x is None else chosen(result.x[: model.offers])
    objective = None if result.x is None else -float(result.fun)
    bound = None if result.mip_dual_bound is None else -float(result.mip_dual_bound)
    return Answer(endings.get(result.status, "failed"), plan, built - start, done - built, objective, bound)

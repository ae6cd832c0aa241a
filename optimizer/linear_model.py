"""Linear and mixed integer models for OR-Tools, filled in bulk from arrays.

MathOpt's Python model costs microseconds per coefficient; here whole arrays go into its wire
message at once. This module knows nothing of campaigns.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from ortools.math_opt import callback_pb2, model_parameters_pb2, model_pb2, parameters_pb2, result_pb2
from ortools.math_opt.core.python import solver
from ortools.util.python.pybind_solve_interrupter import PySolveInterrupter

from optimizer.columns import Flags, Floats, Positions

_TIGHT = 1e-8
"""Feasibility tolerance of SCIP. At its rounding error, 1e-9, SCIP has called wrong answers optimal."""
_PATIENCE_S = 1.0
"""Solves up to this long run without an interrupter: SCIP's hook for it writes an error line to stderr each time
(OR-Tools 9.15; it stops all the same), and a second is soon enough to notice a stop. They count CPU time: SCIP's other
clock is the wall's, and when that is set back a day, a limit of a second is a day and a second."""
_CPU_TIME = 1
_AGAIN = (result_pb2.TERMINATION_REASON_IMPRECISE, result_pb2.TERMINATION_REASON_NUMERICAL_ERROR)
"""Ends of the simplex that another way may mend."""


class Ending(Enum):
    """How a solve ended: OPTIMAL and INFEASIBLE are proofs, FEASIBLE has a point, NOTHING has none."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    NOTHING = "nothing"


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """What the solver said. bound: no point has a higher objective; +inf when not known.

    point: float64 (columns,), objective: its value, both only when OPTIMAL or FEASIBLE.
    row_prices: float64 (rows,), only from ``solve_relaxed``; >= 0 where the upper side binds.
    """

    ending: Ending
    objective: float = -np.inf
    bound: float = np.inf
    point: Floats | None = None
    row_prices: Floats | None = None


class Interrupter:
    """Stops running solves from another thread."""

    def __init__(self) -> None:
        self._inner = PySolveInterrupter()

    def interrupt(self) -> None:
        """End every solve that holds this interrupter, now and later."""
        self._inner.interrupt()

    @property
    def native(self) -> Any:
        """The object that OR-Tools takes."""
        return self._inner


class LinearModel:
    """Maximise ``objective @ x`` subject to ``lower <= rows @ x <= upper`` and column bounds."""

    def __init__(self) -> None:
        self._columns: list[tuple[Floats, Floats, Floats, Flags]] = []
        self._entries: list[tuple[Positions, Positions, Floats]] = []
        self._sides: list[tuple[Floats, Floats]] = []
        self.columns = 0
        self.rows = 0

    def add_columns(self, objective: Floats, lower: Floats | float, upper: Floats | float, integer: bool) -> Positions:
        """Add one column per objective coefficient and return their positions."""
        n = len(objective)
        sides = [np.broadcast_to(np.asarray(side, float), n) for side in (lower, upper)]
        self._columns.append((objective, sides[0], sides[1], np.full(n, integer)))
        self.columns += n
        return np.arange(self.columns - n, self.columns)

    def add_rows(self, row: Positions, column: Positions, value: Floats, lower: Floats, upper: Floats) -> Positions:
        """Add ``len(lower)`` rows with entries (row counted from 0, column, value); return their positions."""
        self._entries.append((row + self.rows, column, value))
        self._sides.append((lower, upper))
        self.rows += len(lower)
        return np.arange(self.rows - len(lower), self.rows)

    def forbid(self, columns: Positions, chosen: Flags) -> None:
        """Cut off exactly one choice of some 0-1 columns."""
        sign = np.where(chosen, 1.0, -1.0)
        zeros = np.zeros(len(columns), np.int64)
        self.add_rows(zeros, columns, sign, np.array([-np.inf]), np.array([float(chosen.sum()) - 1.0]))

    def _message(self, relaxed: bool) -> Any:
        objective, lower, upper, integer = (np.concatenate(parts) for parts in zip(*self._columns, strict=True))
        message = model_pb2.ModelProto()
        message.variables.ids.extend(range(self.columns))
        message.variables.lower_bounds.extend(lower.tolist())
        message.variables.upper_bounds.extend(upper.tolist())
        message.variables.integers.extend([False] * self.columns if relaxed else integer.tolist())
        message.objective.maximize = True
        used = np.flatnonzero(objective)
        message.objective.linear_coefficients.ids.extend(used.tolist())
        message.objective.linear_coefficients.values.extend(objective[used].tolist())
        message.linear_constraints.ids.extend(range(self.rows))
        if self.rows:
            row_lower, row_upper = (np.concatenate(parts) for parts in zip(*self._sides, strict=True))
            message.linear_constraints.lower_bounds.extend(row_lower.tolist())
            message.linear_constraints.upper_bounds.extend(row_upper.tolist())
            row, column, value = (np.concatenate(parts) for parts in zip(*self._entries, strict=True))
            order = np.lexsort((column, row))
            order = order[value[order] != 0]
            message.linear_constraint_matrix.row_ids.extend(row[order].tolist())
            message.linear_constraint_matrix.column_ids.extend(column[order].tolist())
            message.linear_constraint_matrix.coefficients.extend(value[order].tolist())
        return message

    def solve_relaxed(self, time_limit_s: float, interrupter: Interrupter | None = None) -> Answer:
        """The linear relaxation by GLOP, with row prices.

        Our models are small, and presolve costs as much as the dual simplex after it: they go to that as they are, and
        only where it comes to no end through presolve. Where GLOP calls its end imprecise (rows of very different
        sizes) it is asked for that end all the same: the caller prices all offers anew, and prices that are a little
        off still prove a bound.
        """
        message = self._message(relaxed=True)
        for step in range(3):
            parameters = _parameters(time_limit_s)
            parameters.glop.use_preprocessing, parameters.glop.use_dual_simplex = step > 0, step == 0
            if step == 2:
                parameters.glop.change_status_to_imprecise = False
            result = _solve(message, parameters_pb2.SOLVER_TYPE_GLOP, parameters, interrupter)
            if result.termination.reason not in _AGAIN[: 2 - step]:
                break
        solution = result.solutions[0] if result.solutions else None
        reason = result.termination.reason
        if reason == result_pb2.TERMINATION_REASON_OPTIMAL and solution is not None:
            point = _dense(solution.primal_solution.variable_values, self.columns)
            prices = _dense(solution.dual_solution.dual_values, self.rows)
            value = float(solution.primal_solution.objective_value)
            return Answer(Ending.OPTIMAL, value, value, point, prices)
        if reason == result_pb2.TERMINATION_REASON_INFEASIBLE:
            return Answer(Ending.INFEASIBLE)
        return Answer(Ending.NOTHING)

    def solve_integer(
        self,
        time_limit_s: float,
        seed: int,
        interrupter: Interrupter | None = None,
        absolute_gap: float = 0.0,
        most_nodes: int | None = None,
    ) -> Answer:
        """The integer program by SCIP, one thread, to ``absolute_gap`` of its objective, or up to so many nodes.

        Few heuristics, cuts and presolve rounds: our models are small and tight, and these halve the median time.
        """
        parameters = _parameters(time_limit_s)
        parameters.random_seed = seed
        parameters.relative_gap_tolerance = 0.0
        parameters.absolute_gap_tolerance = absolute_gap
        if most_nodes is not None:
            parameters.node_limit = most_nodes
        parameters.heuristics = parameters_pb2.EMPHASIS_LOW
        parameters.cuts = parameters_pb2.EMPHASIS_LOW
        parameters.gscip.int_params["presolving/maxrounds"] = 1
        parameters.gscip.real_params["numerics/feastol"] = _TIGHT
        message = self._message(relaxed=False)
        if interrupter is not None and time_limit_s > _PATIENCE_S:
            _set_time_limit(parameters, _PATIENCE_S)
            answer = self._integer_answer(_solve(message, parameters_pb2.SOLVER_TYPE_GSCIP, parameters, None))
            if answer.ending in (Ending.OPTIMAL, Ending.INFEASIBLE) or interrupter.native.interrupted:
                return answer
            _set_time_limit(parameters, time_limit_s - _PATIENCE_S)
        return self._integer_answer(_solve(message, parameters_pb2.SOLVER_TYPE_GSCIP, parameters, interrupter))

    def _integer_answer(self, result: Any) -> Answer:
        reason = result.termination.reason
        if reason == result_pb2.TERMINATION_REASON_INFEASIBLE:
            return Answer(Ending.INFEASIBLE, bound=-np.inf)
        bound = float(result.termination.objective_bounds.dual_bound)
        if not result.solutions:
            return Answer(Ending.NOTHING, bound=bound)
        primal = result.solutions[0].primal_solution
        ending = Ending.OPTIMAL if reason == result_pb2.TERMINATION_REASON_OPTIMAL else Ending.FEASIBLE
        value = float(primal.objective_value)
        return Answer(ending, value, max(bound, value), _dense(primal.variable_values, self.columns))


def _parameters(time_limit_s: float) -> Any:
    parameters = parameters_pb2.SolveParametersProto()
    parameters.threads = 1
    _set_time_limit(parameters, time_limit_s)
    return parameters


def _set_time_limit(parameters: Any, time_limit_s: float) -> None:
    if time_limit_s <= _PATIENCE_S:
        parameters.gscip.int_params["timing/clocktype"] = _CPU_TIME
    else:
        parameters.gscip.int_params.pop("timing/clocktype", None)
    parameters.time_limit.FromNanoseconds(max(int(time_limit_s * 1e9), 1_000_000))


def _solve(message: Any, kind: Any, parameters: Any, interrupter: Interrupter | None) -> Any:
    return solver.solve(
        message,
        kind,
        parameters_pb2.SolverInitializerProto(),
        parameters,
        model_parameters_pb2.ModelSolveParametersProto(),
        None,
        callback_pb2.CallbackRegistrationProto(),
        None,
        None if interrupter is None else interrupter.native,
    )


def _dense(vector: Any, size: int) -> Floats:
    dense = np.zeros(size)
    dense[np.fromiter(vector.ids, np.int64, len(vector.ids))] = np.fromiter(vector.values, float, len(vector.values))
    return dense

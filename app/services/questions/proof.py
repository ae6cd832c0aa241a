"""What is kept of a solution besides its answer, so that a question about it need not solve it again."""

import json

import numpy as np

from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.program import Program, known_prices, price
from optimizer.solution import Duals, Solution


def written(solution: Solution) -> bytes:
    """The solution as it is kept; reduced profits, one per offer, are priced anew when it is read."""
    duals = solution.duals
    document = {
        "status": solution.status,
        "stop_reason": solution.stop_reason,
        "plan": None if solution.plan is None else solution.plan.tolist(),
        "best_bound": solution.best_bound,
        "relative_gap": solution.relative_gap,
        "conflicts": solution.conflicts,
        "duals": None
        if duals is None
        else {"segments": duals.segments.tolist(), "budget": duals.budget, "rules": duals.rules},
    }
    return json.dumps(document).encode()


def read(content: bytes, problem: Problem) -> Solution:
    """The solution of the same problem that was kept."""
    kept = json.loads(content)
    plan = None if kept["plan"] is None else np.array(kept["plan"], np.int64)
    return Solution(
        status=kept["status"],
        stop_reason=kept["stop_reason"],
        plan=plan,
        verdict=None if plan is None else judge(problem, plan),
        best_bound=kept["best_bound"],
        relative_gap=kept["relative_gap"],
        duals=None if kept["duals"] is None else _duals(problem, **kept["duals"]),
        conflicts=tuple(kept["conflicts"]),
    )


def _duals(problem: Problem, segments: list[float], budget: float, rules: dict[str, float]) -> Duals:
    program = Program.of(problem)
    known = Duals(np.array(segments), budget, rules, np.zeros(0))
    return Duals(known.segments, budget, rules, price(program, known_prices(program, known)).profit)

"""Measured cases, in a process of their own: a problem of a family, solved by us or by a peer, judged by our judge.

    python -m benchmarks.case rules 100000 --seed 1
    python -m benchmarks.case plain 100000 --solver cbc --limit-s 60

print records, each as one line of JSON (see ``Record``). Times are wall seconds; peak memory is that of the process and
of what it started, with the generated problem in it.
"""

import argparse
import resource
import statistics
import sys
from dataclasses import replace
from importlib.metadata import version
from time import perf_counter

import numpy as np

from benchmarks.families import FAMILIES, Instance
from benchmarks.peers import PEERS
from benchmarks.peers.answer import Asked
from benchmarks.peers.full_model import full_model
from benchmarks.record import OURS, Record
from optimizer.columns import Positions
from optimizer.judge import judge
from optimizer.problem import Problem

_ROUNDS = 5
_ENOUGH_S = 1.0
"""We are timed up to ``_ROUNDS`` times while all of them together stay within this, and the median counts."""


def measure(family: str, size: int, seed: int, solver: str, limit_s: float) -> Record:
    """Draw the problem and solve it."""
    start = perf_counter()
    instance = FAMILIES[family].make(size, seed)
    made_s = perf_counter() - start
    problem = instance.problem
    known = judge(problem, instance.feasible).feasible
    package = "ortools" if solver == OURS else PEERS[solver].package
    record = Record(
        family=family,
        size=size,
        seed=seed,
        solver=solver,
        limit_s=limit_s,
        version=version(package),
        ending="failed",
        offers=problem.offers,
        segments=len(problem.ceilings),
        known_feasible=known,
        made_s=made_s,
    )
    measured = _ours(record, instance) if solver == OURS else _peer(record, problem)
    return replace(measured, peak_mb=_peak_mb())


def _ours(record: Record, instance: Instance) -> Record:
    from optimizer.solution import Limits, Progress
    from optimizer.solve import solve

    solve(FAMILIES["plain"].make(60, 0).problem, Limits())  # a service has loaded its libraries
    exponents = _exponents_s(instance)
    times: list[float] = []
    first: list[float] = []
    while True:
        met: list[float] = []

        def hear(progress: Progress, met: list[float] = met) -> None:
            if progress.value is not None:
                met.append(progress.elapsed_s)

        start = perf_counter()
        solution = solve(instance.problem, Limits(time_limit_s=record.limit_s), hear)
        times.append(perf_counter() - start)
        first += met[:1]
        if len(times) == _ROUNDS or sum(times) + times[-1] > _ENOUGH_S:
            break
    exponents += _exponents_s(instance)
    judged = _judged(replace(record, ending=solution.status), instance.problem, solution.plan)
    return replace(
        judged,
        bound=solution.best_bound,
        gap=solution.relative_gap,
        total_s=statistics.median(times),
        rounds=len(times),
        first_plan_s=min(first, default=None),
        exponents_s=statistics.median(exponents) if exponents else None,
        phases=dict(solution.seconds),
    )


def _exponents_s(instance: Instance) -> list[float]:
    times: list[float] = []
    audience = instance.audience
    if audience is None:
        return times
    for _ in range(3):
        start = perf_counter()
        audience.exponents()
        times.append(perf_counter() - start)
    return times


def _peer(record: Record, problem: Problem) -> Record:
    solve = PEERS[record.solver].load()
    answer = solve(problem, Asked(limit_s=record.limit_s, seed=record.seed))
    judged = _judged(replace(record, ending=answer.ending), problem, answer.plan)
    gap = None
    if answer.objective is not None and answer.bound is not None and np.isfinite(answer.bound):
        gap = max(answer.bound - answer.objective, 0.0) / max(abs(answer.objective), 1e-9)
    error = None
    if record.solver != "greedy" and judged.value:
        error = full_model(problem).tangent_error / abs(judged.value)
    return replace(
        judged,
        bound=answer.bound,
        gap=gap,
        build_s=answer.build_s,
        total_s=answer.build_s + answer.solve_s,
        tangent_error=error,
    )


def _judged(record: Record, problem: Problem, plan: Positions | None) -> Record:
    if plan is None:
        return record
    verdict = judge(problem, plan)
    broken = tuple(check.name for check in verdict.checks if not check.holds)
    return replace(record, chosen=len(plan), broken=broken[:5], value=None if broken else verdict.value)


def _peak_mb() -> float:
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / unit


def main() -> None:
    """Measure what the arguments say and print the record."""
    parser = argparse.ArgumentParser(prog="benchmarks.case", description="Measure one case.")
    parser.add_argument("family", choices=FAMILIES)
    parser.add_argument("size", type=int, help="creators")
    parser.add_argument("--seed", type=int, nargs="+", default=[1], help="several are measured one after the other")
    words = "several, one after the other, but never two that cannot be loaded into one process"
    parser.add_argument("--solver", nargs="+", choices=(OURS, *PEERS), default=[OURS], help=words)
    parser.add_argument("--limit-s", type=float, default=10.0)
    asked = parser.parse_args()
    for solver in asked.solver:
        for seed in asked.seed:
            print(measure(asked.family, asked.size, seed, solver, asked.limit_s).line(), flush=True)


if __name__ == "__main__":
    main()

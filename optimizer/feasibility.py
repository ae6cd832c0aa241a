"""Is there any plan at all? CP-SAT decides it in exact integers, SCIP as the second way."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from optimizer.clock import Clock
from optimizer.columns import Floats, Positions
from optimizer.judge import judge
from optimizer.linear_model import Ending
from optimizer.master import build
from optimizer.problem import Problem
from optimizer.program import Program
from optimizer.rules import SHARE_TOLERANCE, Count, Filter, OnlyWith, Require, Rule, Spend, SpendShare, WasteShare

_LARGEST = float(1 << 61)


@dataclass(frozen=True, eq=False, slots=True)
class Feasibility:
    """plan: one that the judge accepts, or None. possible: True, False (proven) or None (not known in time)."""

    possible: bool | None
    plan: Positions | None = None


def decide(problem: Problem, clock: Clock, seed: int) -> Feasibility:
    """Whether a plan keeps budget and all rules (a goal is not looked at), by CP-SAT on integers."""
    model = cp_model.CpModel()
    x = np.array([model.new_bool_var("") for _ in range(problem.offers)], dtype=object)
    _creator_rows(model, problem, x)
    cost = problem.cost.astype(object)
    if float(problem.cost.sum(dtype=np.float64)) > problem.budget:
        model.add(_sum(x, cost) <= problem.budget)
    for rule in problem.rules:
        if not _add_rule(model, problem, rule, x, cost):
            return Feasibility(None)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.catch_sigint_signal = False
    for _ in range(20):
        if clock.over():
            return Feasibility(None)
        solver.parameters.max_time_in_seconds = max(clock.left_s(), 0.001)
        status = solver.solve(model)
        if status == cp_model.INFEASIBLE:
            return Feasibility(False)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return Feasibility(None)
        chosen = np.array([solver.boolean_value(variable) for variable in x], np.bool_)
        plan = np.flatnonzero(chosen)
        if all(check.holds for check in judge(problem, plan).checks if check.kind != "goal"):
            return Feasibility(True, plan)
        model.add_bool_or([x[o].negated() if chosen[o] else x[o] for o in range(problem.offers)])
    return Feasibility(None)


def impossible_by_scip(problem: Problem, clock: Clock, seed: int) -> bool:
    """Whether SCIP too proves that there is no plan (the goal, if any, counted, by its tangents)."""
    program = Program.of(problem)
    offers = np.setdiff1d(np.arange(problem.offers), program.closed)
    reach_all = problem.exponents[offers].sum(axis=0)
    steps = np.linspace(0.0, 1.0, 17) ** 2
    tangents = [np.unique(at * steps) for at in reach_all]
    for _ in range(20):
        master = build(program, offers, offers[:0], tangents, integer=True)
        answer = master.model.solve_integer(max(clock.left_s(), 0.001), seed, clock.interrupter, absolute_gap=np.inf)
        if answer.ending is Ending.INFEASIBLE:
            return True
        if answer.point is None or problem.goal is None:
            return False
        u = problem.exponents[offers[answer.point[: len(offers)] > 0.5]].sum(axis=0)
        if float(problem.ceilings @ -np.expm1(-u)) >= program.goal if program.goal is not None else True:
            return False
        tangents = [np.unique(np.append(points, at)) for points, at in zip(tangents, u, strict=True)]
    return False


def _sum(x: Any, coefficients: Any) -> Any:
    return cp_model.LinearExpr.weighted_sum(x.tolist(), [int(value) for value in coefficients])


def _creator_rows(model: Any, problem: Problem, x: Any) -> None:
    cuts = np.flatnonzero(np.diff(problem.creator)) + 1
    for group in np.split(x, cuts):
        if len(group) > 1:
            model.add_at_most_one(group.tolist())


def _add_rule(model: Any, problem: Problem, rule: Rule, x: Any, cost: Any) -> bool:
    """Add one rule; False if its numbers do not fit 64-bit integers."""
    if isinstance(rule, Count):
        _between(model, _sum(x[rule.offers], np.ones(len(rule.offers))), rule.least, rule.most)
    elif isinstance(rule, Spend):
        _between(model, _sum(x[rule.offers], cost[rule.offers]), rule.least, rule.most)
    elif isinstance(rule, SpendShare):
        return _add_spend_share(model, problem, rule, x, cost)
    elif isinstance(rule, WasteShare):
        surplus = problem.waste - (rule.most + SHARE_TOLERANCE) * problem.contacts
        model.add(_sum(x, _rounded_down(surplus)) <= 0)
    elif isinstance(rule, Filter):
        for offer in rule.offers:
            model.add(x[offer] == 0)
    elif isinstance(rule, Require):
        model.add_exactly_one(x[rule.offers].tolist())
    elif isinstance(rule, OnlyWith):
        for group in rule.needed:
            model.add(_sum(x[rule.offers], np.ones(len(rule.offers))) <= _sum(x[group], np.ones(len(group))))
    return True


def _add_spend_share(model: Any, problem: Problem, rule: SpendShare, x: Any, cost: Any) -> bool:
    matched = np.zeros(problem.offers, np.int64).astype(object)
    matched[rule.offers] = 1
    for side, sign in ((rule.least, 1), (rule.most, -1)):
        if side is None:
            continue
        if float(side.denominator) * float(problem.cost.sum(dtype=np.float64)) > _LARGEST:
            return False
        model.add(_sum(x, sign * (matched * side.denominator - side.numerator) * cost) >= 0)
    return True


def _between(model: Any, expression: Any, least: int | None, most: int | None) -> None:
    if least is not None:
        model.add(expression >= least)
    if most is not None:
        model.add(expression <= most)


def _rounded_down(coefficients: Floats) -> Any:
    """Coefficients of a row ``sum <= 0`` as integers, rounded down, so that no plan is lost."""
    size = float(np.abs(coefficients).sum())
    scale = 2.0 ** np.floor(np.log2((1 << 52) / size)) if size > 0 else 1.0
    return np.floor(coefficients * scale).astype(np.int64)

"""A second way to the optimum: all offers and rules in one model for SCIP, written from the words of the rules.

It shares nothing with the optimizer but the problem: no rows, no scaling, no screen, no prices.
"""

from typing import Any

import numpy as np
from ortools.linear_solver import pywraplp

from optimizer.columns import Positions
from optimizer.problem import Problem
from optimizer.rules import Count, Distance, Filter, OnlyWith, Require, Rule, SpendShare, WasteShare

_ROUNDS = 40


def best_by_full_model(problem: Problem, gap: float = 1e-7) -> tuple[Positions, float] | None:
    """The best plan and its value by tangents refined at each plan, None when nothing is feasible."""
    solver = pywraplp.Solver.CreateSolver("SCIP")
    x = [solver.BoolVar(f"x{offer}") for offer in range(problem.offers)]
    people = [solver.NumVar(0.0, float(ceiling), f"z{s}") for s, ceiling in enumerate(problem.ceilings)]
    _add_constraints(solver, problem, x, people)
    points: dict[int, list[float]] = {s: [] for s in range(len(people))}
    for s, u in enumerate(problem.exponents.sum(axis=0)):
        for at in np.linspace(0.0, 1.0, 12) ** 2 * u:
            _touch(solver, problem, x, people, points, s, float(at))
    parameters = pywraplp.MPSolverParameters()
    parameters.SetDoubleParam(pywraplp.MPSolverParameters.RELATIVE_MIP_GAP, gap / 4)
    for _ in range(_ROUNDS):
        status = solver.Solve(parameters)
        if status == pywraplp.Solver.INFEASIBLE:
            return None
        assert status == pywraplp.Solver.OPTIMAL
        plan = np.array([offer for offer in range(problem.offers) if x[offer].solution_value() > 0.5], np.int64)
        u = problem.exponents[plan].sum(axis=0)
        value = _value(problem, plan, u)
        promised = solver.Objective().BestBound()
        if problem.goal is not None:
            promised, value = -promised, -float(problem.cost[plan].sum())
            reached = problem.ceilings @ -np.expm1(-u) + problem.gain[plan].sum() >= problem.goal * (1 - 2e-9)
            if reached:
                return plan, value
        elif promised - value <= gap * max(abs(value), 1e-9):
            return plan, value
        for s in range(len(people)):
            _touch(solver, problem, x, people, points, s, float(u[s]))
    raise AssertionError("the full model did not converge")


def _value(problem: Problem, plan: Positions, u: np.ndarray) -> float:
    engaged = problem.ceilings @ -np.expm1(-u) + problem.gain[plan].sum()
    return float(engaged - problem.waste_aversion * problem.waste[plan].sum())


def _touch(solver: Any, problem: Problem, x: Any, people: Any, points: Any, s: int, at: float) -> None:
    """z_s <= M (1 - e^-t) + M e^-t (u - t), unless that point is there."""
    if at in points[s]:
        return
    points[s].append(at)
    slope, ceiling = float(np.exp(-at)), float(problem.ceilings[s])
    met = solver.Sum([float(c) * x[o] for o, c in enumerate(problem.exponents[:, s]) if c > 0])
    solver.Add(people[s] <= ceiling * (1 - slope) + ceiling * slope * (met - at))


def _add_constraints(solver: Any, problem: Problem, x: Any, people: Any) -> None:
    cost = problem.cost.tolist()
    money = solver.Sum([cost[o] * x[o] for o in range(problem.offers)])
    solver.Add(money <= problem.budget)
    for creator in np.unique(problem.creator).tolist():
        solver.Add(_number(solver, x, np.flatnonzero(problem.creator == creator)) <= 1)
    engaged = solver.Sum([*people, *(float(g) * x[o] for o, g in enumerate(problem.gain))])
    for rule in problem.rules:
        _add_rule(solver, problem, rule, x, money)
    if problem.goal is not None:
        solver.Add(engaged >= problem.goal * (1 - 1e-9))
        solver.Minimize(money)
    else:
        wasted = solver.Sum([float(w) * x[o] for o, w in enumerate(problem.waste)])
        solver.Maximize(engaged - problem.waste_aversion * wasted)


def _number(solver: Any, x: Any, offers: Positions) -> Any:
    return solver.Sum([x[o] for o in offers.tolist()])


def _add_rule(solver: Any, problem: Problem, rule: Rule, x: Any, money: Any) -> None:
    if isinstance(rule, WasteShare):
        surplus = problem.waste - (rule.most + 1e-9) * problem.contacts
        solver.Add(solver.Sum([float(a) * x[o] for o, a in enumerate(surplus)]) <= 0)
        return
    number = _number(solver, x, rule.offers)
    matched = solver.Sum([int(problem.cost[o]) * x[o] for o in rule.offers.tolist()])
    if isinstance(rule, Filter):
        solver.Add(number <= 0)
    elif isinstance(rule, Require):
        solver.Add(number >= 1)
    elif isinstance(rule, OnlyWith):
        for group in rule.needed:
            solver.Add(number <= _number(solver, x, group))
    elif isinstance(rule, Distance):
        distance = rule.size - number + _number(solver, x, rule.others)
        solver.Add(distance >= (rule.least or 0))
        if rule.most is not None:
            solver.Add(distance <= rule.most)
    elif isinstance(rule, SpendShare):
        if rule.least is not None:
            solver.Add(rule.least.denominator * matched >= rule.least.numerator * money)
        if rule.most is not None:
            solver.Add(rule.most.denominator * matched <= rule.most.numerator * money)
    else:
        measured = number if isinstance(rule, Count) else matched
        if rule.least is not None:
            solver.Add(measured >= rule.least)
        if rule.most is not None:
            solver.Add(measured <= rule.most)

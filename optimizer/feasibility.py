"""Is there any plan at all? CP-SAT decides it in exact integers, SCIP as the second way.

The CP-SAT model is written as one text message and handed over whole: its Python modelling layer costs
microseconds per coefficient and loads pandas, a second that most processes never need.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.sat.python import cp_model_helper

from optimizer.clock import Clock
from optimizer.columns import Flags, Floats, Positions
from optimizer.exact_rows import Digits, IntegerRow, in_digits
from optimizer.judge import judge
from optimizer.linear_model import Ending
from optimizer.master import build
from optimizer.part import part_of
from optimizer.problem import Problem
from optimizer.program import Program
from optimizer.rules import (
    SHARE_TOLERANCE,
    Count,
    Distance,
    Filter,
    OnlyWith,
    Require,
    Rule,
    Spend,
    SpendShare,
    WasteShare,
)
from optimizer.sorted_sets import difference
from optimizer.tangents import spread, touch_at

_LARGEST = 1 << 60
_LARGEST_WEIGHT = 1 << 52
_CUTS = 20


@dataclass(frozen=True, eq=False, slots=True)
class Feasibility:
    """possible: True, False (proven) or None (not known in time). plan: one that the judge accepts, or None.

    lightest: whether no plan weighs less, where weights were given.
    """

    possible: bool | None
    plan: Positions | None = None
    lightest: bool = False


class _BooleanModel:
    """Rows of integer coefficients over n booleans, as CP-SAT's text message."""

    def __init__(self, n: int) -> None:
        self.n = n
        self._columns = n
        self._parts = ["variables{domain:[0,1]}" * n]

    def row(self, columns: Positions, coefficients: Iterable[int], least: int | None, most: int | None) -> None:
        """least <= sum of coefficients over columns <= most, in digits where 64 bits do not hold it."""
        values = list(coefficients)
        size = sum(map(abs, values))
        sides = [-size if least is None else least, size if most is None else most]
        if max(size, *map(abs, sides)) <= _LARGEST:
            self._linear(columns.tolist(), values, *sides)
            return
        for side, sign in ((most, 1), (least, -1)):
            if side is not None:
                self._add_digits(columns.tolist(), in_digits(IntegerRow([sign * v for v in values], sign * side)))

    def _add_digits(self, columns: list[int], digits: Digits) -> None:
        carry: list[int] = []
        for place, row in enumerate(digits.rows):
            values, used = [*row.values, *(1 for _ in carry)], [*columns, *carry]
            if place + 1 < len(digits.rows):
                self._parts.append(f"variables{{domain:[-1,{len(columns) + 1}]}}")
                carry = [self._columns]
                self._columns += 1
                values, used = [*values, -digits.base], [*used, *carry]
            self._linear(used, values, -_LARGEST, row.side)

    def _linear(self, columns: list[int], values: list[int], least: int, most: int) -> None:
        self._parts.append(
            f"constraints{{linear{{vars:[{_listed(columns)}] coeffs:[{_listed(values)}] domain:[{least},{most}]}}}}"
            if least <= most
            else "constraints{bool_or{}}"
        )

    def at_most_one(self, columns: Positions) -> None:
        """At most one of the columns."""
        self._parts.append(f"constraints{{at_most_one{{literals:[{_listed(columns)}]}}}}")

    def forbid(self, chosen: Positions) -> None:
        """Not exactly this choice."""
        literals = np.arange(self.n)
        literals[chosen] = -literals[chosen] - 1
        self._parts.append(f"constraints{{bool_or{{literals:[{_listed(literals)}]}}}}")

    def minimise(self, weights: Floats) -> bool:
        """Ask for the least sum of weights (n,); False if rounded, so that it is only nearly the least."""
        size = float(np.abs(weights).sum())
        exact = size <= _LARGEST_WEIGHT and bool(np.all(weights == np.rint(weights)))
        whole = np.rint(weights * (1.0 if exact else _LARGEST_WEIGHT / size)).astype(np.int64)
        used = np.flatnonzero(whole)
        self._parts.append(f"objective{{vars:[{_listed(used)}] coeffs:[{_listed(whole[used])}]}}")
        return exact

    def solve(self, time_limit_s: float, seed: int, clock: Clock) -> tuple[str, Positions]:
        """CP-SAT's status name and the chosen columns (none unless OPTIMAL or FEASIBLE)."""
        message = cp_model_helper.CpModelProto()
        message.parse_text_format("".join(self._parts))
        parameters = cp_model_helper.SatParameters()
        parameters.num_workers = 1
        parameters.random_seed = seed
        parameters.catch_sigint_signal = False
        parameters.max_time_in_seconds = max(time_limit_s, 0.001)
        solver: Any = cp_model_helper.SolveWrapper()
        solver.set_parameters(parameters)
        with clock.stopping(solver.stop_search):
            response = solver.solve(message)
        return response.status.name, np.flatnonzero(np.array(list(response.solution)[: self.n]))


def decide(problem: Problem, clock: Clock, seed: int, share: float = 1.0, weights: Floats | None = None) -> Feasibility:
    """Whether a plan keeps budget and all rules (a goal is not looked at), by CP-SAT on integers.

    share: of the time that is left, 0..1, what the question is worth. weights: float64 (n,), the plan that weighs
    least is looked for; None: any plan will do.
    """
    spare_s = (1.0 - share) * clock.left_s()
    model = _model(problem)
    whole = weights is not None and model.minimise(weights)
    for _ in range(_CUTS):
        if clock.over() or clock.left_s() < spare_s:
            break
        status, plan = model.solve(clock.left_s() - spare_s, seed, clock)
        if status == "INFEASIBLE":
            return Feasibility(False)
        if status not in ("OPTIMAL", "FEASIBLE"):
            break
        if all(check.holds for check in judge(problem, plan).checks if check.kind != "goal"):
            return Feasibility(True, plan, whole and status == "OPTIMAL")
        model.forbid(plan)
    return Feasibility(None)


def plan_among(problem: Problem, offers: Positions, clock: Clock, seed: int, share: float) -> Positions | None:
    """A plan that contains none but ``offers`` (sorted positions); None where none was found, which proves nothing.

    share: of the time that is left, 0..1.
    """
    plan = decide(part_of(problem, offers), clock, seed, share).plan
    return None if plan is None else offers[plan]


def impossible_by_scip(problem: Problem, clock: Clock, seed: int) -> bool:
    """Whether SCIP too proves that there is no plan (the goal, if any, counted, by its tangents)."""
    program = Program.of(problem)
    offers = difference(np.arange(problem.offers), program.closed)
    reach_all = problem.exponents[offers].sum(axis=0)
    tangents = spread(problem, reach_all, np.linspace(0.0, 1.0, 17) ** 2)
    cuts: list[Flags] = []
    for _ in range(_CUTS):
        master = build(program, offers, offers[:0], tangents, integer=True, exact=bool(cuts))
        for cut in cuts:
            master.model.forbid(np.arange(len(cut)), cut)
        answer = master.model.solve_integer(max(clock.left_s(), 0.001), seed, clock.interrupter, absolute_gap=np.inf)
        if answer.ending is Ending.INFEASIBLE:
            return True
        if answer.point is None:
            return False
        chosen = answer.point[: len(offers)] > 0.5
        plan = offers[chosen]
        if judge(problem, plan).feasible:
            return False
        cuts.append(chosen)
        touch_at(problem, tangents, problem.exponents[plan].sum(axis=0))
    return False


def _listed(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers.tolist() if isinstance(numbers, np.ndarray) else numbers))


def _model(problem: Problem) -> _BooleanModel:
    model = _BooleanModel(problem.offers)
    everything = np.arange(problem.offers)
    first = np.flatnonzero(np.diff(problem.creator, prepend=-1))
    for group in np.split(everything, first[1:]):
        if len(group) > 1:
            model.at_most_one(group)
    cost = problem.cost.tolist()
    if sum(cost) > problem.budget:
        dear = np.flatnonzero(problem.cost > problem.budget)
        model.row(dear, [1] * len(dear), None, 0)
        payable = np.flatnonzero(problem.cost <= problem.budget)
        model.row(payable, problem.cost[payable].tolist(), None, problem.budget)
    for rule in problem.rules:
        _add_rule(model, problem, rule, everything, cost)
    return model


def _add_rule(model: _BooleanModel, problem: Problem, rule: Rule, everything: Positions, cost: list[int]) -> None:
    if isinstance(rule, Count):
        model.row(rule.offers, [1] * len(rule.offers), rule.least, rule.most)
    elif isinstance(rule, Spend):
        model.row(rule.offers, problem.cost[rule.offers].tolist(), rule.least, rule.most)
    elif isinstance(rule, SpendShare):
        matched = np.zeros(problem.offers, np.bool_)
        matched[rule.offers] = True
        for side, sign in ((rule.least, 1), (rule.most, -1)):
            if side is not None:
                of_matched, of_others = side.denominator - side.numerator, -side.numerator
                pairs = zip(matched.tolist(), cost, strict=True)
                model.row(everything, [sign * (of_matched if m else of_others) * c for m, c in pairs], 0, None)
    elif isinstance(rule, WasteShare):
        surplus = problem.waste - (rule.most + SHARE_TOLERANCE) * problem.contacts
        model.row(everything, _rounded_down(surplus), None, 0)
    elif isinstance(rule, Filter):
        model.row(rule.offers, [1] * len(rule.offers), None, 0)
    elif isinstance(rule, Require):
        model.row(rule.offers, [1] * len(rule.offers), 1, 1)
    elif isinstance(rule, OnlyWith):
        for group in rule.needed:
            signs = [1] * len(rule.offers) + [-1] * len(group)
            model.row(np.concatenate([rule.offers, group]), signs, None, 0)
    elif isinstance(rule, Distance):
        signs = [-1] * len(rule.offers) + [1] * len(rule.others)
        sides = (None if side is None else side - rule.size for side in (rule.least, rule.most))
        model.row(np.concatenate([rule.offers, rule.others]), signs, *sides)


def _rounded_down(coefficients: Floats) -> list[int]:
    """Coefficients of a row ``sum <= 0`` as integers, rounded down, so that no plan is lost."""
    size = float(np.abs(coefficients).sum())
    scale = 2.0 ** np.floor(np.log2((1 << 52) / size)) if size > 0 else 1.0
    rounded: list[int] = np.floor(coefficients * scale).astype(np.int64).tolist()
    return rounded

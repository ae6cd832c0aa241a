"""Branch and bound over what the screen left open, each node bounded by prices and screened again.

One window of a few hundred offers cannot close a gap that one dear creator opens: with it half taken the
relaxation is far from any plan. Forcing it in or out and pricing anew leaves two small gaps, each with a small
core, which the integer program then solves exactly.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import numpy as np

from optimizer.bound import Relaxation, relax, window
from optimizer.columns import Flags, Positions
from optimizer.core import Effort, solve_core
from optimizer.master import Tangents, dense
from optimizer.program import Prices, Program
from optimizer.screen import screen

_CORE = 160
"""Free offers up to which a node's core goes to the integer program at once."""
_GLANCE = 40
"""Free offers of the quick integer programs that look for a better plan."""
_LOOK_EVERY = 8
"""Nodes between two such looks."""
_KINDS = 6
"""Offers taken in part whose kinds are looked at before a single offer is branched on."""
_OUT_OF_SCALE = 30.0
"""An offer that meets this many times the people of a plan is decided on its own where the answer is not sharp."""
_LEAST_STAKE = 0.01
"""Share of the budget that must be in doubt before the number of a kind is branched on."""


@dataclass(frozen=True, slots=True)
class Aim:
    """threshold: value at or below which a plan is not worth finding, now. tolerance: absolute, of core solves."""

    threshold: Callable[[], float]
    tolerance: Callable[[], float]
    on_bound: Callable[[float], None]


def search(program: Program, root: Relaxation, tangents: Tangents, aim: Aim, effort: Effort) -> float:
    """Best-first search; returns a bound on every plan of ``program``, -inf if it holds none.

    Ends when no open node's bound is above the threshold, or when time is out (the bound then is that of the
    best open node).
    """
    order = count()
    queue: list[tuple[float, int, Program, Prices]] = []
    closed_at, visited = -np.inf, 1
    node: tuple[Program, Relaxation] | None = (program, root)
    while True:
        if node is not None:
            bound, children = _expand(*node, tangents, aim, effort, look=visited % _LOOK_EVERY == 0)
            visited += 1
            closed_at = max(closed_at, bound)
            for child, priced in children:
                heapq.heappush(queue, (-priced.priced.bound, next(order), child, priced.priced.prices))
        open_bound = -queue[0][0] if queue else -np.inf
        aim.on_bound(max(open_bound, closed_at))
        if open_bound <= aim.threshold() or effort.clock.over():
            return max(open_bound, closed_at)
        _, _, child, prices = heapq.heappop(queue)
        relaxation = relax(child, prices, tangents, aim.threshold(), effort.clock.over)
        node = (child, relaxation) if relaxation.feasible else None


def _expand(
    program: Program, relaxation: Relaxation, tangents: Tangents, aim: Aim, effort: Effort, look: bool
) -> tuple[float, list[tuple[Program, Relaxation]]]:
    """Close a node (its bound and no children) or branch it (-inf and two children); ``look`` for a plan on the way."""
    priced = relaxation.priced
    if priced.bound <= aim.threshold():
        return -np.inf, []
    _round(relaxation, effort)
    core = screen(program, priced, aim.threshold())
    if len(core.free) > _CORE and look:
        glance = window(program, priced, _GLANCE)
        coarse = _coarse(priced.bound, aim)
        fine = dense(program, tangents, relaxation.u, max(aim.tolerance(), coarse))
        solve_core(program, glance, fine, aim.threshold(), lambda: max(aim.tolerance(), coarse), effort)
        core = screen(program, priced, aim.threshold())
    fractional = _fractional(program, relaxation)
    if len(core.free) <= _CORE or not len(fractional):
        fine = dense(program, tangents, relaxation.u, aim.tolerance())
        found = solve_core(program, core, fine, aim.threshold(), aim.tolerance, effort)
        bound = min(found.bound, priced.bound)
        largest = _out_of_scale(program, core.free, aim.threshold())
        if not found.finished or bound <= aim.threshold() + aim.tolerance() or largest is None:
            return bound, []
        return -np.inf, [(program.branch(largest, chosen), relaxation) for chosen in (True, False)]
    return -np.inf, [(child, relaxation) for child in _branch(program, relaxation, fractional)]


def _branch(program: Program, relaxation: Relaxation, fractional: Positions) -> list[Program]:
    """Two programs that share no plan and lose none.

    Where the relaxation takes 1.5 of a kind of offers, their number is branched on: with dozens of similar ones,
    to close a single one changes nothing. Kinds are read off the offers that are taken in part: at least as dear,
    among all or among those under the same rules, and at least as strong in the segment it is strongest in.
    Without a number in question the most consequential offer is branched on.
    """
    taken = np.concatenate([relaxation.free, relaxation.fixed])
    weight = np.concatenate([relaxation.weight, np.ones(len(relaxation.fixed))])
    best, choice = _LEAST_STAKE, None
    for offer in fractional[:_KINDS].tolist():
        money = float(program.problem.cost[offer]) / max(program.problem.budget, 1)
        for kind in _kinds(program, relaxation, offer):
            number = float(weight[kind(taken)].sum())
            stake = min(number % 1.0, 1.0 - number % 1.0) * money
            if stake > best:
                best, choice = stake, (kind, np.floor(number))
    if choice is None:
        return [program.branch(int(fractional[0]), chosen) for chosen in (True, False)]
    kind, below = choice
    alike = np.flatnonzero(kind(np.arange(program.problem.offers)))
    return [program.counted(alike, -np.inf, below), program.counted(alike, below + 1.0, np.inf)]


def _kinds(program: Program, relaxation: Relaxation, offer: int) -> list[Callable[[Positions], Flags]]:
    problem, pattern = program.problem, program.rows.pattern
    slopes = relaxation.priced.prices.fresh * problem.ceilings
    segment = int(np.argmax(problem.exponents[offer] * slopes)) if len(slopes) else None

    def as_dear(offers: Positions) -> Flags:
        return np.asarray(problem.cost[offers] >= problem.cost[offer])

    def as_dear_under_the_same_rules(offers: Positions) -> Flags:
        return np.asarray(as_dear(offers) & (pattern[offers] == pattern[offer]))

    def as_strong(offers: Positions) -> Flags:
        return np.asarray(problem.exponents[offers, segment] >= problem.exponents[offer, segment])

    return [as_dear, as_dear_under_the_same_rules, *([as_strong] if segment is not None else [])]


def _out_of_scale(program: Program, free: Positions, value: float) -> int | None:
    """The free offer beside which a whole plan of this value is small, so that a solver's tolerance blurs the plan."""
    problem = program.problem
    if program.goal is not None or not len(free) or not 1e-6 < abs(value) < np.inf:
        return None
    people = np.maximum((problem.exponents[free] * problem.ceilings).max(axis=1, initial=0.0), problem.gain[free])
    return int(free[np.argmax(people)]) if people.max() > _OUT_OF_SCALE * abs(value) else None


def _coarse(bound: float, aim: Aim) -> float:
    """A tolerance for glances: a twentieth of the open gap."""
    threshold = aim.threshold()
    return 0.05 * (bound - threshold) if np.isfinite(threshold) else 0.0


def _round(relaxation: Relaxation, effort: Effort) -> None:
    """Report the relaxed point itself when it is a plan."""
    weight = relaxation.weight
    if len(weight) and np.all(np.minimum(weight, 1.0 - weight) <= 1e-7):
        effort.report(np.sort(np.concatenate([relaxation.free[weight > 0.5], relaxation.fixed])))


def _fractional(program: Program, relaxation: Relaxation) -> Positions:
    """Offers that the relaxation takes in part, the most consequential (by money and by people) first."""
    weight, problem = relaxation.weight, program.problem
    half = np.minimum(weight, 1.0 - weight)
    part = np.flatnonzero(half > 1e-7)
    offers = relaxation.free[part]
    slopes = relaxation.priced.prices.fresh * problem.ceilings
    people = problem.exponents[offers] @ slopes + problem.gain[offers]
    stake = problem.cost[offers] / max(problem.budget, 1) + people / max(float(people.max(initial=0.0)), 1e-300)
    return np.asarray(offers[np.argsort(-half[part] * stake, kind="stable")])

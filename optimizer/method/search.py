"""Branch and bound over what the screen left open, each node bounded by prices and screened again.

One window of a few hundred offers cannot close a gap that one dear creator opens: with it half taken the
relaxation is far from any plan. Forcing it in or out and pricing anew leaves two small gaps, each with a small
core, which the integer program then solves exactly.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from optimizer.columns import Positions
from optimizer.master import dense
from optimizer.method.bound import Relaxation, confined, neighbourhood, relax
from optimizer.method.branching import branch
from optimizer.method.core import Effort, Found, solve_core
from optimizer.method.cuts import with_cuts
from optimizer.method.improve import improve, rounded
from optimizer.method.screen import screen
from optimizer.method.sweep import sweep
from optimizer.method.window import Window, mixed_window
from optimizer.program import Priced, Prices, Program
from optimizer.sorted_sets import union
from optimizer.tangents import Tangents

_CORE = 40
"""Free offers up to which a core that could not be swept goes to the integer program."""
_SWEPT = 160
"""Free offers up to which a core is swept before anything else."""
_STATES, _GLANCED = 8_000, 8_000
"""Partial plans after which the sweep of a core gives up, and one that only looks for a better plan."""
_FEW, _STATES_OF_FEW = 100, 60_000
"""Free offers up to which a core is worth more partial plans: they take tenths of a second, an integer program more."""
_EACH = (3, 6)
"""Offers of each size that take part in a look for a better plan."""
_LOOK_EVERY = 8
"""Nodes between such looks at most; after one in vain there are as many as before it, after others one or two."""
_WANDERS, _ASKED, _SOLVER_NODES = 24, 1_000, 500
"""Nodes after which a solver is asked for the whole, of up to so many free offers, and the nodes that it may take."""
_MANY_LEFT = 4
"""Nodes left then from which on it is: fewer cost less than the whole."""
_CROWDED = 1 << 13
"""Offers from which on a better plan is looked for once the rows of the root are there: it may leave far fewer."""
_OUT_OF_SCALE = 30.0
"""An offer that meets this many times the people of a plan is decided on its own where the answer is not sharp."""


@dataclass(frozen=True, slots=True)
class Aim:
    """threshold: value at or below which a plan is not worth finding, now. tolerance: absolute, of core solves.

    cost: what the program's ``rising`` offer costs by now, minor units; None where nothing rises.
    """

    threshold: Callable[[], float]
    tolerance: Callable[[], float]
    on_bound: Callable[[float], None]
    cost: Callable[[], int | None] = lambda: None


@dataclass(frozen=True, eq=False, slots=True)
class _Node:
    """A program to be closed or branched, its relaxation, and the effort that takes plans in its numbers."""

    program: Program
    relaxation: Relaxation
    effort: Effort

    def confined_to(self, core: Window) -> "tuple[_Node, Window]":
        """The node and its core in the numbers of the core alone, where that leaves out half of the offers."""
        offers = union(core.free, core.fixed)
        if 2 * len(offers) >= self.program.problem.offers:
            return self, core
        part = self.program.part(offers, union(core.fixed, self.program.forced))
        there = Window(np.searchsorted(offers, core.free), np.searchsorted(offers, core.fixed))
        return _Node(part, confined(part, offers, self.relaxation), self.effort.within(offers)), there


def search(program: Program, root: Relaxation, tangents: Tangents, aim: Aim, effort: Effort) -> float:
    """Best-first search; returns a bound on every plan of ``program``, -inf if it holds none.

    Ends when no open node's bound is above the threshold, or when time is out (the bound then is that of the
    best open node). Rows that the root breaks are added first; where they decide most offers, only the others are
    searched. Plans that make the ``rising`` offer dearer change what is searched from then on, and the node in which
    they were met is looked at again.
    """
    dearer = program.at_cost(aim.cost())
    if dearer is not program:
        program = dearer
        root = relax(program, root.priced.prices, tangents, aim.threshold(), effort.clock.over)
    program, root = with_cuts(program, root, tangents, aim.threshold, effort.clock.over)
    if program.problem.offers > _CROWDED and root.feasible:
        offers, near, there = neighbourhood(program, root)
        among = effort.within(offers)
        improve(near, there, rounded(there), aim.threshold, among)
        glance(near, there.priced, aim.threshold, among)
    node = _Node(program, root, effort)
    if root.priced.bound > aim.threshold() and not effort.clock.over():
        node, _ = node.confined_to(screen(program, root.priced, aim.threshold()))
    return _best_first(node, tangents, aim)


def _best_first(root: _Node, tangents: Tangents, aim: Aim) -> float:
    """The search itself."""
    order, clock = count(), root.effort.clock
    queue: list[tuple[float, int, Program, Prices, Effort]] = []
    closed_at, visited, looked = -np.inf, 1, 0
    node: _Node | None = replace(root, program=root.program.at_cost(aim.cost()))
    while True:
        cost = aim.cost()
        if node is not None:
            look, before = visited >= 2 * looked or visited % _LOOK_EVERY == 0, aim.threshold()
            bound, children = _expand(node, tangents, aim, look)
            visited += 1
            if aim.cost() != cost:
                bound, children = -np.inf, [(node.program, node)]
            if look:
                in_vain = aim.threshold() <= before and aim.cost() == cost
                looked = visited - 1 if in_vain else visited // 2
            closed_at = max(closed_at, bound)
            for child, parent in children:
                priced = parent.relaxation.priced
                heapq.heappush(queue, (-priced.bound, next(order), child, priced.prices, parent.effort))
        if visited == _WANDERS and len(queue) >= _MANY_LEFT:
            cost = aim.cost()
            found = _whole_core(replace(root, program=root.program.at_cost(cost)), tangents, aim)
            if found is not None and found.finished and aim.cost() == cost:
                return min(found.bound, root.relaxation.priced.bound)
        open_bound = -queue[0][0] if queue else -np.inf
        aim.on_bound(max(open_bound, closed_at))
        if open_bound <= aim.threshold() or clock.over():
            return max(open_bound, closed_at)
        _, _, child, prices, effort = heapq.heappop(queue)
        child = child.at_cost(aim.cost())
        relaxation = relax(child, prices, tangents, aim.threshold(), clock.over)
        node = _Node(child, relaxation, effort) if relaxation.feasible else None


def _expand(node: _Node, tangents: Tangents, aim: Aim, look: bool) -> tuple[float, list[tuple[Program, _Node]]]:
    """Close a node (its bound and no children) or branch it: -inf and two children, with the node they come from.

    look: whether a plan is looked for on the way.
    """
    priced = node.relaxation.priced
    if priced.bound <= aim.threshold():
        return -np.inf, []
    _round(node.relaxation, node.effort)
    node, core = node.confined_to(screen(node.program, priced, aim.threshold()))
    program, relaxation, effort = node.program, node.relaxation, node.effort
    priced = relaxation.priced
    if _swept(program, priced, core, aim, effort):
        return -np.inf, []
    if look:
        offers, part, there = neighbourhood(program, relaxation)
        glance(part, there.priced, aim.threshold, effort.within(offers))
        before, core = len(core.free), screen(program, priced, aim.threshold())
        if len(core.free) < before and _swept(program, priced, core, aim, effort):
            return -np.inf, []
    children = branch(program, relaxation)
    if not children and len(core.free) > _ASKED:
        dearest = int(core.free[np.argmax(program.problem.cost[core.free])])
        children = [program.branch(dearest, chosen) for chosen in (True, False)]
    if len(core.free) <= _CORE or not children:
        fine = dense(program, tangents, relaxation.u, aim.tolerance())
        found = solve_core(program, core, fine, aim.threshold(), aim.tolerance, effort)
        bound = min(found.bound, priced.bound)
        largest = _out_of_scale(program, core.free, aim.threshold())
        if not found.finished or bound <= aim.threshold() + aim.tolerance() or largest is None:
            return bound, []
        children = [program.branch(largest, chosen) for chosen in (True, False)]
    return -np.inf, [(child, node) for child in children]


def _swept(program: Program, priced: Priced, core: Window, aim: Aim, effort: Effort) -> bool:
    """Whether all plans of a core that is small enough were met."""
    states = _STATES_OF_FEW if len(core.free) <= _FEW else _STATES
    return len(core.free) <= _SWEPT and sweep(program, priced, core, aim.threshold, effort, states) is not None


def _whole_core(root: _Node, tangents: Tangents, aim: Aim) -> Found | None:
    """The integer program over all that is left, for a while: where rules leave few totals, branching wanders."""
    core = screen(root.program, root.relaxation.priced, aim.threshold())
    if len(core.free) > _ASKED:
        return None
    fine = dense(root.program, tangents, root.relaxation.u, aim.tolerance())
    return solve_core(root.program, core, fine, aim.threshold(), aim.tolerance, root.effort, _SOLVER_NODES)


def glance(
    program: Program, priced: Priced, threshold: Callable[[], float], effort: Effort, sizes: tuple[int, ...] = _EACH
) -> None:
    """Look for a better plan among offers of all sizes near indifference, so many of each size."""
    for each in sizes:
        if priced.bound > threshold() and not effort.clock.over():
            sweep(program, priced, mixed_window(program, priced, each), threshold, effort, _GLANCED)


def _out_of_scale(program: Program, free: Positions, value: float) -> int | None:
    """The free offer beside which a whole plan of this value is small, so that a solver's tolerance blurs the plan."""
    problem = program.problem
    if program.goal is not None or not len(free) or not 1e-6 < abs(value) < np.inf:
        return None
    people = np.maximum((problem.exponents[free] * problem.ceilings).max(axis=1, initial=0.0), problem.gain[free])
    return int(free[np.argmax(people)]) if people.max() > _OUT_OF_SCALE * abs(value) else None


def _round(relaxation: Relaxation, effort: Effort) -> None:
    """Report the relaxed point itself when it is a plan."""
    weight = relaxation.weight
    if len(weight) and np.all(np.minimum(weight, 1.0 - weight) <= 1e-7):
        effort.report(np.sort(np.concatenate([relaxation.free[weight > 0.5], relaxation.fixed])))

"""The bound: prices of the linear relaxation over a million columns, from linear programs over a few hundred.

A window holds the offers that the current prices leave open; creators outside it are in or out as
their reduced profit says. The relaxation over the window gives new prices; pricing all offers shows
where the window was wrong. Whatever the window, the prices prove a bound over all offers
(``program.price``), and the best one met is kept.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from optimizer.columns import Floats, Positions
from optimizer.linear_model import Ending
from optimizer.master import Master, build, touch
from optimizer.method.window import Window, closeness, leaders, window
from optimizer.program import Priced, Prices, Program, price, valid
from optimizer.sorted_sets import among, difference, union
from optimizer.tangents import Tangents, is_wide, touch_at

_ROUNDS = 40
_WINDOW = 240
_NEIGHBOURS = 1 << 13
"""Offers that are not taken, the nearest for their cost, that a look for better plans knows."""
_VAST, _NEIGHBOURHOODS = 1 << 16, 4
"""Offers above which the relaxation is solved in neighbourhoods, and how many of those are tried."""
_SURE = 0.9
"""Share of the budget that offers fixed in may take when together they cost more than it."""
_CROWD = 4_096
"""Offers fixed in that are too many to be set free together."""
_SETTLED = 1e-10
_CLOSE = 0.01
FINE = 1e-9
"""Share of the people by which tangents may stand above the curves."""
_PATIENCE_S = 30.0
_PENALTY, _HIGHEST_PENALTY = 1e3, 1e12
"""What it costs to break a rule by one scaled unit, in offers of the largest worth: first, and when it still pays."""


@dataclass(frozen=True, eq=False, slots=True)
class Relaxation:
    """priced: the best bound met and its prices. u: (S,) at the last relaxed point.

    free, fixed: the last window and what it had fixed in; weight: x of the free offers, 0..1.
    feasible: False when even the relaxation had to break a rule, so that probably no plan exists.
    """

    priced: Priced
    u: Floats
    free: Positions
    fixed: Positions
    weight: Floats
    feasible: bool


def together(program: Program) -> bool:
    """Whether the offers are so few that the relaxation looks at all of them together."""
    return program.problem.offers <= _size(program)


def neighbourhood(program: Program, relaxation: Relaxation) -> tuple[Positions, Program, Relaxation]:
    """The offers that good plans are made of, their program and the relaxation in its numbers; all open ones of few.

    To look for plans among a million offers costs passes over a million; to look among these costs next to nothing.
    """
    priced, number = relaxation.priced, program.problem.offers
    if number <= 2 * _NEIGHBOURS:
        offers = difference(np.arange(number), program.closed)
    else:
        near, lead = closeness(program, priced) / np.maximum(program.problem.cost, 1), leaders(program, priced)
        nearest = np.argpartition(near, _NEIGHBOURS)[:_NEIGHBOURS]
        nearest = nearest[np.isfinite(near[nearest])]
        offers = union(nearest, lead, relaxation.free, relaxation.fixed)
    part = program.part(offers, program.forced)
    place = np.searchsorted(offers, relaxation.free), np.searchsorted(offers, relaxation.fixed)
    there = price(part, priced.prices)
    return offers, part, replace(relaxation, priced=there, free=place[0], fixed=place[1])


def relax(
    program: Program,
    start: Prices,
    tangents: Tangents,
    threshold: float,
    out_of_time: Callable[[], bool],
    slack: float = FINE,
) -> Relaxation:
    """Column generation from ``start`` until no offer and no tangent changes the relaxation by ``slack`` of the people.

    Ends early when the bound falls to ``threshold`` (nothing better is left to find), when what it may still fall by is
    ``_CLOSE`` of its distance from there, or when time is out. Of very many offers it settles in the neighbourhood of
    the prices before all are priced; where others than the neighbours are wanted it goes on around the new prices.
    """
    if program.problem.offers <= _VAST:
        return _settle(program, start, tangents, threshold, out_of_time, slack)
    none = np.zeros(0, np.int64)
    best = now = price(program, valid(program, start))
    at = Relaxation(now, np.zeros(len(program.problem.ceilings)), none, none, np.zeros(0), True)
    for _ in range(_NEIGHBOURHOODS):
        offers, part, _ = neighbourhood(program, replace(at, priced=now))
        there = _settle(part, now.prices, tangents, threshold, out_of_time, slack)
        if not there.feasible:
            break
        now = price(program, valid(program, there.priced.prices))
        best = now if now.bound < best.bound else best
        at = Relaxation(best, there.u, offers[there.free], offers[there.fixed], there.weight, True)
        reached = now.bound - there.priced.bound <= _close(now.bound, threshold)
        if reached or best.bound <= threshold or out_of_time():
            return at
    return _settle(program, best.prices, tangents, threshold, out_of_time, slack)


def confined(program: Program, offers: Positions, relaxation: Relaxation) -> Relaxation:
    """A relaxation in the numbers of ``program``, the part of its program with some offers (sorted positions).

    Its prices and its point stay as they are: the offers left out are those that neither changes anything by.
    """
    there = price(program, relaxation.priced.prices)
    kept = among(relaxation.free, offers)
    return Relaxation(
        there,
        relaxation.u,
        np.searchsorted(offers, relaxation.free[kept]),
        np.searchsorted(offers, relaxation.fixed[among(relaxation.fixed, offers)]),
        relaxation.weight[kept],
        relaxation.feasible,
    )


def _close(bound: float, threshold: float) -> float:
    """What a bound may stand above the best one."""
    return max(_SETTLED * max(abs(bound), 1.0), _CLOSE * (bound - threshold) if threshold > -np.inf else 0.0)


def _settle(
    program: Program,
    start: Prices,
    tangents: Tangents,
    threshold: float,
    out_of_time: Callable[[], bool],
    slack: float,
) -> Relaxation:
    best = price(program, valid(program, start))
    frame = window(program, best, _size(program))
    penalty, feasible = _PENALTY, True
    u, weight = -np.log(np.clip(best.prices.fresh, 1e-9, 1.0)), np.zeros(0)
    free, fixed = np.zeros(0, np.int64), frame.fixed
    master: Master | None = None
    for _ in range(_ROUNDS):
        if best.bound <= threshold:
            break
        master = master or build(program, frame.free, frame.fixed, tangents, penalty=penalty, around=u)
        answer = master.model.solve_relaxed(_PATIENCE_S)
        if answer.ending is Ending.INFEASIBLE:
            if len(frame.fixed) == len(program.forced):
                feasible = False
                break
            frame, master = _payable(program, frame, best), None
            continue
        if answer.point is None or answer.row_prices is None:
            break
        now = price(program, valid(program, master.prices(answer.row_prices)))
        best = now if now.bound < best.bound else best
        before, u, weight = u, master.exponents(answer.point), answer.point[: len(frame.free)]
        free, fixed = frame.free, frame.fixed
        broken = float(answer.point[master.slack].sum()) > 1e-7
        over = _overstated(master, answer.point)
        grown = _add_tangents(tangents, master, answer.point, over, slack)
        wrong = _wrong(program, now, frame)
        if not len(wrong) and not grown:
            if broken and penalty < _HIGHEST_PENALTY:
                penalty, master = penalty * 1e4, None
                continue
            feasible = not broken
            break
        least = master.value(answer.objective) - now.prices.reach * float(over.sum())
        if out_of_time() or (best.bound - least <= _close(best.bound, threshold) and not broken):
            break
        if len(wrong):
            frame, master = _admit(program, frame, wrong, now), None
        elif np.array_equal(u, before):
            break  # touched there already: what is left is the solver's tolerance
        else:
            master = touch(master, u)
    return Relaxation(best, u, free, fixed, weight, feasible)


def _size(program: Program) -> int:
    return 2 * _WINDOW if is_wide(program.problem) else _WINDOW + 2 * len(program.problem.ceilings)


def _payable(program: Program, frame: Window, priced: Priced) -> Window:
    """The window with fewer fixed offers, where together they do not fit the budget.

    A few become free, all of them. Of a crowd (among equals there may be a hundred thousand) those of most profit per
    cost that make up ``_SURE`` of the budget stay, the next ones are free, the rest are out until prices want them.
    """
    loose = difference(frame.fixed, program.forced)
    if len(loose) <= _CROWD:
        return Window(union(frame.free, loose), program.forced)
    cost = program.problem.cost[loose]
    order = np.argsort(-priced.profit[loose] / np.maximum(cost, 0.5), kind="stable")
    left = program.problem.budget - int(program.problem.cost[program.forced].sum())
    sure = int(np.searchsorted(np.cumsum(cost[order]), _SURE * left, side="right"))
    free = loose[order[sure : sure + 4 * _size(program)]]
    return Window(union(frame.free, free), union(program.forced, loose[order[:sure]]))


def _wrong(program: Program, now: Priced, frame: Window) -> Positions:
    """Offers outside the window that the new prices want decided otherwise: sorted positions."""
    scale = max(1.0, float(np.abs(now.bound)))
    tolerance = 1e-9 * scale / max(len(frame.free), 1)
    want = leaders(program, now)
    want = want[now.profit[want] > tolerance]
    wrongly_out = want[~(among(want, frame.fixed) | among(want, frame.free))]
    lost = difference(frame.fixed[now.profit[frame.fixed] < -tolerance], program.forced)
    return union(wrongly_out, lost)


def _admit(program: Program, frame: Window, wrong: Positions, now: Priced) -> Window:
    """The window with the offers that were decided wrongly, the most wrong first."""
    limit = 2 * _size(program)
    if len(wrong) > limit:
        worst = np.argpartition(-np.abs(now.profit[wrong]), limit)[:limit]
        wrong = np.sort(wrong[worst])
    free = union(frame.free, wrong)
    touched = program.creator_rank(wrong)
    unfixed = frame.fixed[among(program.creator_rank(frame.fixed), touched)]
    free = union(free, unfixed)
    return Window(free, difference(frame.fixed, free))


def _overstated(master: Master, point: Floats) -> Floats:
    """People by which tangents stand above the curves at a point: (S,), of a wide problem all together (1,)."""
    problem, u = master.program.problem, master.exponents(point)
    people, engaged = master.people(point), problem.ceilings * -np.expm1(-u)
    return people - (engaged.sum() if is_wide(problem) else engaged)


def _add_tangents(tangents: Tangents, master: Master, point: Floats, over: Floats, slack: float) -> bool:
    """Touch the curve where the relaxation stands above it by a share of all people; whether anything was added."""
    u = master.exponents(point)
    worth = over > slack * max(float(master.people(point).sum()), 1e-9)
    if is_wide(master.program.problem):
        return bool(worth[0]) and touch_at(master.program.problem, tangents, u)
    for segment in np.flatnonzero(worth):
        tangents[segment] = np.append(tangents[segment], u[segment])
    return bool(worth.any())

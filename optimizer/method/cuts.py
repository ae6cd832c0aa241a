"""Rows that every plan keeps and the relaxation breaks: mixed integer rounding of the rows of money and waste.

Where two dear creators do not fit into a cap together, the relaxation takes one of them and most of the other. For
any divisor a row ``sum a_o x_o <= b`` implies ``sum F(a_o) x_o <= floor(b)`` in units of that divisor, with F between
rounding down and the line (Marchand and Wolsey 2001), also after some x_o are written as 1 - x_o. A handful of such
rows, chosen where the relaxed point breaks them, mostly removes the larger part of the gap.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from optimizer.columns import Flags, Floats, Positions
from optimizer.method.bound import Relaxation, relax
from optimizer.method.screen import screen
from optimizer.program import Program
from optimizer.sorted_sets import union
from optimizer.tangents import Tangents

_ROUNDS = 12
_MOST_ROWS, _MOST_CUTS = 32, 24
_EACH_ROUND = 4
_MOST_OFFERS = 1 << 20
_DIVISORS = 12
_HALVINGS = 3
_WHOLE = 1e-7
"""Distance from 0 or 1 at which an offer is decided."""
_LEAST_BREACH = 1e-3
"""Breach of a row, over the root of the sum of squares near indifference, from which on it is worth its place."""
_EDGE = 0.01
"""Distance of a side from a whole number of units that rounding needs."""
_NOISE = 1e-11
"""Relative rounding error granted to a row's side before it is rounded, and to the side that comes of it."""
_WORTHWHILE, _PAYS = 0.1, 0.1
"""Share of what is open that a round must gain for another one, and all rounds for their rows to stay."""
_FEW = 60
"""Free offers that need no more rows: a sweep of them costs less than a round."""
_NO_PLAN = 0.05
"""Share of the bound that counts as open at most, and where no plan is known."""


Cut = tuple[Floats, float]
"""Coefficients (n,) and what they sum to at most."""


def with_cuts(
    program: Program,
    relaxation: Relaxation,
    tangents: Tangents,
    threshold: Callable[[], float],
    out_of_time: Callable[[], bool],
) -> tuple[Program, Relaxation]:
    """The program with rows that the relaxed point breaks, round by round, and its relaxation then.

    The rows hold for every plan of ``program``. Those that bear no price after a round are left out again, and all of
    them where they gain little: they only give the relaxation other ways to the same bound, between which branching
    wanders.
    """
    if program.problem.offers > _MOST_OFFERS:
        return program, relaxation
    plain, start, sources, cuts = program, relaxation, _sources(program), list[Cut]()
    for _ in range(_ROUNDS):
        room = _room(relaxation, threshold())
        if room <= 0 or not relaxation.feasible or out_of_time():
            break
        found = _broken(program, relaxation, sources)
        if not found:
            break
        base = len(plain.rows)
        priced = relaxation.priced.prices.rules[base:] != 0
        kept = [cut for cut, bears in zip(cuts, priced.tolist(), strict=True) if bears][: _MOST_CUTS - len(found)]
        rules = relaxation.priced.prices.rules
        rules = np.concatenate([rules[:base], rules[base:][priced][: len(kept)], np.zeros(len(found))])
        cuts = [*kept, *found]
        program = _with(plain, cuts)
        before = relaxation.priced.bound
        relaxation = relax(program, replace(relaxation.priced.prices, rules=rules), tangents, threshold(), out_of_time)
        few = len(screen(program, relaxation.priced, threshold()).free) <= _FEW
        if few or before - relaxation.priced.bound < _WORTHWHILE * room:
            break
    pays = start.priced.bound - relaxation.priced.bound > _PAYS * _room(start, threshold())
    return (program, relaxation) if pays else (plain, start)


def _room(relaxation: Relaxation, threshold: float) -> float:
    """What is open above the threshold; without a plan a share of the bound."""
    return min(relaxation.priced.bound - threshold, _NO_PLAN * abs(relaxation.priced.bound))


def _with(program: Program, cuts: list[Cut]) -> Program:
    rows = program.rows
    for coefficients, upper in cuts:
        rows = rows.with_cut(coefficients, upper)
    return replace(program, rows=rows)


def _sources(program: Program) -> list[Cut]:
    """Rows to be rounded, as upper sides: the budget, rows of money and waste, and what a share makes of the budget."""
    problem, rows = program.problem, program.rows
    everything, cost = np.arange(problem.offers), problem.cost.astype(np.float64)
    sources: list[Cut] = [(cost, float(problem.budget))]
    wide = (rows.cost != 0) | (rows.waste != 0) | (rows.contacts != 0)
    wide[rows.entry_row[rows.entry_cost != 0]] = True
    for row in np.flatnonzero(wide)[:_MOST_ROWS].tolist():
        coefficients = rows.of_row(problem, row, everything)
        for side, sign in ((rows.upper[row], 1.0), (-rows.lower[row], -1.0)):
            if np.isfinite(side):
                sources.append((sign * coefficients, side))
                share = float(rows.share[row])
                if 0.0 < share < 1.0:  # what the other side of the share may cost at most
                    times = share if sign > 0 else 1.0 - share
                    sources.append((sign * coefficients + times * cost, side + times * problem.budget))
    return sources


def _broken(program: Program, relaxation: Relaxation, sources: list[Cut]) -> list[Cut]:
    """The rows that the relaxed point breaks most, one of each source at most."""
    weight = np.zeros(program.problem.offers)
    weight[relaxation.fixed] = 1.0
    weight[relaxation.free] = relaxation.weight
    part = np.flatnonzero((weight > _WHOLE) & (weight < 1.0 - _WHOLE))
    if not len(part):
        return []
    found = [
        (breach, cut)
        for source in sources
        for breach, cut in [_most_broken(source, weight, part, relaxation.free)]
        if breach > _LEAST_BREACH
    ]
    return [cut for _, cut in sorted(found, key=lambda pair: -pair[0])[:_EACH_ROUND]]


def _most_broken(source: Cut, weight: Floats, part: Positions, near: Positions) -> tuple[float, Cut]:
    """The rounded row of a source that the point breaks most, and by how much (see ``_LEAST_BREACH``)."""
    coefficients, upper = source
    best, choice = 0.0, None
    for turned in _turnings(weight, part):
        sign = np.where(turned, -1.0, 1.0)
        taken = float(coefficients[turned].sum())
        side = upper - taken + _NOISE * (abs(upper) + float(np.abs(coefficients[turned]).sum()))
        for unit in _units(np.abs(coefficients[part])):
            rounded = _rounded(sign[near] * coefficients[near], side, unit)
            if rounded is None:
                continue
            point = np.where(turned[near], 1.0 - weight[near], weight[near])
            breach = float(rounded[0] @ point - rounded[1]) / max(float(np.sqrt((rounded[0] ** 2).sum())), 1e-9)
            if breach > best:
                best, choice = breach, (turned, sign, side, unit)
    if choice is None:
        return 0.0, source
    turned, sign, side, unit = choice
    rounded = _rounded(sign * coefficients, side, unit)
    assert rounded is not None  # noqa: S101 - it was not above
    made, most = rounded
    most -= float(made[turned].sum())
    most += _NOISE * (1.0 + abs(most) + float(np.abs(made[turned]).sum()))
    return best, (sign * made, most)


def _turnings(weight: Floats, part: Positions) -> Iterator[Flags]:
    """Which offers are counted by their absence: those that the point takes more than half, wholly, or at all."""
    seen: list[Flags] = []
    for least in (0.5, 1.0 - _WHOLE, _WHOLE):
        turned = weight > least
        if not any(np.array_equal(turned[part], other) for other in seen):
            seen.append(turned[part])
            yield turned


def _units(sizes: Floats) -> list[float]:
    """Divisors to try: the sizes of coefficients that the point takes in part, and halves of the larger ones."""
    distinct = union(sizes[sizes > 0])[::-1][:_DIVISORS]
    halves = [float(size) / 2.0**power for size in distinct[:2] for power in range(1, _HALVINGS + 1)]
    return [*distinct.tolist(), *halves]


def _rounded(coefficients: Floats, side: float, unit: float) -> Cut | None:
    """Mixed integer rounding of ``coefficients @ x <= side`` for x in {0, 1}; None where the side is all but whole."""
    whole = np.floor(side / unit)
    rest = side / unit - whole
    if not _EDGE < rest < 1.0 - _EDGE:
        return None
    scaled = coefficients / unit
    floor = np.floor(scaled)
    return floor + np.maximum(scaled - floor - rest, 0.0) / (1.0 - rest), float(whole)

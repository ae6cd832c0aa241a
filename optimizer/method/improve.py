"""A better plan next to a plan: the best change of up to two offers, then of two such changes at once.

Cheap beside an integer program, and every engaged person more in the incumbent screens offers away before one is
built. All changes of a few hundred offers near indifference are weighed at once as arrays; the judge has the last
word as always.
"""

from collections.abc import Callable

import numpy as np

from optimizer.columns import Positions
from optimizer.method.bound import Relaxation
from optimizer.method.core import Effort
from optimizer.method.flips import Flips
from optimizer.method.window import leaders, mixed_window, window
from optimizer.program import Priced, Program
from optimizer.sorted_sets import difference, union

_MOST_WEIGHED = 250_000
"""Pairs of offers x (segments + rows) up to which a step is worth its time."""
_EACH = (6, 3, 1)
"""Offers of each size that may change, the first that keeps a step short enough."""
_NEAREST = 70
"""Offers nearest to indifference of whatever size that may change at the end."""
_MOST_ODD = 160
"""Offers that a plan decides against the prices, above which it is too far from them to start from."""
_STEPS = 60
_WHOLE = 1.0 - 1e-7
"""What the relaxed point takes as much of it takes wholly."""
_QUADRUPLES = 400
"""Pairs of changes that are weighed exactly, the most promising first."""


def improve(
    program: Program, relaxation: Relaxation, start: Positions, threshold: Callable[[], float], effort: Effort
) -> bool:
    """From a start, change offers while that gains; reports the end. False when no change mends the start.

    Plans at or below ``threshold`` are not worth a search for the last bit of them.
    """
    priced = relaxation.priced
    odd = difference(np.setxor1d(start, leaders(program, priced)), program.forced)
    if len(odd) > _MOST_ODD or effort.clock.over():
        return False
    better = _changed(program, priced, start, _of_all_sizes(program, priced, odd), threshold, effort)
    if better is not None and program.problem.offers > _NEAREST:
        better = _changed(program, priced, better, window(program, priced, _NEAREST).free, threshold, effort)
    return better is not None and effort.report(better).feasible


def rounded(relaxation: Relaxation, least: float = _WHOLE) -> Positions:
    """The relaxed point with what it takes more than ``least`` of, 0.5 or more: sorted positions, a start."""
    return union(relaxation.free[relaxation.weight > least], relaxation.fixed)


def complete(program: Program, relaxation: Relaxation, effort: Effort) -> None:
    """The relaxed point rounded, with the nearest offers decided anew one or two at a time; reports the end.

    Rounded to the nearer side, for what it takes most of belongs together; where no change mends that, rounded down.
    """
    nearest = window(program, relaxation.priced, _NEAREST).free
    for least in (0.5, _WHOLE):
        flips = Flips.of(program, rounded(relaxation, least), nearest)
        if flips is None:
            continue
        for _ in range(_STEPS):
            if not flips.change_two():
                break
        if np.isfinite(flips.value):
            effort.report(flips.plan())
            return


def _of_all_sizes(program: Program, priced: Priced, odd: Positions) -> Positions:
    """Offers of all sizes near indifference, as many of each as keep a step short."""
    for each in _EACH:
        offers = union(mixed_window(program, priced, each).free, odd)
        if len(offers) ** 2 * (len(program.problem.ceilings) + 2) <= _MOST_WEIGHED:
            break
    return offers


def _changed(
    program: Program,
    priced: Priced,
    start: Positions,
    offers: Positions,
    threshold: Callable[[], float],
    effort: Effort,
) -> Positions | None:
    """The plan after all changes of the offers that gain; None when they do not mend the start or weigh too much."""
    flips = Flips.of(program, start, offers)
    if flips is None or len(offers) ** 2 * flips.width > 2 * _MOST_WEIGHED:
        return None
    return flips.plan() if _climb(flips, priced, threshold, effort) else None


def _climb(flips: Flips, priced: Priced, threshold: Callable[[], float], effort: Effort) -> bool:
    """Change what gains until nothing does; False when no change mends the start."""
    for _ in range(_STEPS):
        if effort.clock.over():
            break
        if flips.make_best(flips.singles()):
            continue
        pairs = flips.pairs()
        if flips.make_best(pairs):
            continue
        if not np.isfinite(flips.value) or priced.bound <= max(flips.value, threshold()):
            break
        quadruples = flips.quadruples(pairs, priced, _QUADRUPLES)
        if quadruples is None or not flips.make_best(quadruples):
            break
    return bool(np.isfinite(flips.value))

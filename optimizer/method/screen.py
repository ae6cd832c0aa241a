"""What the bound already decides: offers that no better plan can contain, or must."""

import numpy as np

from optimizer.columns import Flags, Positions
from optimizer.method.window import Window, closeness, leaders
from optimizer.program import Priced, Program
from optimizer.sorted_sets import difference


def screen(program: Program, priced: Priced, threshold: float) -> Window:
    """The offers that plans with a value above ``threshold`` may decide either way, and those they all contain.

    Deciding an offer against its price lowers the bound by its ``closeness`` (Dantzig-type reduced cost fixing,
    with "at most one offer of a creator" counted). Where that brings the bound below ``threshold`` the offer is
    decided. With threshold = -inf all open offers stay free.
    """
    near = closeness(program, priced)
    slack = priced.bound - threshold
    slack += 1e-9 * max(abs(priced.bound), 1.0)
    is_free = (near <= slack) & np.isfinite(near)
    free, lead = np.flatnonzero(is_free), leaders(program, priced)
    if program.single:
        return Window(free, lead[~is_free[lead]])
    touched = np.zeros(len(program.first), np.bool_)
    touched[program.creator_rank(free)] = True
    return Window(free, lead[~touched[program.creator_rank(lead)]])


def without_copies(program: Program, core: Window) -> Window:
    """The core without creators that a better plan never needs: of equals, as many stay as the budget can pay.

    Equal are creators with one offer each, at the same cost, for the same people and contacts, under the same rules:
    in a plan any of them stands for any other, so the first of them may stand for all.
    """
    problem, free = program.problem, core.free
    alone = free[np.diff(program.first, append=problem.offers)[program.creator_rank(free)] == 1]
    key = program.rows.pattern[alone] + _irrational(1) * problem.cost[alone]
    for place, column in enumerate((problem.gain, problem.waste, problem.contacts, *problem.exponents.T)):
        key = key + _irrational(place + 2) * column[alone]  # one at a time: equals get equal keys, to the last bit
    shown_by, kind = np.unique(key, return_index=True, return_inverse=True)[1:]
    if len(shown_by) == len(alone):
        return core
    equal = _equal(program, alone, alone[shown_by[kind]])
    alone, kind = alone[equal], kind[equal]
    copies = np.bincount(kind, minlength=len(shown_by))
    order = np.argsort(kind, kind="stable")
    number = np.arange(len(alone)) - np.repeat(np.cumsum(copies) - copies, copies)
    payable = problem.budget // np.maximum(problem.cost[alone[order]], 1)
    spare = alone[order][(number >= payable) & (problem.cost[alone[order]] > 0)]
    return Window(difference(free, np.sort(spare)), core.fixed)


def _irrational(number: int) -> float:
    return float(np.sqrt(number + 1.5))


def _equal(program: Program, offers: Positions, others: Positions) -> Flags:
    """Whether nothing tells each offer from the other in its place."""
    problem, pattern = program.problem, program.rows.pattern
    columns = (pattern, problem.cost, problem.gain, problem.waste, problem.contacts, *problem.exponents.T)
    same = np.ones(len(offers), np.bool_)
    for column in columns:
        same &= column[offers] == column[others]
    return same

"""What the bound already decides: offers that no better plan can contain, or must."""

import numpy as np

from optimizer.bound import Window, closeness, leaders
from optimizer.program import Priced, Program


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
    lead = leaders(program, priced)
    rank = program.creator_rank
    touched = np.zeros(len(program.first), np.bool_)
    free = np.flatnonzero(is_free)
    touched[rank(free)] = True
    return Window(free, lead[~touched[rank(lead)]])

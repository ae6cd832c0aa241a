"""Sets of positions (or numbers) as sorted arrays without repetitions.

NumPy's own set functions do not know that an array is sorted: since 2.3 they hash it, which takes 10 to 250 times as
long as what is here, and a solve joins and parts thousands of such sets.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from optimizer.columns import Flags

Number = TypeVar("Number", np.int64, np.float64)

_FEW = 1 << 12
"""Values up to which a binary search for each is quicker than NumPy's table of all."""


def union(*sets: NDArray[Number]) -> NDArray[Number]:
    """What is in any of them, sorted; they need not be, and may repeat themselves. Quick where each is sorted."""
    merged = np.concatenate(sets)
    merged.sort(kind="stable")  # merges runs that are sorted
    if len(merged) < 2:
        return merged
    is_new = np.empty(len(merged), np.bool_)
    is_new[0] = True
    np.not_equal(merged[1:], merged[:-1], out=is_new[1:])
    return merged if is_new.all() else merged[is_new]


def difference(some: NDArray[Number], others: NDArray[Number]) -> NDArray[Number]:
    """What of ``some`` is not in ``others`` (sorted), in the order of ``some``."""
    return some[~among(some, others)]


def among(values: NDArray[Number], some: NDArray[Number]) -> Flags:
    """Which values, in any order, are in ``some`` (sorted; repetitions do no harm)."""
    if not len(some):
        return np.zeros(len(values), np.bool_)
    if len(values) > _FEW:
        return np.isin(values, some)
    place = np.searchsorted(some, values)
    place[place == len(some)] = 0
    return np.asarray(some[place] == values)

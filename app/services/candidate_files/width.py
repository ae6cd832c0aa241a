"""How many columns a stretch of NDJSON would have: every name of a dimension, value or segment is one.

Names are free, and a column holds a cell for every row: ten thousand rows that each bring five names of their own would
need half a billion cells. Such rows are read one by one instead.
"""

import re

import numpy as np

from optimizer.columns import Positions

MOST_CELLS = 1 << 24
_WINDOWS = 4
_ROWS_OF_A_WINDOW = 64
_KEY = re.compile(rb'"((?:[^"\\]|\\.)*)"[ \t]*:')


def rows_at_a_time(data: bytes, first: Positions, last: Positions) -> int:
    """How many of these lines (where each begins and ends) to read as columns at once, 0 for one by one."""
    rows = len(first)
    if rows <= _WINDOWS * _ROWS_OF_A_WINDOW:
        return rows
    names: set[bytes] = set()
    new = 0
    for begin in np.linspace(0, rows - _ROWS_OF_A_WINDOW, _WINDOWS).astype(np.int64).tolist():
        before = len(names)
        names.update(_KEY.findall(data, int(first[begin]), int(last[begin + _ROWS_OF_A_WINDOW - 1])))
        new = len(names) - before
    # The names that rows go on bringing: n rows would have known + rate n columns of n cells each.
    rate, known = new / _ROWS_OF_A_WINDOW, len(names)
    fitting = rows if not rate and known * rows <= MOST_CELLS else _largest(known, rate)
    fitting = min(rows, fitting)
    return 0 if known + rate * fitting > 2 * fitting else fitting


def _largest(known: float, rate: float) -> int:
    """The largest n with n (known + rate n) <= MOST_CELLS."""
    if not rate:
        return max(1, int(MOST_CELLS / known))
    return max(1, int((np.sqrt(known**2 + 4 * rate * MOST_CELLS) - known) / (2 * rate)))

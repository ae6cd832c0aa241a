"""Columns of text and shares: what a million candidates look like without a Python object each.

Every class here is a frozen view over read-only arrays. Rows are creators or
offers, depending on who uses the column. A *code* is a position in ``names``.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Positions = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Labels:
    """At most one label per row.

    codes: int32, shape (rows,), -1 where the row has no label.
    names: the distinct labels; ``names[code]`` is the text.
    """

    codes: Codes
    names: tuple[str, ...]

    def any_of(self, wanted: Collection[str]) -> Flags:
        """Rows whose label is one of ``wanted``: bool, shape (rows,). A row without a label is in none."""
        hit = np.fromiter((name in wanted for name in self.names), np.bool_, len(self.names))
        return np.append(hit, False)[self.codes]


@dataclass(frozen=True, eq=False, slots=True)
class LabelSets:
    """Any number of labels per row, as compressed rows.

    start: int64, shape (rows + 1,); row r has ``codes[start[r]:start[r + 1]]``.
    """

    start: Positions
    codes: Codes
    names: tuple[str, ...]

    def any_of(self, wanted: Collection[str]) -> Flags:
        """Rows that have at least one label of ``wanted``: bool, shape (rows,)."""
        hit = np.fromiter((name in wanted for name in self.names), np.bool_, len(self.names))
        running = np.concatenate(([0], np.cumsum(hit[self.codes])))
        return np.asarray(running[self.start[1:]] > running[self.start[:-1]])


@dataclass(frozen=True, eq=False, slots=True)
class Shares:
    """The share of a row in each named value, as compressed rows (one audience dimension).

    start: int64, shape (rows + 1,). shares: float64 in 0..1, parallel to ``codes``.
    given: bool, shape (rows,): False where the row does not state this dimension at all,
    which is not the same as an empty statement.
    """

    start: Positions
    codes: Codes
    shares: Floats
    names: tuple[str, ...]
    given: Flags

    def sum_of(self, wanted: Collection[str]) -> Floats:
        """Summed share of each row in the values ``wanted``: float64, shape (rows,); NaN where not given."""
        hit = np.fromiter((name in wanted for name in self.names), np.bool_, len(self.names))
        picked = np.where(hit[self.codes], self.shares, 0.0)
        rows = np.repeat(np.arange(len(self.given)), np.diff(self.start))
        total = np.bincount(rows, weights=picked, minlength=len(self.given))
        return np.where(self.given, total, np.nan)

"""Columns of text and shares: what a million candidates look like without a Python object each.

Every class here is a frozen view over read-only arrays. Rows are creators or
offers, depending on who uses the column. A *code* is a position in ``names``.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Positions = NDArray[np.int64]
Texts = NDArray[Any]
"""numpy.dtypes.StringDType: text of any length, 16 bytes for a short one whatever the others are; by code point."""

ROWS_PER_BLOCK = 1 << 14
"""Rows handled at a time where temporaries would otherwise grow with the number of rows."""


class _Named:
    """Finds names without going through all of them: a brief may ask thousands of times."""

    names: tuple[str, ...]

    @cached_property
    def _code(self) -> dict[str, int]:
        return {name: code for code, name in enumerate(self.names)}

    def _hit(self, wanted: Collection[str]) -> Flags:
        """bool, shape (names + 1,): which names are wanted, and False for "no label"."""
        hit = np.zeros(len(self.names) + 1, np.bool_)
        hit[[self._code[name] for name in wanted if name in self._code]] = True
        return hit


@dataclass(frozen=True, eq=False)
class Labels(_Named):
    """At most one label per row.

    codes: int32, shape (rows,), -1 where the row has no label.
    names: the distinct labels; ``names[code]`` is the text.
    """

    codes: Codes
    names: tuple[str, ...]

    def any_of(self, wanted: Collection[str]) -> Flags:
        """Rows whose label is one of ``wanted``: bool, shape (rows,). A row without a label is in none."""
        return np.asarray(self._hit(wanted)[self.codes])


@dataclass(frozen=True, eq=False)
class LabelSets(_Named):
    """Any number of labels per row, as compressed rows.

    start: int64, shape (rows + 1,); row r has ``codes[start[r]:start[r + 1]]``.
    """

    start: Positions
    codes: Codes
    names: tuple[str, ...]

    def any_of(self, wanted: Collection[str]) -> Flags:
        """Rows that have at least one label of ``wanted``: bool, shape (rows,)."""
        running = np.concatenate(([0], np.cumsum(self._hit(wanted)[self.codes])))
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
        hit = np.fromiter((name in wanted for name in self.names), np.float64, len(self.names))
        return self._weighted(hit)

    def totals(self) -> Floats:
        """Summed share of each row over all its values: float64, shape (rows,); NaN where not given."""
        return self._weighted(np.ones(len(self.names)))

    def _weighted(self, weight: Floats) -> Floats:
        """Sum per row of share x weight of its value, in blocks so that no entry-sized array is made."""
        rows = len(self.given)
        total = np.empty(rows)
        for first in range(0, rows, ROWS_PER_BLOCK):
            last = min(first + ROWS_PER_BLOCK, rows)
            entries = slice(self.start[first], self.start[last])
            weighted = weight.take(self.codes[entries])
            weighted *= self.shares[entries]
            total[first:last] = row_sums(weighted, self.start[first : last + 1] - self.start[first])
        total[~self.given] = np.nan
        return total


@dataclass(frozen=True, eq=False, slots=True)
class Members:
    """Members of a panel per row, as compressed rows.

    start: int64, shape (rows + 1,). member: int64 positions in the panel, rising within a row, each once.
    given: bool, shape (rows,): False where the row has no sample, which is not the same as an empty one.
    """

    start: Positions
    member: Positions
    given: Flags

    def of(self, row: int) -> Positions:
        """The members of one row."""
        return self.member[self.start[row] : self.start[row + 1]]


def row_sums(values: Floats, start: Positions) -> Floats:
    """Sum of each compressed row: float64, shape (rows,); an empty row sums to 0.

    start: int64, shape (rows + 1,), from 0 to len(values). The sum of a row depends on its own
    values alone, so the rows' order changes nothing.
    """
    sums = np.zeros(len(start) - 1)
    filled = np.flatnonzero(start[1:] > start[:-1])
    if filled.size:
        sums[filled] = np.add.reduceat(values, start[filled])
    return sums

"""Texts as codes: columns of labels and of shares from lists of what was posted.

Names are in the order of code points, so a column does not depend on the order of the rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TypeVar

import numpy as np

from optimizer.columns import Codes, Labels, LabelSets, Positions, Shares, Texts

Array = TypeVar("Array", bound=np.ndarray)


def frozen(array: Array) -> Array:
    """The array itself, read-only from here on."""
    array.setflags(write=False)
    return array


def texts(values: Sequence[str]) -> Texts:
    """Text of any length per row."""
    return frozen(np.array(values, np.dtypes.StringDType()))


def starts(lengths: Iterable[int], rows: int) -> Positions:
    """Where each row begins in a column of compressed rows, and where the last ends: int64 (rows + 1,)."""
    start = np.zeros(rows + 1, np.int64)
    np.cumsum(np.fromiter(lengths, np.int64, rows), out=start[1:])
    return frozen(start)


def labels(values: Sequence[str | None]) -> Labels:
    """At most one label per row; None is none."""
    names = sorted({value for value in values if value is not None})
    code_of: dict[str | None, int] = {name: code for code, name in enumerate(names)}
    code_of[None] = -1
    return Labels(frozen(np.fromiter(map(code_of.__getitem__, values), np.int32, len(values))), tuple(names))


def label_sets(values: Sequence[Sequence[str]]) -> LabelSets:
    """Any number of labels per row."""
    codes, names = _coded(list(chain.from_iterable(values)))
    return LabelSets(starts(map(len, values), len(values)), codes, names)


def shares(stated: Sequence[Mapping[str, float] | None]) -> Shares:
    """The shares of one dimension; None where a row does not state it."""
    given = np.fromiter((row is not None for row in stated), np.bool_, len(stated))
    # Sorted by name: the sums of a row's shares must not depend on the order in which they were posted.
    rows = [dict(sorted(row.items())) if row else {} for row in stated]
    start = starts(map(len, rows), len(rows))
    codes, names = _coded(list(chain.from_iterable(rows)))
    values = np.fromiter(chain.from_iterable(row.values() for row in rows), np.float64, len(codes))
    return Shares(start, codes, frozen(values), names, frozen(given))


def _coded(values: list[str]) -> tuple[Codes, tuple[str, ...]]:
    names = sorted(set(values))
    code_of = {name: code for code, name in enumerate(names)}
    return frozen(np.fromiter(map(code_of.__getitem__, values), np.int32, len(values))), tuple(names)

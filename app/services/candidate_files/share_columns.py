"""Audiences and shares of segments: Arrow structs and maps as compressed rows.

A struct has a field for every name, null where a row does not have it; a map has the names of each row. A share
that is null is not stated. The entries of a row stand in the order of their names.
"""

import numpy as np
import pyarrow as pa

from app.services.candidate_files.arrays import Array, columns, floats, lists, missing
from app.services.translate.text_columns import frozen
from app.wire.candidate import MOST_VALUES
from app.wire.fields import LONGEST_NAME, Share
from app.wire.limits import limits_of
from app.wire.target import MOST_DIMENSIONS
from optimizer.columns import Codes, Flags, Floats, Positions, Shares

_CELLS_AT_A_TIME = 1 << 21


def shares(array: Array, most: float) -> tuple[Shares, Flags]:
    """Name to share, at most ``most`` in a row; flags where that is not surely so."""
    given = ~missing(array)
    if pa.types.is_map(array.type):
        return _shares_of_map(array, given, most)
    if not pa.types.is_struct(array.type):
        return _nothing(len(array)), given
    unsure = np.zeros(len(array), np.bool_)
    names: list[str] = []
    stated: list[Floats] = []
    for name, child in sorted(columns(array).items()):
        if pa.types.is_null(child.type):
            continue
        values, doubtful = floats(child, limits_of(Share))
        unsure |= doubtful
        if not 1 <= len(name) <= LONGEST_NAME or "\x00" in name:
            unsure |= ~np.isnan(values)
        names.append(name)
        stated.append(values)
    rows, codes, values = _entries(stated, len(array))
    start = _starts(rows, len(array))
    unsure |= np.diff(start) > most
    return Shares(start, frozen(codes), frozen(values), tuple(names), frozen(given)), unsure


def audience(array: Array) -> tuple[dict[str, Shares], Flags]:
    """Dimension to the shares of its values."""
    found: dict[str, Shares] = {}
    if pa.types.is_map(array.type):
        return _audience_of_map(array)
    if not pa.types.is_struct(array.type):
        return found, ~missing(array)
    unsure = np.zeros(len(array), np.bool_)
    dimensions = np.zeros(len(array), np.int64)
    for name, child in sorted(columns(array).items()):
        found[name], doubtful = shares(child, MOST_VALUES)
        dimensions += found[name].given
        if not 1 <= len(name) <= LONGEST_NAME or "\x00" in name:
            doubtful = doubtful | found[name].given
        unsure |= doubtful
    stated = {name: of_name for name, of_name in found.items() if of_name.given.any()}
    return stated, unsure | (dimensions > MOST_DIMENSIONS)


def _entries(stated: list[Floats], rows: int) -> tuple[Positions, Codes, Floats]:
    """Row, position of the name and share of every share that is stated, by row and then by name."""
    if not stated:
        return np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0)
    step = max(1, _CELLS_AT_A_TIME // len(stated))
    rows_of, codes, values = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)], [np.zeros(0)]
    for first in range(0, rows, step):
        table = np.stack([column[first : first + step] for column in stated], axis=1)
        row, code = np.nonzero(~np.isnan(table))
        rows_of.append(row + first)
        codes.append(code.astype(np.int32))
        values.append(table[row, code])
    return np.concatenate(rows_of), np.concatenate(codes), np.concatenate(values)


def _shares_of_map(array: Array, given: Flags, most: float) -> tuple[Shares, Flags]:
    counts, keys, items = _of_map(array)
    owner = np.repeat(np.arange(len(array)), counts)
    values, doubtful = floats(items, limits_of(Share))
    coded = keys.cast(pa.string()).dictionary_encode()
    names = coded.dictionary.to_pylist()
    rank = np.argsort(np.argsort(np.array(names, np.str_))) if names else np.zeros(0, np.int64)
    code = rank[coded.indices.to_numpy(zero_copy_only=False)] if len(coded) else np.zeros(0, np.int64)
    long = np.array([not 1 <= len(name) <= LONGEST_NAME or "\x00" in name for name in names], np.bool_)
    unsure = counts > most
    if len(owner):
        doubtful |= long[coded.indices.to_numpy(zero_copy_only=False)]
    unsure[owner[doubtful]] = True
    kept = np.flatnonzero(~np.isnan(values))
    order = kept[np.lexsort((code[kept], owner[kept]))]
    owner, code, values = owner[order], code[order], values[order]
    twice = (np.diff(owner) == 0) & (np.diff(code) == 0)
    unsure[owner[1:][twice]] = True
    start = _starts(owner, len(array))
    return Shares(start, frozen(code.astype(np.int32)), frozen(values), tuple(sorted(names)), frozen(given)), unsure


def _audience_of_map(array: Array) -> tuple[dict[str, Shares], Flags]:
    counts, keys, items = _of_map(array)
    owner = np.repeat(np.arange(len(array)), counts)
    coded = keys.cast(pa.string()).dictionary_encode()
    code = coded.indices.to_numpy(zero_copy_only=False) if len(coded) else np.zeros(0, np.int64)
    unsure = counts > MOST_DIMENSIONS
    found: dict[str, Shares] = {}
    for position, name in enumerate(coded.dictionary.to_pylist()):
        entries = np.flatnonzero(code == position)
        rows = owner[entries]
        inner, doubtful = shares(items.take(pa.array(entries)), MOST_VALUES)
        if not 1 <= len(name) <= LONGEST_NAME or "\x00" in name:
            doubtful = doubtful | True
        unsure[rows[doubtful]] = True
        unsure[rows[1:][np.diff(rows) == 0]] = True
        sizes, given = np.zeros(len(array), np.int64), np.zeros(len(array), np.bool_)
        sizes[rows], given[rows] = np.diff(inner.start), inner.given
        start = np.concatenate(([0], np.cumsum(sizes)))
        if not unsure[rows].any() or len(np.unique(rows)) == len(rows):
            found[name] = Shares(frozen(start), inner.codes, inner.shares, inner.names, frozen(given))
    return {name: found[name] for name in sorted(found) if found[name].given.any()}, unsure


def _of_map(array: Array) -> tuple[Positions, Array, Array]:
    """Entries per row, all keys and all values of a map array, of its own slice."""
    entries = array.cast(pa.list_(pa.struct([("key", array.type.key_type), ("value", array.type.item_type)])))
    counts, pairs, _ = lists(entries)
    by_name = columns(pairs)
    return counts, by_name["key"], by_name["value"]


def _starts(rows: Positions, number: int) -> Positions:
    """Where each row begins, from the rising row of every entry."""
    return frozen(np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=number)))).astype(np.int64))


def _nothing(rows: int) -> Shares:
    none = np.zeros(0, np.int32)
    return Shares(_starts(np.zeros(0, np.int64), rows), none, np.zeros(0), (), frozen(np.zeros(rows, np.bool_)))

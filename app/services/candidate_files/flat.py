"""Flat columns as the nested columns of a candidate: engagement, audience, offers and their items."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from app.services.candidate_files.arrays import Array, lists, missing
from optimizer.columns import Flags

Tree = dict[str | int, Any]
"""Path step to array, or to the steps below it."""


def nested(columns: Mapping[tuple[str | int, ...], Array], rows: int) -> dict[str, Array]:
    """Field of a candidate to its column. columns: path of a flat column to its values, all of ``rows`` rows.

    What has no cell in a row is null there: a dimension of the audience, an offer, an item, the engagement.
    """
    tree: Tree = {}
    for path, array in columns.items():
        below = tree
        for step in path[:-1]:
            below = below.setdefault(step, {})
        below[path[-1]] = array
    made: dict[str, Array] = {}
    for name, part in tree.items():
        if not isinstance(part, dict):
            made[str(name)] = part
        elif name == "offers":
            made["offers"] = _list([_offer(part[number], rows) for number in sorted(part)], rows)
        elif name == "audience":
            made["audience"] = _struct({key: _struct(values, rows) for key, values in part.items()}, rows)
        else:
            made[str(name)] = _struct(part, rows)
    return made


def _offer(fields: Tree, rows: int) -> Array:
    items = fields.get("items")
    whole = {name: array for name, array in fields.items() if name != "items"}
    if items is not None:
        whole["items"] = _list([_struct(items[number], rows) for number in sorted(items)], rows)
    return _struct(whole, rows)


def _struct(fields: Tree, rows: int) -> Array:
    """A struct of columns, null where all of them are."""
    nothing = np.ones(rows, np.bool_)
    for array in fields.values():
        nothing &= missing(array)
    names = [str(name) for name in fields]
    return pa.StructArray.from_arrays(list(fields.values()), names, mask=pa.array(nothing))


def _list(entries: Sequence[Array], rows: int) -> Array:
    """Lists of the entries that are not null, in their order; null where none is."""
    here: Flags = np.stack([~missing(entry) for entry in entries], axis=1)
    row, number = np.nonzero(here)
    kind = _common([entry.type for entry in entries])
    values = pa.concat_arrays([_as(entry, kind) for entry in entries]).take(pa.array(number * rows + row))
    counts = here.sum(axis=1)
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values, mask=pa.array(counts == 0))


def _common(kinds: Sequence[Any]) -> Any:
    """A type that holds the values of all: of structs all fields, of different kinds of numbers float64, else text."""
    if all(kind == kinds[0] for kind in kinds):
        return kinds[0]
    if all(pa.types.is_struct(kind) for kind in kinds):
        names = dict.fromkeys(field.name for kind in kinds for field in kind)
        having = {name: [kind.field(name).type for kind in kinds if kind.get_field_index(name) >= 0] for name in names}
        return pa.struct([(name, _common(types)) for name, types in having.items()])
    if all(pa.types.is_list(kind) for kind in kinds):
        return pa.list_(_common([kind.value_type for kind in kinds]))
    if all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in kinds):
        return pa.float64()
    return pa.string()


def _as(array: Array, kind: Any) -> Array:
    """The values as a type that ``_common`` found; fields that they lack are null."""
    if array.type == kind:
        return array
    mask = pa.array(missing(array))
    if pa.types.is_struct(kind):
        own = dict(zip((field.name for field in array.type), array.flatten(), strict=True))
        absent = pa.nulls(len(array))
        parts = [_as(own.get(field.name, absent), field.type) for field in kind]
        return pa.StructArray.from_arrays(parts, [field.name for field in kind], mask=mask)
    if pa.types.is_list(kind) and pa.types.is_list(array.type):
        counts, values, _ = lists(array)
        offsets = pa.array(np.concatenate(([0], np.cumsum(counts))).astype(np.int32))
        return pa.ListArray.from_arrays(offsets, _as(values, kind.value_type), mask=mask)
    return array.cast(kind)


def row_of(cells: Iterable[tuple[tuple[str | int, ...], object]]) -> dict[str, object]:
    """One row as plain values, from the paths and values of the cells that are not empty."""
    row: dict[Any, Any] = {}
    for path, value in cells:
        below = row
        for step in path[:-1]:
            below = below.setdefault(step, {})
        below[path[-1]] = value
    if "offers" in row:
        row["offers"] = [offer for _, offer in sorted(row["offers"].items())]
        for offer in row["offers"]:
            if "items" in offer:
                offer["items"] = [item for _, item in sorted(offer["items"].items())]
    return row

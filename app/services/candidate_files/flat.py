"""Flat columns as the nested columns of a candidate: engagement, audience, offers and their items."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from app.services.candidate_files.arrays import Array, missing
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
    alike = _of_one_type(entries)
    values = pa.concat_arrays(alike).take(pa.array(number * rows + row))
    counts = here.sum(axis=1)
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values, mask=pa.array(counts == 0))


def _of_one_type(entries: Sequence[Array]) -> list[Array]:
    """Structs with the same fields of the same types: a field that one lacks is null there."""
    names = list(dict.fromkeys(field.name for entry in entries for field in entry.type))
    found = [dict(zip((f.name for f in entry.type), entry.flatten(), strict=True)) for entry in entries]
    for name in names:
        kinds = {of[name].type for of in found if name in of}
        kind = kinds.pop() if len(kinds) == 1 else pa.string()
        for of, entry in zip(found, entries, strict=True):
            of[name] = of[name].cast(kind) if name in of else pa.nulls(len(entry), kind)
    masks = [pa.array(missing(entry)) for entry in entries]
    return [
        pa.StructArray.from_arrays([of[name] for name in names], names, mask=mask)
        for of, mask in zip(found, masks, strict=True)
    ]


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

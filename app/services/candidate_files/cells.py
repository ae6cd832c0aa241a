"""Cells of text: how the columns of a CSV file are read, all rows at once or one row by itself."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jiter import LosslessFloat

from app.services.candidate_files.arrays import Array
from app.services.candidate_files.names import LISTED, Flat
from optimizer.columns import Flags

BETWEEN = ";"
"""Stands between the values of a cell that holds several."""

_TEXTS = frozenset(
    (
        *("id", "handle", "platform", "country", "group", "engagement.per"),
        *("offers.id", "offers.format", "offers.price", "offers.items.format"),
    )
)
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_ONE_NUMBER = re.compile(_NUMBER[:-1] + r"\Z")


def column(meaning: Flat, cells: Array) -> tuple[Array, Flags]:
    """The values of a column of text cells, null where a cell is empty; flags where a cell is not surely right."""
    sure = np.zeros(len(cells), np.bool_)
    if meaning.name in _TEXTS:
        return cells, sure
    if meaning.name in LISTED:
        several = pc.split_pattern(cells, BETWEEN)
        if meaning.name == "tags":
            trimmed = pc.utf8_trim_whitespace(several.flatten())
            return _lists_like(several, trimmed), sure
        values, wrong = _numbers(pc.utf8_trim_whitespace(several.flatten()))
        owner = np.repeat(np.arange(len(cells)), _lengths(several))
        sure[owner[wrong]] = True
        return _lists_like(several, values), sure
    return _numbers(cells)


def value(meaning: Flat, cell: str) -> object:
    """What a cell that is not empty says, as JSON would; text that is no number stays what it is."""
    if meaning.name in _TEXTS:
        return cell
    if meaning.name in LISTED:
        parts = [part.strip() for part in cell.split(BETWEEN)]
        return parts if meaning.name == "tags" else [_number(part) for part in parts]
    return _number(cell)


def _number(text: str) -> object:
    """The number in a text by its digits, or the text."""
    stripped = text.strip()
    if not _ONE_NUMBER.match(stripped):
        return text
    if stripped.lstrip("+-").isdigit() and len(stripped) <= 300:
        return int(stripped)
    return LosslessFloat(stripped.lstrip("+").encode())


def _numbers(cells: Array) -> tuple[Array, Flags]:
    """Numbers as float64, and which cells are no number."""
    wrong = np.zeros(len(cells), np.bool_)
    try:
        return pc.cast(cells, pa.float64()), wrong
    except pa.ArrowInvalid:
        trimmed = pc.utf8_trim_whitespace(cells)
        fits = pc.match_substring_regex(trimmed, _NUMBER)
        wrong = ~np.asarray(pc.fill_null(fits, True).to_numpy(zero_copy_only=False))
        return pc.cast(pc.if_else(fits, trimmed, pa.scalar(None, pa.string())), pa.float64()), wrong


def _lists_like(several: Array, values: Array) -> Array:
    """Lists as long as those of text, with other values."""
    offsets = np.concatenate(([0], np.cumsum(_lengths(several)))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values, mask=pc.is_null(several))


def _lengths(several: Array) -> np.ndarray:
    return np.asarray(pc.fill_null(pc.list_value_length(several), 0).to_numpy(zero_copy_only=False))

"""Creator rows as CSV: nested fields with dots, lists joined with ``;``, and no cell that a spreadsheet would run."""

import csv
import io
from collections.abc import Sequence
from types import UnionType
from typing import Any, get_args, get_origin

from app.wire.creator_row import CreatorRow
from app.wire.figures import Answer

MEDIA_TYPE = "text/csv"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet would run: it gets an apostrophe in front."""

Path = tuple[str, ...]


def columns(segments: Sequence[str]) -> list[Path]:
    """The columns, each as the path to its field; a dictionary by segment gets one for each of ``segments``."""
    return _columns_of(CreatorRow, segments)


def lines(paths: Sequence[Path], rows: Sequence[dict[str, Any]], *, header: bool) -> str:
    """CSV (RFC 4180) of rows as they are in JSON."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    if header:
        writer.writerow([_guarded(".".join(path)) for path in paths])
    columns = [[_cell(value) for value in _column(rows, path)] for path in paths]
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue()


def _columns_of(model: type[Answer], segments: Sequence[str]) -> list[Path]:
    found: list[Path] = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        inner: list[Path] = [()]
        if isinstance(kind, type) and not isinstance(kind, UnionType) and get_origin(kind) is None:
            inner = _columns_of(kind, segments) if issubclass(kind, Answer) else [()]
        elif get_origin(kind) is dict and get_args(kind)[0] is str:
            inner = [(segment,) for segment in segments]
        found += [(name, *path) for path in inner]
    return found


def _column(rows: Sequence[dict[str, Any]], path: Path) -> list[Any]:
    """The values of one column; column by column, since a table may have a hundred thousand rows."""
    values: list[Any] = list(rows)
    for name in path:
        values = [value[name] for value in values]
    return values


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return _guarded(repr(value))
    if value is None:
        return ""
    return _guarded(";".join(value) if isinstance(value, list) else str(value))


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell

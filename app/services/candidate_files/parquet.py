"""Parquet: nested columns as polars and pyarrow write candidates, or flat columns named as those of a CSV file."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from app.errors import Fault, InvalidCandidateFile, MalformedJson
from app.services.candidate_files import cells
from app.services.candidate_files.arrays import Array
from app.services.candidate_files.chunk import Chunk, Piece
from app.services.candidate_files.files import Opened
from app.services.candidate_files.flat import nested
from app.services.candidate_files.names import LISTED, NESTED, Flat, column_faults, flat, meant
from app.services.candidate_files.width import MOST_CELLS
from app.wire.candidate import Engagement, Item, Offer
from app.wire.fields import Posted
from app.wire.json_body import refuse_unacceptable

ROWS_AT_A_TIME = 1 << 15


class Parquet:
    """A Parquet file; its columns have been looked at."""

    counted_in: Literal["line", "row"] = "row"

    def __init__(self, file: Opened) -> None:
        self._name = file.name
        try:
            self._file: Any = pq.ParquetFile(file.whole())
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from None
        schema = self._file.schema_arrow
        self._rows = max(1, min(ROWS_AT_A_TIME, MOST_CELLS // max(1, len(self._file.schema))))
        names = list(schema.names)
        faults = column_faults(names, [name for name in names if name in NESTED])
        faults += [
            fault for field in schema if field.name in NESTED for fault in _nested_faults(field.name, field.type)
        ]
        if faults:
            more = f" ({len(faults)} errors in the columns)" if len(faults) > 1 else ""
            raise InvalidCandidateFile(
                f"{self._name}: {faults[0].detail}{more}", faults, source=self._name, counted_in="row"
            )
        self._columns = [Flat((name,)) if name in NESTED else flat(name) or Flat((name,)) for name in names]
        self.one_offer_per_row = any(column.path[:2] == ("offers", -1) for column in self._columns)

    def pieces(self) -> Iterator[Piece]:
        """Stretches of rows."""
        row = 1
        try:
            for batch in self._file.iter_batches(self._rows):
                if batch.num_rows:
                    yield _Rows(self._columns, batch, row)
                    row += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> InvalidCandidateFile:
        detail = f"{self._name} is no whole Parquet file: {str(error).splitlines()[0]}"
        return InvalidCandidateFile(detail, [Fault("unreadable_file", "", detail)], source=self._name, counted_in="row")


@dataclass(frozen=True, eq=False, slots=True)
class _Rows:
    """A stretch of rows; row: the number of the first."""

    columns: list[Flat]
    batch: Any
    row: int

    def chunks(self) -> Iterator[Chunk]:
        """All of them."""
        rows = self.batch.num_rows
        doubtful = np.zeros(rows, np.bool_)
        table: dict[tuple[str | int, ...], Array] = {}
        for meaning, array in zip(self.columns, self.batch.columns, strict=True):
            if meaning.name in LISTED and (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
                array, unsure = cells.column(meaning, array.cast(pa.string()))
                doubtful |= unsure
            table[meaning.path] = array
        made = nested(table, rows)
        at = self.row + np.arange(rows)

        def document(row: int) -> object:
            found = {
                name: _plain(array[row].as_py(), array.type) for name, array in made.items() if array[row].is_valid
            }
            refuse_unacceptable(found)
            return found

        yield Chunk(at, made, doubtful, document)


def _nested_faults(name: str, kind: Any) -> Iterator[Fault]:
    """Fields inside of nested columns that mean nothing."""
    models: dict[str, type[Posted]] = {"engagement": Engagement, "offers": Offer, "items": Item}
    if name not in models:
        return
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        kind = kind.value_type
    if not pa.types.is_struct(kind):
        return
    prefix = {"engagement": "engagement", "offers": "offer", "items": "offer.items.0"}[name]
    for field in kind:
        if field.name not in models[name].model_fields:
            detail = f"There is no field {field.name!r} in {name}{meant(f'{prefix}.{field.name}')}."
            yield Fault("unknown_field", "", detail)
        elif field.name == "items":
            yield from _nested_faults("items", field.type)


def _plain(value: Any, kind: Any) -> object:
    """A value of an Arrow type without the fields that are null, maps as objects, decimals by their digits."""
    if value is None:
        return None
    if pa.types.is_struct(kind):
        types = {field.name: field.type for field in kind}
        return {name: _plain(part, types[name]) for name, part in value.items() if part is not None}
    if pa.types.is_map(kind):
        made = {name: _plain(part, kind.item_type) for name, part in value}
        if len(made) < len(value):
            detail = "A name is there twice in one map; each name has one value."
            raise MalformedJson(detail, [Fault("malformed_json", "", detail)])
        return made
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return [_plain(part, kind.value_type) for part in value]
    return f"{value:f}" if isinstance(value, Decimal) else value

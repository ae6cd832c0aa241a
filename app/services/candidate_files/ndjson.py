"""NDJSON: one candidate of the API per line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.json as pa_json

from app.errors import InvalidCandidateFile
from app.services.candidate_files.arrays import Array
from app.services.candidate_files.arrow_types import candidate_types
from app.services.candidate_files.chunk import Chunk, Piece
from app.services.candidate_files.files import Opened
from app.services.candidate_files.width import rows_at_a_time
from app.wire.json_body import read_json, surely_plain
from optimizer.columns import Positions

BYTES_AT_A_TIME = 4 << 20
LONGEST_LINE = 64 << 20
ROWS_ONE_BY_ONE = 128
"""Stretches that Arrow refuses are halved down to this many rows, which are then read one by one."""

_MARK = b"\xef\xbb\xbf"
_PRICE = b'"price"'
_SURE_PRICE = re.compile(rb'"price"[ \t]*:[ \t]*(?:[0-9]+(?:\.[0-9]+)?|"[0-9]+(?:\.[0-9]+)?")[ \t]*[,}]')
"""A price in plain digits; Arrow reads exponents too, and forgets that there was one."""

_TYPES = candidate_types("price", pa.decimal128(38, 4))
_PARSE = pa_json.ParseOptions(explicit_schema=pa.schema(list(_TYPES.items())), newlines_in_values=False)


class Ndjson:
    """An NDJSON file."""

    counted_in: Literal["line", "row"] = "line"
    one_offer_per_row = False

    def __init__(self, file: Opened) -> None:
        self._file = file

    def pieces(self) -> Iterator[Piece]:
        """Stretches of whole lines."""
        line, rest, first = 1, b"", True
        while True:
            read = self._file.read(BYTES_AT_A_TIME)
            data = rest + read
            if first and data:
                data, first = self._begin(data), False
            end = data.rfind(b"\n") + 1 if read else len(data)
            if end:
                yield _Lines(data[:end], line)
                line += data.count(b"\n", 0, end)
            rest = data[end:]
            if not read:
                return
            if len(rest) > LONGEST_LINE:
                detail = f"Line {line} is longer than {LONGEST_LINE >> 20} MiB; NDJSON has one candidate per line."
                raise InvalidCandidateFile(detail, source=self._file.name)

    def _begin(self, data: bytes) -> bytes:
        """The first bytes without a byte order mark. Raises InvalidCandidateFile for what is surely no NDJSON."""
        self._file.refuse_other_encoding(data)
        data = data.removeprefix(_MARK)
        if data.lstrip(b" \t\r\n").startswith(b"["):
            detail = (
                f"{self._file.name} begins with [, as a JSON list does. NDJSON has one candidate per line, without "
                "brackets around and commas between them; `jq -c '.[]'` makes it of a list."
            )
            raise InvalidCandidateFile(detail, source=self._file.name)
        return data


@dataclass(frozen=True, eq=False, slots=True)
class _Lines:
    """Whole lines of a file; line: the number of the first."""

    data: bytes
    line: int

    def chunks(self) -> Iterator[Chunk]:
        """Its lines but for the empty ones."""
        breaks = np.flatnonzero(np.frombuffer(self.data, np.uint8) == ord("\n"))
        first = np.concatenate(([0], breaks + 1))
        last = np.concatenate((breaks, [len(self.data)]))
        number = self.line + np.arange(len(first))
        kept = last > first
        if not np.all(np.frombuffer(self.data, np.uint8)[first[kept]] == ord("{")):
            kept = np.array([bool(self.data[start:end].strip()) for start, end in zip(first, last, strict=True)])
        first, last, number = first[kept], last[kept], number[kept]
        if not len(number):
            return
        step = rows_at_a_time(self.data, first, last)
        if not step:
            yield self._one_by_one(first, last, number)
            return
        for at in range(0, len(number), step):
            part = slice(at, at + step)
            yield from self._parts(first[part], last[part], number[part])

    def _parts(self, first: Positions, last: Positions, number: Positions) -> Iterator[Chunk]:
        """Lines as columns, but for those near one that Arrow refuses."""
        table = self._table(first, last)
        one_by_one = self._one_by_one(first, last, number)
        if table is not None:
            yield replace(one_by_one, table=table, doubtful=np.zeros(len(number), np.bool_))
        elif len(number) <= ROWS_ONE_BY_ONE:
            yield one_by_one
        else:
            half = len(number) // 2
            yield from self._parts(first[:half], last[:half], number[:half])
            yield from self._parts(first[half:], last[half:], number[half:])

    def _one_by_one(self, first: Positions, last: Positions, number: Positions) -> Chunk:
        return Chunk.unread(number, lambda row: read_json(self.data[first[row] : last[row]]))

    def _table(self, first: Positions, last: Positions) -> dict[str, Array] | None:
        """Columns of these lines, or None where Arrow refuses them or might read them otherwise than JSON says."""
        data = self.data[first[0] : last[-1]]
        if not _one_object_per_line(self.data, first, last) or not surely_plain(data) or b"\0" in data:
            return None
        try:
            data.decode()
            read: Any = pa_json.read_json(
                pa.BufferReader(data),
                read_options=pa_json.ReadOptions(use_threads=False, block_size=len(data) + 1),
                parse_options=_PARSE,
            )
        except (pa.ArrowException, UnicodeDecodeError):
            return None
        if read.num_rows != len(first):
            return None
        table = {name: column.combine_chunks() for name, column in zip(read.schema.names, read.columns, strict=True)}
        offers = len(table["offers"].flatten())
        if not data.count(_PRICE) == offers == len(_SURE_PRICE.findall(data)):
            return None
        return table


def _one_object_per_line(data: bytes, first: Positions, last: Positions) -> bool:
    """Whether every line begins with { and ends with }: then none holds a part of an object, see below.

    After a } inside an object comes , or } or ], so a line that follows it would not begin with {.
    """
    body = np.frombuffer(data, np.uint8)
    end = last - 1
    if ord("\r") in body[end]:
        end = end - (body[end] == ord("\r"))
    return bool(np.all(body[first] == ord("{")) and np.all(body[end] == ord("}")))

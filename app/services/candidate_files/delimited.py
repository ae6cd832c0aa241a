"""CSV: a row per offer with the creator's cells repeated, or a row per creator with numbered offers."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from app.errors import Fault, InvalidBrief, InvalidCandidateFile
from app.services.candidate_files import cells
from app.services.candidate_files.arrays import Array, missing
from app.services.candidate_files.chunk import Chunk, Piece
from app.services.candidate_files.files import Opened
from app.services.candidate_files.flat import nested, row_of
from app.services.candidate_files.names import Flat, column_faults, flat
from app.wire.json_body import refuse_unacceptable
from optimizer.columns import Positions

BYTES_AT_A_TIME = 4 << 20
LONGEST_RECORD = 64 << 20
DELIMITERS = (",", ";", "\t", "|")

_MARK = b"\xef\xbb\xbf"


class Delimited:
    """A CSV file; its header has been read."""

    counted_in: Literal["line", "row"] = "line"

    def __init__(self, file: Opened) -> None:
        self._file = file
        self._data = file.read(BYTES_AT_A_TIME)
        file.refuse_other_encoding(self._data)
        self._data = self._data.removeprefix(_MARK)
        self._line = 1
        self._delimiter, self._columns = self._header()
        self.one_offer_per_row = any(column.path[:2] == ("offers", -1) for column in self._columns)

    def pieces(self) -> Iterator[Piece]:
        """Stretches of whole records."""
        line, data, last = self._line, self._data, False
        while data or not last:
            read = self._file.read(BYTES_AT_A_TIME)
            last = not read
            data += read
            breaks, ends = _breaks(data)
            end = len(data) if last else (int(ends[-1]) + 1 if len(ends) else 0)
            if last and data.count(b'"') % 2:
                opened = line + int(np.searchsorted(breaks, ends[-1] + 1)) if len(ends) else line
                detail = f"{self._file.name}, line {opened}: a quote that begins in this row is never closed."
                raise self._unreadable(detail, opened)
            if end:
                yield _Records(self, data[:end], line)
                line += data.count(b"\n", 0, end)
            data = data[end:]
            if len(data) > LONGEST_RECORD:
                detail = (
                    f"{self._file.name}, line {line}: a row of more than {LONGEST_RECORD >> 20} MiB; is a quote open?"
                )
                raise self._unreadable(detail, line)

    @property
    def delimiter(self) -> str:
        """What stands between two cells."""
        return self._delimiter

    @property
    def columns(self) -> Sequence[Flat]:
        """What each column says."""
        return self._columns

    @property
    def name(self) -> str:
        """Name of the file."""
        return self._file.name

    def _header(self) -> tuple[str, list[Flat]]:
        """Delimiter and columns; the data behind the header is left. Raises InvalidCandidateFile."""
        while self._data[:2] in (b"\n", b"\r\n") or self._data[:1] == b"\n":
            self._data = self._data[self._data.index(b"\n") + 1 :]
            self._line += 1
        raw, _, rest = self._data.partition(b"\n")
        if not raw.strip():
            raise InvalidCandidateFile(f"{self._file.name} is empty; it needs a header.", source=self._file.name)
        try:
            text = raw.decode().rstrip("\r")
        except UnicodeDecodeError as error:
            raise self.not_utf8(raw, error.start, self._line) from None
        if "\r" in text or text.count('"') % 2:
            detail = f"{self._file.name}: the header has to be one line; lines end with LF or CR LF."
            raise self._unreadable(detail, self._line)
        delimiter, names = max(((d, _cells(text, d)) for d in DELIMITERS), key=lambda found: len(found[1]))
        names = [name.strip() for name in names]
        if len(names) > 1 and not names[-1]:
            detail = f"{self._file.name}: column {len(names)} has no name in the header; name it, or leave it out."
            raise self._unreadable(detail, self._line)
        if faults := column_faults(names):
            more = f" ({len(faults)} errors in the header)" if len(faults) > 1 else ""
            detail = f"{self._file.name}: {faults[0].detail}{more}"
            raise InvalidCandidateFile(detail, [_at(fault, self._line) for fault in faults], source=self._file.name)
        self._data = rest
        self._line += 1
        return delimiter, [meaning for meaning in map(flat, names) if meaning is not None]

    def _unreadable(self, detail: str, line: int) -> InvalidCandidateFile:
        return InvalidCandidateFile(
            detail, [Fault("unreadable_file", "", detail, line=line)], source=self._file.name, bad_rows=None
        )

    def not_utf8(self, data: bytes, at: int, line: int) -> InvalidCandidateFile:
        """The error about a byte of a stretch that begins at a line."""
        line += data.count(b"\n", 0, at)
        detail = f"{self._file.name}, line {line}: byte 0x{data[at]:02x} is not UTF-8; save the file as UTF-8."
        return self._unreadable(detail, line)

    def torn(self, line: int) -> InvalidCandidateFile:
        """The error about quotes that do not enclose whole cells, somewhere from a line on."""
        detail = (
            f"{self._file.name}: from line {line} on there is a quote inside a cell that does not begin with one; "
            'put such a cell in quotes and double the quote: "a ""b"" c".'
        )
        return self._unreadable(detail, line)


@dataclass(frozen=True, eq=False, slots=True)
class _Records:
    """Whole records of a file; line: the number of the first line."""

    file: Delimited
    data: bytes
    line: int

    def chunks(self) -> Iterator[Chunk]:
        """Its rows, then those with a wrong number of cells."""
        line = self._lines()
        if not len(line):
            return
        wrong: list[tuple[int, int]] = []
        table = self._table(wrong)
        if table.num_rows + len(wrong) != len(line):
            raise self.file.torn(int(line[0]))
        bad = np.array([number - 1 for number, _ in wrong], np.int64)
        if wrong:
            yield Chunk.unread(line[bad], self._miscounted([found for _, found in wrong]))
        line = np.delete(line, bad)
        columns = [column.combine_chunks() for column in table.columns]
        filled = ~np.logical_and.reduce([missing(column) for column in columns])
        if not filled.all():
            kept = pa.array(np.flatnonzero(filled))
            line, columns = line[filled], [column.take(kept) for column in columns]
        yield self._chunk(line, columns)

    def _chunk(self, line: Positions, columns: Sequence[Array]) -> Chunk:
        doubtful = np.zeros(len(line), np.bool_)
        made: dict[tuple[str | int, ...], Array] = {}
        for meaning, text in zip(self.file.columns, columns, strict=True):
            made[meaning.path], unsure = cells.column(meaning, text)
            doubtful |= unsure

        def document(row: int) -> object:
            found = ((meaning, text[row].as_py()) for meaning, text in zip(self.file.columns, columns, strict=True))
            made_of = row_of((meaning.path, cells.value(meaning, cell)) for meaning, cell in found if cell is not None)
            refuse_unacceptable(made_of)
            return made_of

        return Chunk(line, nested(made, len(line)), doubtful, document)

    def _lines(self) -> Positions:
        """The line that each record begins on, without records that are empty."""
        breaks, ends = _breaks(self.data)
        begin = np.concatenate(([0], ends + 1))
        stop = np.concatenate((ends, [len(self.data)]))
        body = np.frombuffer(self.data, np.uint8)
        empty = (stop == begin) | ((stop == begin + 1) & (body[np.minimum(begin, len(body) - 1)] == ord("\r")))
        return np.asarray(self.line + np.searchsorted(breaks, begin)[~empty])

    def _table(self, wrong: list[tuple[int, int]]) -> Any:
        """All cells as text; the rows with another number of cells are left out and noted as (number, cells)."""

        def note(row: Any) -> str:
            wrong.append((row.number, row.actual_columns))
            return "skip"

        names = [str(number) for number in range(len(self.file.columns))]
        try:
            self.data.decode()
        except UnicodeDecodeError as error:
            raise self.file.not_utf8(self.data, error.start, self.line) from None
        return pa_csv.read_csv(
            pa.BufferReader(self.data),
            read_options=pa_csv.ReadOptions(column_names=names, use_threads=False, block_size=len(self.data) + 1),
            parse_options=pa_csv.ParseOptions(
                delimiter=self.file.delimiter, newlines_in_values=True, invalid_row_handler=note
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )

    def _miscounted(self, found: Sequence[int]) -> Any:
        expected = len(self.file.columns)

        def document(row: int) -> object:
            detail = (
                f"The row has {found[row]} cells, the header {expected}; a cell that contains the delimiter "
                f"{self.file.delimiter!r} has to be in quotes."
            )
            raise InvalidBrief(detail, [Fault("cell_count", "", detail)])

        return document


def _breaks(data: bytes) -> tuple[Positions, Positions]:
    """Positions of all line ends, and of those that end a record, which are outside quotes."""
    body = np.frombuffer(data, np.uint8)
    breaks = np.flatnonzero(body == ord("\n"))
    if b'"' not in data:
        return breaks, breaks
    quotes = np.flatnonzero(body == ord('"'))
    return breaks, breaks[np.searchsorted(quotes, breaks) % 2 == 0]


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader(io.StringIO(line), delimiter=delimiter))


def _at(fault: Fault, line: int) -> Fault:
    return Fault(fault.code, fault.pointer, fault.detail, fault.severity, line)

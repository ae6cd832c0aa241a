"""A plan as a table: creator_id and offer_id, as somebody's spreadsheet has it or as /creators exports it.

Tolerated: a byte order mark, commas, semicolons, tabs or bars between cells, quotes, other columns, empty lines, and
the apostrophe that our export puts before a cell that a spreadsheet would run.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from app.errors import Fault, InvalidPlanFile
from app.wire.creator_csv import FORMULA_STARTS
from app.wire.fields import LONGEST_NAME

_DELIMITERS = (",", ";", "\t", "|")
_CREATOR, _OFFER, _DECISION = "creator_id", "offer_id", "decision"


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One offer of a plan and the line where it begins, from 1. offer_id: None where the cell is empty or absent."""

    line: int
    creator_id: str
    offer_id: str | None


def read_plan(raw: bytes, source: str) -> list[PlanRow]:
    """The rows of a plan. In a table with a column ``decision`` only those that say ``chosen`` count.

    source: the file's name, for messages. Raises InvalidPlanFile with a fault for each line that is wrong.
    """
    records = _records(_text(raw, source), source)
    header_line, header = next(records, (1, []))
    names = [name.strip() for name in header]
    for name in (_CREATOR, _OFFER, _DECISION):
        if names.count(name) > 1:
            raise _unreadable(source, f"the header has the column {name} twice; leave one out.", header_line)
    if _CREATOR not in names:
        listed = ", ".join(names[:10]) or "nothing"
        raise _unreadable(
            source, f"the header has to name a column {_CREATOR} (and {_OFFER}); it has {listed}.", header_line
        )
    rows: list[PlanRow] = []
    faults: list[Fault] = []
    for line, cells in records:
        by_name = dict(zip(names, cells, strict=False))
        if by_name.get(_DECISION, "chosen").strip() != "chosen":
            continue
        found = _row(line, by_name.get(_CREATOR, ""), by_name.get(_OFFER, ""))
        if isinstance(found, Fault):
            faults.append(found)
        else:
            rows.append(found)
    if faults:
        raise plan_file_error(source, faults)
    return rows


def unguarded(name: str) -> str:
    """The cell without the apostrophe that the export puts before what a spreadsheet would run."""
    return name[1:] if name[:1] == "'" and name[1:].startswith(FORMULA_STARTS) else name


def plan_file_error(source: str, faults: list[Fault]) -> InvalidPlanFile:
    """The error that says these faults, each with its line; there is at least one."""
    first = faults[0]
    more = f" ({len(faults)} errors)" if len(faults) > 1 else ""
    detail = f"{source}, line {first.line}: {first.detail}{more}"
    return InvalidPlanFile(detail, faults, source=source, bad_rows=len({fault.line for fault in faults}))


def _row(line: int, creator_id: str, offer_id: str) -> PlanRow | Fault:
    creator_id, offer_id = creator_id.strip(), offer_id.strip()
    if not creator_id:
        return Fault("missing_field", f"/{_CREATOR}", f"The cell {_CREATOR} is empty.", line=line)
    for name, cell in ((_CREATOR, creator_id), (_OFFER, offer_id)):
        if len(cell) > LONGEST_NAME + 1:
            return Fault("too_long", f"/{name}", f"{name} has {len(cell)} characters; ids have at most 200.", line=line)
    return PlanRow(line, creator_id, offer_id or None)


def _text(raw: bytes, source: str) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _unreadable(source, "the file is UTF-16; save it as CSV in UTF-8.", 1)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _unreadable(source, f"byte 0x{raw[error.start]:02x} is not UTF-8; save it as UTF-8.", line) from None


def _records(text: str, source: str) -> Iterator[tuple[int, list[str]]]:
    """The records that are not empty, each with the line where it begins; the first is the header."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=lambda mark: len(next(csv.reader([first], delimiter=mark))))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise _unreadable(source, f"the row cannot be read ({error}); is a quote open?", line) from None


def _unreadable(source: str, detail: str, line: int) -> InvalidPlanFile:
    return InvalidPlanFile(
        f"{source}, line {line}: {detail}", [Fault("unreadable_file", "", detail, line=line)], source=source
    )

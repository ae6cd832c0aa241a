"""Single rows through the checks of candidates that are posted, for what columns cannot decide.

Here a wrong row gets its faults in the same words as over the API, and a right one becomes columns again.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from app.errors import Fault, InvalidBrief, MalformedJson
from app.services.candidate_files.arrow_types import candidate_types
from app.services.candidate_files.block import PRICE_MINOR, Block, block_of
from app.services.candidate_files.chunk import Chunk
from app.wire.candidate import Candidate
from app.wire.money import Currency
from app.wire.parse import parse_candidate

_SHARES = pa.map_(pa.string(), pa.float64())
_TYPES = {
    **candidate_types(PRICE_MINOR, pa.int64()),
    "audience": pa.map_(pa.string(), _SHARES),
    "segment_shares": _SHARES,
}
"""Every field of a candidate as a column."""


def closer_look(chunk: Chunk, rows: Sequence[int], currency: Currency) -> tuple[Block | None, list[Fault]]:
    """The rows of a chunk (positions) that are right after all, and the faults of the others, each with its line."""
    right: list[Candidate] = []
    lines: list[int] = []
    faults: list[Fault] = []
    for row in rows:
        line = int(chunk.line[row])
        try:
            candidate = parse_candidate(_without_nulls(chunk.document(row)), currency)
        except (MalformedJson, InvalidBrief) as error:
            faults += [replace(fault, line=line) for fault in error.faults]
        else:
            right.append(candidate)
            lines.append(line)
    return (_block(right, np.array(lines, np.int64), currency) if right else None), faults


def _without_nulls(document: object) -> object:
    """A row without shares that are null and without an engagement in which all is: in files they are absent."""
    if not isinstance(document, dict):
        return document
    row = dict(document)
    if isinstance(row.get("segment_shares"), dict):
        row["segment_shares"] = _stated(row["segment_shares"])
    if isinstance(row.get("audience"), dict):
        row["audience"] = {
            name: _stated(values) if isinstance(values, dict) else values for name, values in row["audience"].items()
        }
    engagement = row.get("engagement")
    if isinstance(engagement, dict) and all(value is None for value in engagement.values()):
        del row["engagement"]
    return row


def _stated(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _block(candidates: Sequence[Candidate], lines: np.ndarray[Any, np.dtype[np.int64]], currency: Currency) -> Block:
    """Candidates that passed all checks, as columns."""
    rows = []
    for candidate in candidates:
        row = candidate.model_dump(exclude_none=True)
        for offer, posted in zip(row["offers"], candidate.offers, strict=True):
            offer[PRICE_MINOR] = currency.to_minor(posted.price)
        # A dimension that is null is not given; model_dump drops fields that are None, but no entries of a dict.
        if "audience" in row:
            row["audience"] = {name: values for name, values in row["audience"].items() if values is not None}
        rows.append(row)
    table = {name: pa.array([row.get(name) for row in rows], kind) for name, kind in _TYPES.items()}
    block, _ = block_of(table, lines, currency)
    return block

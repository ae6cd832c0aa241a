"""Cursors: opaque to a client, and stable while rows are added, since they name a row and not a distance.

Their form is regular, so that the OpenAPI document can state it and every text of that form is a cursor.
"""

import re
from dataclasses import dataclass

from app.errors import InvalidParameter
from app.storage.creator_chunks import CHUNK_ROWS
from app.storage.ids import BODY_PATTERN
from app.storage.tables import DECISIONS

OPTIMIZATION_ID = re.compile(rf"opt_{BODY_PATTERN}")
OPTIMIZATION_CURSOR = rf"^{BODY_PATTERN}$"
ID_CURSOR = rf"^{BODY_PATTERN}$"
CREATOR_CURSOR = r"^[cr][0-9]{10}$"

_DECISION_OF = {decision[0]: decision for decision in DECISIONS}


@dataclass(frozen=True, slots=True)
class CreatorPosition:
    """Where a page of creator rows begins: row ``offset`` of chunk ``number`` of a decision."""

    decision: str
    number: int
    offset: int


def after_optimization(optimization_id: str) -> str:
    """The cursor of the page that begins after this optimization."""
    return optimization_id.removeprefix("opt_")


def read_optimization(cursor: str) -> str:
    """The id that ``after_optimization`` was given. Raises InvalidParameter."""
    _require(OPTIMIZATION_CURSOR, cursor)
    return f"opt_{cursor}"


def is_id(prefix: str, text: str) -> bool:
    """Whether a text has the form of an id with this prefix."""
    return re.fullmatch(rf"{prefix}_{BODY_PATTERN}", text, re.ASCII) is not None


def after_id(row_id: str) -> str:
    """The cursor of the page that begins after the row with this id."""
    return row_id.partition("_")[2]


def read_id(prefix: str, cursor: str) -> str:
    """The id with this prefix that ``after_id`` was given. Raises InvalidParameter."""
    _require(ID_CURSOR, cursor)
    return f"{prefix}_{cursor}"


def at_creator(position: CreatorPosition) -> str:
    """The cursor of the page that begins at this position."""
    return f"{position.decision[0]}{position.number * CHUNK_ROWS + position.offset:010}"


def read_creator(cursor: str) -> CreatorPosition:
    """The position that ``at_creator`` was given. Raises InvalidParameter."""
    _require(CREATOR_CURSOR, cursor)
    number, offset = divmod(int(cursor[1:]), CHUNK_ROWS)
    return CreatorPosition(_DECISION_OF[cursor[0]], number, offset)


def _require(form: str, cursor: str) -> None:
    if not re.fullmatch(form, cursor, re.ASCII):
        raise InvalidParameter(
            "The query parameter 'cursor' is not one that this list gave out; take next_cursor as it is."
        )

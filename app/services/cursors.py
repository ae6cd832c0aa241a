"""Cursors: opaque to a client, and stable while rows are added, since they name a row and not a distance."""

import base64
import binascii
import re
from dataclasses import dataclass

from app.errors import InvalidParameter
from app.storage.tables import DECISIONS

OPTIMIZATION_ID = re.compile(r"opt_[0-9A-HJKMNP-TV-Z]{26}")
_CREATORS = re.compile(rf"({'|'.join(DECISIONS)}):([0-9]{{1,9}}):([0-9]{{1,3}})")


@dataclass(frozen=True, slots=True)
class CreatorPosition:
    """Where a page of creator rows begins: row ``offset`` of chunk ``number`` of a decision."""

    decision: str
    number: int
    offset: int


def after_optimization(optimization_id: str) -> str:
    """The cursor of the page that begins after this optimization."""
    return _encoded(optimization_id)


def read_optimization(cursor: str) -> str:
    """The id that ``after_optimization`` was given. Raises InvalidParameter."""
    text = _decoded(cursor)
    if not OPTIMIZATION_ID.fullmatch(text):
        raise _not_a_cursor()
    return text


def at_creator(position: CreatorPosition) -> str:
    """The cursor of the page that begins at this position."""
    return _encoded(f"{position.decision}:{position.number}:{position.offset}")


def read_creator(cursor: str) -> CreatorPosition:
    """The position that ``at_creator`` was given. Raises InvalidParameter."""
    found = _CREATORS.fullmatch(_decoded(cursor))
    if not found:
        raise _not_a_cursor()
    return CreatorPosition(found[1], int(found[2]), int(found[3]))


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(cursor: str) -> str:
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        raise _not_a_cursor() from None


def _not_a_cursor() -> InvalidParameter:
    return InvalidParameter(
        "The query parameter 'cursor' is not one that this list gave out; take next_cursor as it is."
    )

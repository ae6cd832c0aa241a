"""What the readers of the formats hand on: stretches of a file, as columns and, row by row, as plain values."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from app.services.candidate_files.arrays import Array
from optimizer.columns import Flags, Positions


@dataclass(frozen=True, eq=False, slots=True)
class Chunk:
    """A stretch of rows.

    line: int64 (r,), where each row stands in the file, from 1. table: field name to Arrow array, nested as the
    candidates of the API are; None where the rows can only be read one by one. doubtful: bool (r,), rows that need
    a closer look whatever the table says. document: the row at a position as values of JSON; raises MalformedJson,
    and InvalidBrief where a row is wrong in a way of its format.
    """

    line: Positions
    table: dict[str, Array] | None
    doubtful: Flags
    document: Callable[[int], object]

    @classmethod
    def unread(cls, line: Positions, document: Callable[[int], object]) -> "Chunk":
        """Rows without columns."""
        return cls(line, None, np.ones(len(line), np.bool_), document)


class Piece(Protocol):
    """A part of a file that can be read by itself, in any thread."""

    def chunks(self) -> Iterator[Chunk]:
        """Its rows, in their order."""


class Source(Protocol):
    """A candidate file of one format.

    counted_in: what ``Chunk.line`` counts. one_offer_per_row: whether rows of the same id are one creator.
    """

    counted_in: Literal["line", "row"]
    one_offer_per_row: bool

    def pieces(self) -> Iterator[Piece]:
        """All parts of the file. Raises InvalidCandidateFile where the file as a whole is wrong."""

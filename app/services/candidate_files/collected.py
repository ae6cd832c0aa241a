"""Faults of a candidate file as they are found: the first are kept, all bad rows are counted."""

from collections.abc import Iterable
from typing import Literal

from app.errors import Fault, InvalidCandidateFile
from app.wire.parse import MOST_KEPT

MOST_BAD_ROWS = 10_000
"""With more bad rows than this the rest of the file is not read."""


class Collected:
    """What is wrong with a file so far."""

    def __init__(self, source: str, counted_in: Literal["line", "row"]) -> None:
        self.source = source
        self.counted_in: Literal["line", "row"] = counted_in
        self._kept: list[Fault] = []
        self._bad: set[int] = set()

    def add(self, faults: Iterable[Fault]) -> None:
        """Note faults that have a line."""
        for fault in faults:
            if fault.line is not None:
                self._bad.add(fault.line)
            if len(self._kept) < MOST_KEPT:
                self._kept.append(fault)

    @property
    def too_many(self) -> bool:
        """Whether there is no sense in reading on."""
        return len(self._bad) > MOST_BAD_ROWS

    def refuse(self, complete: bool = True) -> None:
        """Raise InvalidCandidateFile when there is any fault. complete: whether the whole file was read."""
        if not self._kept:
            return
        faults = sorted(self._kept, key=lambda fault: fault.line or 0)
        first = faults[0]
        place = f"{self.counted_in} {first.line}" + (first.pointer and f", {first.pointer}")
        many = f"{len(self._bad):,} bad row{'' if len(self._bad) == 1 else 's'}"
        read = "" if complete else " in the part that was read"
        raise InvalidCandidateFile(
            f"{self.source} has {many}{read}, the first at {place}: {first.detail}",
            faults,
            source=self.source,
            counted_in=self.counted_in,
            bad_rows=len(self._bad),
            complete=complete,
        )

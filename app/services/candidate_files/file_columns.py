"""Columns of candidates that came from a file, with the line that each stands on."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.errors import Fault
from app.services.candidate_files.collected import Collected
from app.services.translate.columns import Columns, Place
from optimizer.columns import Positions


@dataclass(frozen=True, eq=False, slots=True)
class FileColumns(Columns):
    """creator_line: int64 (m,), offer_line: int64 (n,): lines or rows of the file. faults: what was wrong with it."""

    faults: Collected
    creator_line: Positions
    offer_line: Positions
    one_offer_per_row: bool

    @property
    def removes_exceeding(self) -> bool:
        """Candidates from a file are treated as a catalogue: it is not for one brief, so not all of it has to fit."""
        return True

    def at_creator(self, row: int, field: str = "") -> Place:
        """The line of a creator, and the pointer into it."""
        return Place(field and f"/{field}", int(self.creator_line[row]))

    def at_offer(self, row: int, field: str = "") -> Place:
        """The line of an offer, and the pointer into it."""
        index = 0 if self.one_offer_per_row else int(self.offer[row])
        return Place(f"/offers/{index}" + (field and f"/{field}"), int(self.offer_line[row]))

    def refuse(self, faults: Iterator[Fault]) -> None:
        """Raise InvalidCandidateFile when there is any fault."""
        self.faults.add(faults)
        self.faults.refuse()

    def warning(self, fault: Fault) -> Fault:
        """The warning with its place in words: its pointer would be taken for one into the brief."""
        if fault.line is None:
            return fault
        place = f"{self.faults.source}, {self.faults.counted_in} {fault.line}{fault.pointer and f', {fault.pointer}'}"
        return replace(fault, pointer="", detail=f"{place}: {fault.detail}", line=None)

"""What the forecast found, as faults at the places where it was posted."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from app.errors import Fault
from app.services.translate.columns import Columns
from app.wire.money import MOST_MINOR_UNITS
from optimizer.columns import Positions
from optimizer.forecast.result import Finding, Forecast
from optimizer.target import Segment


def errors(found: Forecast, columns: Columns) -> Iterator[Fault]:
    """One error per row that a finding is about."""
    for finding in found.findings:
        if finding.severity == "error":
            for row in finding.rows.tolist() if len(finding.rows) else [None]:
                yield Fault(finding.code, _place(finding, row, columns), finding.detail)


def warnings(found: Forecast, columns: Columns) -> Iterator[Fault]:
    """One warning per finding, at the row that was posted first."""
    for finding in found.findings:
        if finding.severity == "warning":
            yield Fault(
                finding.code, _place(finding, _first_posted(finding, columns), columns), finding.detail, "warning"
            )


def dear(cost: NDArray[np.int64], most: str, columns: Columns) -> Iterator[Fault]:
    """An error for each offer whose price with surcharges is above the largest amount, ``most`` as text."""
    for offer in np.flatnonzero(cost > MOST_MINOR_UNITS).tolist():
        detail = f"With surcharges this offer costs more than the largest amount, {most}."
        yield Fault("money_too_large", columns.offer_pointer(offer, "price"), detail)


def exceeding(
    offers: Positions, found: Forecast, columns: Columns, sized: list[tuple[int, Segment]], duplication: float
) -> Iterator[Fault]:
    """An error for each offer that would engage a whole segment or more."""
    creators = columns.candidates.offer_creator
    for offer in offers.tolist():
        for position, segment in sized:
            people = float(found.engaged[offer] * found.shares[creators[offer], position])
            room = float(segment.size or 0) / duplication
            if people >= room:
                detail = (
                    f'The offer would engage {people:,.0f} people in segment "{segment.name}", which has {room:,.0f} '
                    "(size / duplication). Check the size of the segment, and the reach and audience of the creator."
                )
                yield Fault("audience_exceeds_segment", columns.offer_pointer(offer), detail)
                break


def _place(finding: Finding, row: int | None, columns: Columns) -> str:
    if row is None or finding.of == "brief":
        return finding.field and f"/{finding.field}"
    at = {"creators": columns.creator_pointer, "offers": columns.offer_pointer, "items": columns.item_pointer}
    return at[finding.of](row, finding.field)


def _first_posted(finding: Finding, columns: Columns) -> int | None:
    rows = finding.rows
    if not len(rows):
        return None
    keys: list[Positions] = []  # least significant first
    if finding.of == "items":
        keys.append(columns.item[rows])
        rows = columns.candidates.item_offer[rows]
    if finding.of in ("items", "offers"):
        keys.append(columns.offer[rows])
        rows = columns.candidates.offer_creator[rows]
    keys.append(columns.creator[rows])
    return int(finding.rows[np.lexsort(keys)[0]])

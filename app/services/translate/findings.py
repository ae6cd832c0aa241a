"""What the forecast found, as faults at the places where it was posted."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from app.errors import Fault
from app.services.translate.columns import Columns, Place
from app.services.translate.overlap import Overlap
from app.wire.money import MOST_MINOR_UNITS
from optimizer.columns import Positions
from optimizer.forecast.result import Finding, Forecast
from optimizer.target import Segment


def errors(found: Forecast, columns: Columns) -> Iterator[Fault]:
    """One error per row that a finding is about."""
    for finding in found.findings:
        if finding.severity == "error":
            for row in finding.rows.tolist() if len(finding.rows) else [None]:
                place = _place(finding, row, columns)
                yield Fault(finding.code, place.pointer, finding.detail, line=place.line)


def warnings(found: Forecast, columns: Columns) -> Iterator[Fault]:
    """One warning per finding, at the row that was posted first."""
    for finding in found.findings:
        if finding.severity == "warning":
            place = _place(finding, _first_posted(finding, columns), columns)
            yield columns.warning(Fault(finding.code, place.pointer, finding.detail, "warning", place.line))


def dear(cost: NDArray[np.int64], most: str, columns: Columns) -> Iterator[Fault]:
    """An error for each offer whose price with surcharges is above the largest amount, ``most`` as text."""
    for offer in np.flatnonzero(cost > MOST_MINOR_UNITS).tolist():
        detail = f"With surcharges this offer costs more than the largest amount, {most}."
        place = columns.at_offer(offer, "price")
        yield Fault("money_too_large", place.pointer, detail, line=place.line)


def exceeding(
    offers: Positions, found: Forecast, columns: Columns, segments: Sequence[Segment], overlap: Overlap
) -> Iterator[Fault]:
    """An error for each offer that would engage a whole segment or more."""
    for offer in offers.tolist():
        for position, segment in enumerate(segments):
            people = float(found.engaged[offer] * found.shares[found.audience[offer], position])
            room = overlap.capacity(position)
            if people >= room:
                detail = (
                    f'The offer would engage {people:,.0f} people in segment "{segment.name}", which has {room:,.0f} '
                    "(size / duplication). Check the size of the segment, and the reach and audience of the creator."
                )
                place = columns.at_offer(offer)
                yield Fault("audience_exceeds_segment", place.pointer, detail, line=place.line)
                break


def removed(
    offers: Positions, found: Forecast, columns: Columns, segments: Sequence[Segment], overlap: Overlap
) -> Iterator[Fault]:
    """One warning for all offers that would engage a whole segment or more and are removed for it."""
    for first in exceeding(offers[:1], found, columns, segments, overlap):
        count = "1 offer is" if len(offers) == 1 else f"{len(offers):,} offers are"
        detail = f"{count} removed, since each would engage a whole segment or more. {first.detail}"
        yield columns.warning(Fault(first.code, first.pointer, detail, "warning", first.line))


def _place(finding: Finding, row: int | None, columns: Columns) -> Place:
    if row is None or finding.of == "brief":
        return Place(finding.field and f"/{finding.field}")
    at = {"creators": columns.at_creator, "offers": columns.at_offer, "items": columns.at_item}
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

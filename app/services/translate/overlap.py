"""The target group as the program sees it: sized segments, or the patterns of a panel, and what adds up beside them."""

from dataclasses import dataclass

import numpy as np

from app.errors import Fault
from app.wire.parse import invalid_brief
from optimizer.candidates import Candidates
from optimizer.columns import Floats, Positions
from optimizer.forecast.measured_overlap import Patterns, measured_exponents
from optimizer.forecast.overlap import exponents, gain
from optimizer.forecast.result import Forecast
from optimizer.target import Panel, Target

MOST_CELLS = 25_000_000
"""Offers times patterns of a panel, so that the exponents of a brief stay within 200 MB."""


@dataclass(frozen=True, eq=False, slots=True)
class Overlap:
    """S segments of the program.

    segment_of: int64 (S,), position of each in the target; several are of one where a panel measured it.
    exponents (n, S), gain (n,), ceilings (S,): as ``Problem`` has them. people: float64 (S,), the ceilings without
    relevance. exceeding: rising positions of the offers that would engage a whole segment or more.
    """

    segment_of: Positions
    exponents: Floats
    gain: Floats
    ceilings: Floats
    people: Floats
    exceeding: Positions

    def capacity(self, segment: int) -> float:
        """People whom one offer must not engage all, of a segment of the target; infinite without a size."""
        people = self.people[self.segment_of == segment]
        return float(people.sum()) if len(people) else np.inf


def overlap_of(target: Target, found: Forecast, candidates: Candidates, duplication: float) -> Overlap:
    """Overlap by independence within segments, or as the target's panel measured it.

    Raises InvalidBrief where a panel falls into more patterns than the program can hold.
    """
    if target.panel is not None:
        return _measured(target.panel, found, candidates)
    sized = [position for position, segment in enumerate(target.segments) if segment.size is not None]
    unsized = [position for position, segment in enumerate(target.segments) if segment.size is None]
    relevance = np.array([segment.relevance for segment in target.segments])
    sizes = np.array([target.segments[position].size for position in sized], np.float64)
    creator = candidates.offer_creator
    c, exceeding = exponents(found.engaged, found.shares[:, sized], creator, sizes, duplication)
    additive = gain(found.engaged, found.shares[:, unsized], creator, relevance[unsized])
    people = sizes / duplication
    return Overlap(np.array(sized, np.int64), c, additive, relevance[sized] * people, people, exceeding)


def _measured(panel: Panel, found: Forecast, candidates: Candidates) -> Overlap:
    sample, offers = candidates.audience_sample, len(candidates.offer_creator)
    if sample is None:
        raise ValueError("a panel with candidates that have no column of samples")
    patterns = Patterns.of(sample, panel)
    number = len(patterns.people)
    if offers * number > MOST_CELLS:
        detail = (
            f"The panel falls into {number:,} patterns of who is in whose audience, and there are {offers:,} offers; "
            f"patterns times offers may be at most {MOST_CELLS:,}. Leave out candidates that are no option, or members "
            "of the panel."
        )
        raise invalid_brief([Fault("panel_too_large", "/target/panel", detail)])
    c, exceeding = measured_exponents(
        patterns, sample, panel, found.engaged, found.shares[:, 0], candidates.offer_creator
    )
    everything = np.zeros(number, np.int64)
    return Overlap(everything, c, np.zeros(offers), patterns.ceilings, patterns.people, exceeding)

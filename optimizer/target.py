"""The target group of a brief."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Segment:
    """One disjoint part of the target group.

    size: people, > 0, or None (then overlap is not modelled for it). relevance: 0..1.
    where: per audience dimension the wanted values (their shares add up); empty when only
    creators that name the segment in ``segment_shares`` have audience in it.
    """

    name: str
    size: float | None
    relevance: float
    where: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Target:
    """Segments, pairwise disjoint, and what to assume about creators that do not state a dimension."""

    segments: tuple[Segment, ...]
    unknown_audience: Literal["benchmark", "exclude", "zero"] = "benchmark"

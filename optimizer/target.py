"""The target group of a brief."""

from dataclasses import dataclass
from typing import Literal

from optimizer.columns import Floats


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


@dataclass(frozen=True, eq=False, slots=True)
class Panel:
    """V members of a panel that stands for the target group, in the order of their ids.

    weight: float64 (V,), people of the target group that each stands for, >= 0, not all 0.
    relevance: float64 (V,), 0..1, what an engaged person counts.
    """

    weight: Floats
    relevance: Floats

    @property
    def people(self) -> float:
        """People whom the panel stands for."""
        return float(self.weight.sum())


@dataclass(frozen=True, slots=True)
class Target:
    """Segments, pairwise disjoint, and what to assume about creators that do not state a dimension.

    panel: if given, audiences are measured by samples of it; it is the only segment then, of its size and without
    ``where``, and who gives no sample is what ``unknown_audience`` is about.
    """

    segments: tuple[Segment, ...]
    unknown_audience: Literal["benchmark", "exclude", "zero"] = "benchmark"
    panel: Panel | None = None

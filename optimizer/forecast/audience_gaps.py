"""What creators say about segments directly, and what is assumed where they say nothing."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from optimizer.columns import Flags, Floats, Shares
from optimizer.forecast.audience_findings import NAMES_LISTED, listed
from optimizer.forecast.result import Assumption, Finding
from optimizer.target import Segment

UnknownAudience = Literal["benchmark", "exclude", "zero"]


class DirectShares:
    """``segment_shares``: the share of a creator's audience in a segment, stated by the creator itself."""

    def __init__(self, stated: Shares | None, segments: Sequence[Segment]) -> None:
        self._names = [segment.name for segment in segments]
        self._rows = self._segments = self._strangers = np.empty(0, np.int64)
        self._shares: Floats = np.empty(0)
        if stated is not None:
            position = {name: index for index, name in enumerate(self._names)}
            segment_of = np.fromiter((position.get(name, -1) for name in stated.names), np.int64, len(stated.names))
            rows = np.repeat(np.arange(len(stated.given)), np.diff(stated.start))
            columns = segment_of[stated.codes]
            known = columns >= 0
            self._rows, self._segments, self._shares = rows[known], columns[known], stated.shares[known]
            self._strangers = np.unique(rows[~known])

    def missing_in(self, rows: Flags, segments: Sequence[int]) -> Flags:
        """Which of ``rows`` (m,) leave at least one of the segments (positions) unstated."""
        if not self._rows.size:
            return rows
        wanted = np.isin(self._segments, segments)
        stated = np.bincount(self._rows[wanted], minlength=len(rows))
        return np.asarray(rows & (stated < len(segments)))

    def write_into(self, shares: Floats) -> None:
        """Puts the stated shares into ``shares`` (m, S), over whatever stands there."""
        shares[self._rows, self._segments] = self._shares

    def findings(self) -> list[Finding]:
        """A warning about shares of segments that the target does not have."""
        if not self._strangers.size:
            return []
        detail = (
            f"{len(self._strangers)} creator(s) state segment_shares for a segment that the target does not have; "
            f"those are ignored. The target's segments: {listed(self._names)}."
        )
        return [Finding("warning", "unknown_segment", detail, "creators", self._strangers, "segment_shares")]


class Gap:
    """The creators that do not state one dimension of their audience, and what stood in for it.

    lacking: bool (m,), who does not state it. relying: bool (m,), those of them for whom it mattered,
    since they do not state the share in every segment that uses the dimension either.
    """

    def __init__(self, dimension: str, lacking: Flags) -> None:
        self._dimension = dimension
        self.lacking = lacking
        self.relying = np.zeros(len(lacking), np.bool_)
        self._fills: list[tuple[str, float, int]] = []

    def fill(self, wanted: frozenset[str], share: float, relying: Flags) -> None:
        """Notes that ``share`` stood in for the share in the ``wanted`` values, for the creators ``relying``."""
        self.relying |= relying
        self._fills.append((", ".join(sorted(wanted)), share, int(np.count_nonzero(relying))))

    def assumptions(self, unknown_audience: UnknownAudience) -> list[Assumption]:
        """The shares that stood in, one for each set of wanted values."""
        if unknown_audience == "exclude":
            return []
        source = "unknown_audience: zero"
        if unknown_audience == "benchmark":
            source = f"mean of the {self._stating()} candidates that state it"
        return [
            Assumption(f"audience {self._dimension} in {wanted}", share, source, creators)
            for wanted, share, creators in self._fills
            if creators
        ]

    def findings(self, unknown_audience: UnknownAudience) -> list[Finding]:
        """How many creators lacked the dimension, and what was done."""
        rows = np.flatnonzero(self.relying)
        if not rows.size:
            return []
        if unknown_audience == "benchmark" and not self._stating():
            detail = (
                f"None of the {len(self.lacking)} candidates states its audience by {self._dimension!r}, so the share "
                "of everybody's audience in each segment that asks for it is taken as 0."
            )
            return [Finding("warning", "nobody_states_dimension", detail, "creators", rows, "audience")]
        done = {
            "benchmark": f"the mean of the {self._stating()} that do stands in: {self._said()}",
            "exclude": "they are removed (unknown_audience: exclude)",
            "zero": "their share there is taken as 0 (unknown_audience: zero)",
        }[unknown_audience]
        detail = (
            f"{len(rows)} of {len(self.lacking)} candidates do not state their audience by {self._dimension!r}; {done}."
        )
        return [Finding("warning", "audience_unknown", detail, "creators", rows, "audience")]

    def _stating(self) -> int:
        return int(len(self.lacking) - np.count_nonzero(self.lacking))

    def _said(self) -> str:
        more = len(self._fills) - NAMES_LISTED
        shown = "; ".join(f"{share:.3g} in {wanted}" for wanted, share, _ in self._fills[:NAMES_LISTED])
        return shown + (f"; and {more} more" if more > 0 else "")

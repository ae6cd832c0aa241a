"""What the forecast has to say about audiences and segments, in plain words."""

from collections.abc import Mapping, Sequence

import numpy as np

from optimizer.columns import Floats, Positions
from optimizer.forecast.result import Finding
from optimizer.target import Segment

SHARE_TOLERANCE = 1e-9
"""Shares may sum this much above 1 (rounding of the sender) without being scaled or refused."""

NAMES_LISTED = 5
"""How many names a sentence lists before it says how many more there are."""


def unsized(segments: Sequence[Segment]) -> list[Finding]:
    """A warning that names the segments without a size."""
    names = [segment.name for segment in segments if segment.size is None]
    if not names:
        return []
    detail = (
        f"No size is given for {listed(names)}: people whom several creators reach there are counted several times, "
        "so the engaged reach is an upper figure. State the size to count each person once."
    )
    return [Finding("warning", "overlap_not_modelled", detail, "brief", np.empty(0, np.int64), "target")]


def scaled(totals: Mapping[str, Floats]) -> list[Finding]:
    """A warning for each dimension whose shares sum above 1; totals: (m,) sums by dimension."""
    findings = []
    for dimension, total in totals.items():
        rows = np.flatnonzero(total > 1 + SHARE_TOLERANCE)
        detail = (
            f"The shares of the audience by {dimension!r} of {len(rows)} creator(s) sum above 1 "
            f"(up to {np.nanmax(total):.4g}); they were scaled to sum 1, since each person counts in one value."
        )
        findings.append(Finding("warning", "shares_scaled", detail, "creators", rows, f"audience/{escaped(dimension)}"))
    return findings


def above_one(rows: Positions) -> list[Finding]:
    """An error for the creators whose shares of the segments add up to more than their audience."""
    if not rows.size:
        return []
    detail = (
        "The relevance-weighted shares of the audience in all segments sum above 1, more than the whole audience; "
        "segments are disjoint, so segment_shares together may be at most 1."
    )
    return [Finding("error", "segment_shares_above_one", detail, "creators", rows, "segment_shares")]


def matches_nobody(shares: Floats, segments: Sequence[Segment]) -> list[Finding]:
    """A warning that names the segments in which no creator has any audience; shares: (m, S)."""
    empty = [segment.name for segment, most in zip(segments, _most(shares), strict=True) if most == 0]
    if not empty:
        return []
    detail = (
        f"No candidate has audience in {listed(empty)}: check the dimensions and values in `where` "
        "(they compare exactly, so '25-44' is not '25-34' + '35-44')."
    )
    return [Finding("warning", "segment_matches_nobody", detail, "brief", np.empty(0, np.int64), "target")]


def listed(names: Sequence[str]) -> str:
    """The first few names in quotes, and how many more there are."""
    more = len(names) - NAMES_LISTED
    return ", ".join(map(repr, names[:NAMES_LISTED])) + (f" and {more} more" if more > 0 else "")


def escaped(name: str) -> str:
    """A name as one step of a JSON Pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _most(shares: Floats) -> Floats:
    """Largest share in each segment, (S,)."""
    return np.asarray(shares.max(axis=0, initial=0.0))

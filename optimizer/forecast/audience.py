"""How much of each creator's audience is in each segment of the target group.

Source of the formulas: forecast design, "Target group": the product over the dimensions of a
segment of the creator's share in the wanted values (independence between dimensions given the
creator, the standard assumption when only marginals are known).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from optimizer.candidates import Candidates
from optimizer.columns import Flags, Floats, Positions, Shares
from optimizer.forecast import audience_findings
from optimizer.forecast.audience_gaps import DirectShares, Gap
from optimizer.forecast.result import Assumption, Finding
from optimizer.target import Segment, Target

SHARE_TOLERANCE = audience_findings.SHARE_TOLERANCE


@dataclass(frozen=True, eq=False, slots=True)
class Audience:
    """shares (a, S) and on_target_share (a,) in 0..1, excluded (m,) bool, as in ``Forecast``.

    of_offer: int64 (n,), row of each offer's audience.
    """

    shares: Floats
    on_target_share: Floats
    of_offer: Positions
    excluded: Flags
    assumptions: tuple[Assumption, ...]
    findings: tuple[Finding, ...]


def segments_overlap(target: Target) -> tuple[tuple[int, int], ...]:
    """Pairs (first, second) of positions of segments that could share a person, each second once.

    Two segments are disjoint when some dimension that both name has no wanted value in common.
    A segment without ``where`` counts as disjoint from all.
    """
    wanted = [{dimension: frozenset(values) for dimension, values in s.where.items()} for s in target.segments]
    clashes: dict[int, int] = {}
    for first, second in combinations(range(len(wanted)), 2):
        one, other = wanted[first], wanted[second]
        if second in clashes or not one or not other:
            continue
        if not any(one[dimension].isdisjoint(other[dimension]) for dimension in one.keys() & other.keys()):
            clashes[second] = first
    return tuple((clashes[second], second) for second in sorted(clashes))


def audience(candidates: Candidates, target: Target) -> Audience:
    """Share of each creator's audience in each segment, and t_i, the relevance-weighted share on target.

    Shares of a dimension that sum above 1 are scaled to 1; ``segment_shares`` win over the product;
    a dimension that a creator lacks is filled in as ``target.unknown_audience`` says. Findings:
    ``shares_scaled``, ``audience_unknown``, ``nobody_states_dimension``, ``unknown_segment``,
    ``segment_matches_nobody``, ``overlap_not_modelled`` (warnings), ``segment_shares_above_one`` (error).
    """
    segments = target.segments
    shares = np.empty((len(candidates.followers), len(segments)))
    shares[:] = [1.0 if segment.where else 0.0 for segment in segments]
    excluded = np.zeros(len(shares), np.bool_)
    direct = DirectShares(candidates.segment_shares, segments)
    above_one = totals_above_one(candidates.audience)
    assumptions: list[Assumption] = []
    findings = [*audience_findings.unsized(segments), *audience_findings.scaled(above_one), *direct.findings()]
    for dimension in sorted({dimension for segment in segments for dimension in segment.where}):
        stated = candidates.audience.get(dimension)
        gap = Gap(dimension, np.ones(len(shares), np.bool_) if stated is None else ~stated.given)
        for wanted, positions in _terms(dimension, segments):
            column = _shares_in(stated, wanted, above_one.get(dimension), len(shares))
            mean = _mean_of_stated(column) if target.unknown_audience == "benchmark" else 0.0
            column[np.isnan(column)] = mean
            for position in positions:
                shares[:, position] *= column
            gap.fill(wanted, mean, direct.missing_in(gap.lacking, positions))
        if target.unknown_audience == "exclude":
            excluded |= gap.relying
        assumptions += gap.assumptions(target.unknown_audience)
        findings += gap.findings(target.unknown_audience)
    direct.write_into(shares)
    on_target, too_much = on_target_share(shares, segments)
    findings += [*audience_findings.above_one(too_much), *audience_findings.matches_nobody(shares, segments)]
    return Audience(shares, on_target, candidates.offer_creator, excluded, tuple(assumptions), tuple(findings))


def totals_above_one(audience_shares: Mapping[str, Shares]) -> dict[str, Floats]:
    """Sums of the shares of each creator, shape (m,), for the dimensions where some sum is above 1."""
    totals = {dimension: stated.totals() for dimension, stated in audience_shares.items()}
    return {dimension: total for dimension, total in totals.items() if np.any(total > 1 + SHARE_TOLERANCE)}


def on_target_share(shares: Floats, segments: tuple[Segment, ...]) -> tuple[Floats, Positions]:
    """t_i = sum_s relevance_s x share_is, shape (m,), at most 1, and the rows where it came out above 1."""
    total = np.zeros(len(shares))
    for position, segment in enumerate(segments):
        total += segment.relevance * shares[:, position]
    above = np.flatnonzero(total > 1 + SHARE_TOLERANCE)
    return np.minimum(total, 1.0), above


def _terms(dimension: str, segments: Sequence[Segment]) -> list[tuple[frozenset[str], list[int]]]:
    """The distinct sets of wanted values of a dimension, each with the positions of the segments that want it."""
    terms: dict[frozenset[str], list[int]] = {}
    for position, segment in enumerate(segments):
        if dimension in segment.where:
            terms.setdefault(frozenset(segment.where[dimension]), []).append(position)
    return list(terms.items())


def _shares_in(stated: Shares | None, wanted: frozenset[str], totals: Floats | None, creators: int) -> Floats:
    """Share of each creator's audience in the wanted values, shape (m,), scaled where ``totals`` is above 1; NaN
    where the creator does not state the dimension.
    """
    if stated is None:
        return np.full(creators, np.nan)
    column = stated.sum_of(wanted)
    if totals is not None:
        np.divide(column, totals, out=column, where=totals > 1 + SHARE_TOLERANCE)
    return column


def _mean_of_stated(column: Floats) -> float:
    """Unweighted mean over the creators that state the dimension; 0 when nobody does."""
    stated = column[~np.isnan(column)]
    return float(stated.mean()) if stated.size else 0.0

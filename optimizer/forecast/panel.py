"""Measured audiences: which members of a panel are in each creator's audience, instead of shares by dimension.

Source of the formulas: forecast design, "Overlap", the measured audience. Member v stands for w_v people of the target
group. P_i, the weights of creator i's sample, are the people of the target group in its audience, so its share on
target is P_i over the audience pool A of an offer, as the product of shares is where nobody was measured: engaged
people stay g = E_k x share and waste stays contacts x (1 - t).
"""

from typing import Literal

import numpy as np

from optimizer.candidates import Candidates
from optimizer.columns import Flags, Floats, Members
from optimizer.forecast.audience import Audience
from optimizer.forecast.result import Assumption, Finding
from optimizer.target import Panel, Target

SCALED_ABOVE = 1 + 1e-9
"""Sampled people over the audience pool up to which the excess is rounding."""


def measured(candidates: Candidates, target: Target, panel: Panel, pool: Floats) -> Audience:
    """Share of each offer's audience in the panel's target group: shares (n, 1), on_target_share (n,).

    pool: (n,) audience pool A of each offer, people. Where the sample stands for more people than that, which a coarse
    panel does to small creators, the sample is the pool: share 1. Creators without a sample are as
    ``target.unknown_audience`` says; benchmark takes the mean over the sampled creators of the share of their offers.
    Findings: ``sample_exceeds_audience``, ``audience_unknown``, ``nobody_sampled``, ``segment_matches_nobody``
    (warnings).
    """
    sample, creator = candidates.audience_sample, candidates.offer_creator
    if sample is None:
        raise ValueError("a panel needs audience_sample among the candidates' columns")
    people, counted = sampled_people(sample, panel.weight), sampled_people(sample, panel.weight * panel.relevance)
    whole = np.maximum(pool, people[creator])
    share = np.divide(people[creator], whole, out=np.zeros(len(creator)), where=whole > 0)
    on_target = np.divide(counted[creator], whole, out=np.zeros(len(creator)), where=whole > 0)
    lacking = ~sample.given
    mean = 0.0
    if target.unknown_audience == "benchmark" and sample.given.any():
        per_creator = np.bincount(creator, share) / np.bincount(creator)
        mean = float(per_creator[sample.given].mean())
    share[lacking[creator]] = mean
    on_target[lacking[creator]] = mean * float(panel.weight @ panel.relevance) / panel.people
    excess = np.divide(people[creator], pool, out=np.zeros(len(creator)), where=pool > 0)
    findings = [*_exceeding(excess), *_lacking(lacking, mean, target.unknown_audience)]
    if not people.any() and sample.given.any():
        findings.append(_nobody(target))
    return Audience(
        shares=share[:, None],
        on_target_share=np.minimum(on_target, 1.0),
        of_offer=np.arange(len(creator)),
        excluded=lacking if target.unknown_audience == "exclude" else np.zeros(len(lacking), np.bool_),
        assumptions=tuple(_assumed(lacking, mean, target.unknown_audience)),
        findings=tuple(findings),
    )


def sampled_people(sample: Members, weight: Floats) -> Floats:
    """Weights of the members summed per row: (m,)."""
    row = np.repeat(np.arange(len(sample.given)), np.diff(sample.start))
    return np.bincount(row, weight[sample.member], minlength=len(sample.given)).astype(np.float64, copy=False)


def _exceeding(excess: Floats) -> list[Finding]:
    rows = np.flatnonzero(excess > SCALED_ABOVE)
    if not rows.size:
        return []
    detail = (
        f"The samples of {len(rows)} offer(s) stand for more people than their audience pool (up to "
        f"{excess.max():.3g} times); all of that audience is taken to be in the target group, and its engaged people "
        "are spread over the sample. Check the panel's weights, or the followers and the reach, if it is far above 1."
    )
    return [Finding("warning", "sample_exceeds_audience", detail, "offers", rows)]


def _lacking(lacking: Flags, mean: float, unknown_audience: Literal["benchmark", "exclude", "zero"]) -> list[Finding]:
    rows = np.flatnonzero(lacking)
    if not rows.size:
        return []
    if unknown_audience == "benchmark" and len(rows) == len(lacking):
        detail = (
            f"None of the {len(lacking)} candidates has an audience_sample, so nobody's audience is taken to be in the "
            "target group. Give the samples, or a target of segments."
        )
        return [Finding("warning", "nobody_sampled", detail, "creators", rows, "audience_sample")]
    done = {
        "benchmark": f"the mean share of the others, {mean:.3g}, stands in, spread evenly over the panel",
        "exclude": "they are removed (unknown_audience: exclude)",
        "zero": "nobody of the panel is taken to be in their audience (unknown_audience: zero)",
    }[unknown_audience]
    detail = f"{len(rows)} of {len(lacking)} candidates have no audience_sample; {done}."
    return [Finding("warning", "audience_unknown", detail, "creators", rows, "audience_sample")]


def _nobody(target: Target) -> Finding:
    detail = (
        f'No member of the panel "{target.segments[0].name}" who stands for anybody is in a sample: every sample is '
        "empty, or names members of weight 0 alone."
    )
    return Finding("warning", "segment_matches_nobody", detail, "brief", np.zeros(0, np.int64), "target/panel")


def _assumed(
    lacking: Flags, mean: float, unknown_audience: Literal["benchmark", "exclude", "zero"]
) -> list[Assumption]:
    creators = int(np.count_nonzero(lacking))
    if not creators or unknown_audience == "exclude":
        return []
    source = "unknown_audience: zero"
    if unknown_audience == "benchmark":
        source = f"mean of the {len(lacking) - creators} candidates that state it"
    return [Assumption("audience share in the panel", mean, source, creators)]

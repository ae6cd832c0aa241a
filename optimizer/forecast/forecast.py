"""The forecast of one brief: everything that the integer program sees, from what the brief says."""

import numpy as np

from optimizer.candidates import Candidates
from optimizer.columns import Floats
from optimizer.forecast.audience import audience
from optimizer.forecast.benchmarks import Benchmarks
from optimizer.forecast.engagement import engagement
from optimizer.forecast.panel import measured
from optimizer.forecast.reach import reach
from optimizer.forecast.result import Assumption, Finding, Forecast
from optimizer.forecast.tables import look_up
from optimizer.target import Target


def forecast(
    candidates: Candidates, target: Target, benchmarks: Benchmarks, confidence: float | None = None
) -> Forecast:
    """Engaged people, contacts, waste and shares of the audience for every creator and offer.

    confidence: 0.5..0.99, the probability with which a creator brings at least the engagement rate
    that is used; None for expected rates.

    Returns a ``Forecast``; with an error among its findings some figures are NaN, and no Problem
    may be built from the rows it names. Figures depend on the creator's own row and, through
    ``unknown_audience: benchmark``, on the means over all candidates. Price and surcharges are not
    part of it (``cost.landed``), nor is the overlap between creators (``overlap.exponents``).
    """
    tables = look_up(candidates, benchmarks)
    rates = engagement(candidates, tables, confidence)
    reached = reach(candidates, tables, rates.rate)
    if target.panel is None:
        heard = audience(candidates, target)
    else:
        heard = measured(candidates, target, target.panel, reached.audience_pool)
    return Forecast(
        rate=rates.rate,
        rate_weight=rates.weight,
        rate_log_mean=rates.log_mean,
        rate_log_variance=rates.log_variance,
        rate_source=rates.source,
        shares=heard.shares,
        on_target_share=heard.on_target_share,
        excluded=heard.excluded,
        item_reach=reached.item_reach,
        audience=heard.of_offer,
        single_post_reach=reached.single_post_reach,
        followers_pool=reached.followers_pool,
        audience_pool=reached.audience_pool,
        reach=reached.reach,
        contacts=reached.contacts,
        engaged=reached.engaged,
        waste=wasted_contacts(reached.contacts, heard.on_target_share[heard.of_offer]),
        reach_source=reached.source,
        assumptions=(*rates.assumptions, *reached.assumptions, *heard.assumptions, *_ones(candidates)),
        findings=(*rates.findings, *reached.findings, *heard.findings, *_genuine_share_absent(candidates)),
    )


def wasted_contacts(contacts: Floats, on_target_share: Floats) -> Floats:
    """W_o = contacts x (1 - t), contacts outside the target group, shape (n,); gross, never deduplicated."""
    return contacts * (1 - on_target_share)


def _ones(candidates: Candidates) -> list[Assumption]:
    """The figures of creators that count as 1 where they are not stated."""
    said = []
    for name in ("genuine_share", "sponsored_ratio", "delivery_probability"):
        absent = int(np.count_nonzero(np.isnan(getattr(candidates, name))))
        if absent:
            said.append(Assumption(name, 1.0, "brief setting", absent))
    return said


def _genuine_share_absent(candidates: Candidates) -> list[Finding]:
    """The note that all followers of a creator were taken for genuine."""
    rows = np.flatnonzero(np.isnan(candidates.genuine_share))
    if not rows.size:
        return []
    detail = (
        f"{len(rows)} of {len(candidates.genuine_share)} candidates state no genuine_share: "
        "all of their followers are taken for real people."
    )
    return [Finding("warning", "genuine_share_absent", detail, "creators", rows, "genuine_share")]

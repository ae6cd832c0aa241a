"""Engagement rates: what a creator's own figure is worth, shrunk towards creators of its size.

An optimiser picks the over-estimates, so the rate that is used is not the stated mean but a
posterior on the log scale (forecast design, "Engagement rates are noisy"):

    ln rate_i ~ Normal(alpha + beta x ln(followers), tau^2)
    ln observed_i ~ Normal(ln rate_i, sigma^2 / n)
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from optimizer.candidates import PER, Candidates
from optimizer.columns import ROWS_PER_BLOCK, Flags, Floats, row_sums
from optimizer.forecast.result import RATE_SOURCES, Assumption, Finding
from optimizer.forecast.tables import Tables

POSTS_WHEN_UNSTATED = 12.0
"""Posts taken to stand behind a stated rate that does not say."""

POSTS_FOR_OWN_SPREAD = 5
"""From this many post rates on, their own standard deviation stands for sigma."""

ENGAGED_WHEN_ZERO = 0.5
"""People taken to have engaged with a post whose rate is 0: such a rate counts as 0.5 / followers."""

LARGEST_LOG_RATE = 700.0
"""Cap on the exponent, so that an absurd prior gives a huge rate (capped at reach later), not infinity."""

NO_SOURCE = np.int8(-1)


@dataclass(frozen=True, eq=False, slots=True)
class Observed:
    """What the creators' own figures say; shape (m,) each.

    log_rate: ln(observed), NaN where no figure is stated. posts: n, posts behind it, NaN likewise.
    spread: sigma, the standard deviation of ln(rate of one post), from the creator's own posts
    where there are enough of them, else by platform and tier; NaN where no figure is stated.
    benchmark_spread: bool, where ``spread`` is the benchmark's.
    unknown_spread: bool, where there is neither and 0 stands in.
    """

    log_rate: Floats
    posts: Floats
    spread: Floats
    benchmark_spread: Flags
    unknown_spread: Flags


@dataclass(frozen=True, eq=False, slots=True)
class Engagement:
    """Rates used, shape (m,) each, as in ``Forecast``: NaN and source -1 where an error finding says why."""

    rate: Floats
    weight: Floats
    log_mean: Floats
    log_variance: Floats
    source: NDArray[np.int8]
    assumptions: tuple[Assumption, ...]
    findings: tuple[Finding, ...]


def engagement(candidates: Candidates, tables: Tables, confidence: float | None) -> Engagement:
    """The engagement rate of every creator against its ``per``, before sponsored_ratio.

    confidence: 0.5..0.99, or None for the expected rate. A creator without a figure gets the prior
    per follower; one with a figure and no prior keeps its own. Findings: ``engagement_needed``
    (error: no figure and no prior), ``no_prior`` (warning).
    """
    observed = observed_rates(candidates, tables)
    stated = ~np.isnan(observed.log_rate)
    per = np.where(stated, candidates.engagement_per, PER.index("follower"))
    prior = tables.prior[tables.platform, per]
    known = ~np.isnan(prior[:, 0])
    prior_mean = prior[:, 0] + prior[:, 1] * np.log(candidates.followers)
    weight, log_mean, log_variance = posterior(observed, prior_mean, prior[:, 2])
    source = np.full(len(stated), NO_SOURCE)
    source[known] = RATE_SOURCES.index("benchmark")
    source[stated] = RATE_SOURCES.index("observed")
    source[stated & known] = RATE_SOURCES.index("observed, shrunk")
    return Engagement(
        rate=rate_used(log_mean, log_variance, confidence),
        weight=weight,
        log_mean=log_mean,
        log_variance=log_variance,
        source=source,
        assumptions=(*_prior_assumptions(tables, per, known), *_own_assumptions(candidates, tables, observed)),
        findings=tuple(_findings(tables, stated, known, observed)),
    )


def observed_rates(candidates: Candidates, tables: Tables) -> Observed:
    """The creators' own figures on the log scale, of post rates where stated, else of the rate.

    From post rates: ln(observed) = mean of their logs + s^2 / 2, the log of a log-normal's
    arithmetic mean; s is their standard deviation (n - 1) from five posts on, else sigma by
    platform and tier. From a rate: its log, with n = posts or 12.
    """
    benchmark = tables.sigma[tables.platform, tables.tier]
    count, mean, deviation = _log_moments(candidates)
    many = count > 0
    stated = many | ~np.isnan(candidates.engagement_rate)
    own = count >= POSTS_FOR_OWN_SPREAD
    unknown = stated & ~own & np.isnan(benchmark)
    spread = np.where(own, deviation, benchmark)
    spread[unknown] = np.where(count[unknown] >= 2, deviation[unknown], 0.0)
    spread[~stated] = np.nan
    log_rate = np.where(many, mean + spread**2 / 2, np.log(candidates.engagement_rate))
    posts = np.where(np.isnan(candidates.engagement_posts), POSTS_WHEN_UNSTATED, candidates.engagement_posts)
    posts[many] = count[many]
    posts[~stated] = np.nan
    return Observed(log_rate, posts, spread, stated & ~own & ~unknown, unknown)


def posterior(observed: Observed, prior_mean: Floats, tau: Floats) -> tuple[Floats, Floats, Floats]:
    """Weight w of the own figure, posterior mean m and variance v of ln(rate), shape (m,) each.

    w = tau^2 / (tau^2 + sigma^2 / n), m = w ln(observed) + (1 - w) prior, v = (1 - w) tau^2.
    No figure: w = 0, the prior alone. No prior (NaN): w = 1, v = sigma^2 / n. Neither: m and v NaN.
    """
    stated, known = ~np.isnan(observed.log_rate), ~np.isnan(prior_mean)
    noise = observed.spread**2 / observed.posts
    weight = np.where(stated, np.where(known, tau**2 / (tau**2 + noise), 1.0), 0.0)
    blend = weight * observed.log_rate + (1 - weight) * prior_mean
    mean = np.where(stated & known, blend, np.where(stated, observed.log_rate, prior_mean))
    variance = np.where(known, (1 - weight) * tau**2, noise)
    return weight, mean, variance


def rate_used(log_mean: Floats, log_variance: Floats, confidence: float | None) -> Floats:
    """The rate to count on, shape as given: exp(m + v / 2), the expected one, when confidence is None,
    else exp(m + z_{1-c} sqrt(v)), which the true rate exceeds with probability c.
    """
    if confidence is None:
        exponent = log_mean + log_variance / 2
    else:
        exponent = log_mean + NormalDist().inv_cdf(1 - confidence) * np.sqrt(log_variance)
    return np.asarray(np.exp(np.minimum(exponent, LARGEST_LOG_RATE)))


def _log_moments(candidates: Candidates) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Count, mean and standard deviation (n - 1) of the logs of each creator's post rates, shape (m,) each."""
    start = candidates.post_start
    count = np.diff(start)
    mean, deviation = np.full(len(count), np.nan), np.full(len(count), np.nan)
    if not len(candidates.post_rates):
        return count, mean, deviation
    for first in range(0, len(count), ROWS_PER_BLOCK):
        rows = slice(first, min(first + ROWS_PER_BLOCK, len(count)))
        n = count[rows]
        local = start[rows.start : rows.stop + 1] - start[rows.start]
        rates = candidates.post_rates[start[rows.start] : start[rows.stop]].copy()
        zero = np.flatnonzero(rates == 0)
        creator = rows.start + np.searchsorted(local, zero, side="right") - 1
        rates[zero] = ENGAGED_WHEN_ZERO / candidates.followers[creator]
        logs = np.log(rates)
        np.divide(row_sums(logs, local), n, out=mean[rows], where=n > 0)
        logs -= np.repeat(mean[rows], n)
        np.divide(row_sums(logs**2, local), n - 1, out=deviation[rows], where=n > 1)
    return count, mean, np.sqrt(deviation)


def _prior_assumptions(tables: Tables, per: NDArray[np.int8], known: Flags) -> list[Assumption]:
    """The terms of every prior that was used, in the order of the benchmarks."""
    keys = tables.platform[known] * len(PER) + per[known]
    counts = np.bincount(keys, minlength=len(tables.prior) * len(PER))
    said = []
    for key in np.flatnonzero(counts):
        platform, base = divmod(int(key), len(PER))
        prior = tables.prior_of(platform, base)
        for term in ("alpha", "beta", "tau"):
            figure = getattr(prior, term)
            name = f"prior {tables.platforms[platform]}/{PER[base]} {term}"
            said.append(Assumption(name, figure.value, figure.source, int(counts[key])))
    return said


def _own_assumptions(candidates: Candidates, tables: Tables, observed: Observed) -> list[Assumption]:
    """Spreads by platform and tier, posts behind a rate, and posts without engagement."""
    rows = observed.benchmark_spread
    tiers = len(tables.tiers)
    counts = np.bincount(tables.platform[rows] * tiers + tables.tier[rows], minlength=1)
    said = []
    for key in np.flatnonzero(counts):
        platform, tier = tables.platforms[key // tiers], tables.tiers[key % tiers]
        figure = tables.benchmarks.platforms[platform].sigma[tier]
        said.append(Assumption(f"sigma {platform}/{tier}", figure.value, figure.source, int(counts[key])))
    from_rate = ~np.isnan(observed.log_rate) & (np.diff(candidates.post_start) == 0)
    unstated = int(np.count_nonzero(from_rate & np.isnan(candidates.engagement_posts)))
    if unstated:
        said.append(Assumption("engagement.posts", POSTS_WHEN_UNSTATED, "brief setting", unstated))
    zero = np.flatnonzero(candidates.post_rates == 0)
    if zero.size:
        owners = np.unique(np.searchsorted(candidates.post_start, zero, side="right"))
        name = "people engaged with a post whose rate is 0"
        said.append(Assumption(name, ENGAGED_WHEN_ZERO, "brief setting", len(owners)))
    return said


def _findings(tables: Tables, stated: Flags, known: Flags, observed: Observed) -> list[Finding]:
    findings = []
    missing = np.flatnonzero(~stated & ~known)
    if missing.size:
        detail = (
            "No engagement figure is stated and the benchmarks have no prior per follower for this platform; "
            f"state engagement as rate or post_rates with per. {tables.known_platforms()}"
        )
        findings.append(Finding("error", "engagement_needed", detail, "creators", missing, "engagement"))
    unshrunk = np.flatnonzero(stated & ~known)
    if unshrunk.size:
        bare = int(np.count_nonzero(observed.unknown_spread))
        detail = (
            f"The benchmarks have no prior for the platform and `per` of {len(unshrunk)} creator(s): their stated "
            "engagement rate is used as it is, so lucky ones look better than they are."
        )
        if bare:
            detail += f" For {bare} of them no spread is known either, and confidence cannot lower their rate."
        findings.append(Finding("warning", "no_prior", detail, "creators", unshrunk, "engagement"))
    return findings

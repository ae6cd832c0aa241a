"""Benchmarks as arrays, so that a figure for each of a million creators is one look-up."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from optimizer.candidates import PER, Candidates
from optimizer.columns import Floats, Labels, Positions
from optimizer.forecast.benchmarks import Benchmarks, PlatformFigures, Prior
from optimizer.where import tiers


@dataclass(frozen=True, eq=False, slots=True)
class Tables:
    """The figures of P platforms, F formats and T tiers; NaN where there is none.

    The last platform and the last format (positions P and F) stand for all unknown ones.

      prior               (P + 1, 3, 3) by position in ``PER``: alpha, beta, tau
      sigma               (P + 1, T)
      reach_rate          (P + 1, F + 1, T)
      non_follower_share  (P + 1, F + 1)
      unique_viewer_share (P + 1,)
      platform            (m,) position of each creator's platform, P where unknown
      tier                (m,) position of each creator's tier by the benchmarks' own bounds
      format_position     label code of ``Candidates.item_format`` -> position, F where unknown
    """

    benchmarks: Benchmarks
    platforms: tuple[str, ...]
    formats: tuple[str, ...]
    tiers: tuple[str, ...]
    prior: Floats
    sigma: Floats
    reach_rate: Floats
    non_follower_share: Floats
    unique_viewer_share: Floats
    platform: Positions
    tier: Positions
    format_position: Positions

    def known_platforms(self) -> str:
        """Which platforms the benchmarks know, as a sentence for whoever wrote another one."""
        return f"The benchmarks know these platforms, compared exactly: {', '.join(self.platforms)}."

    def prior_of(self, platform: int, per: int) -> Prior:
        """The prior at these positions. Raises KeyError where there is none."""
        return self.benchmarks.platforms[self.platforms[platform]].priors[PER[per]]


def look_up(candidates: Candidates, benchmarks: Benchmarks) -> Tables:
    """The benchmarks as arrays, and where each creator and format of the candidates stands in them."""
    platforms = tuple(benchmarks.platforms)
    formats = _formats(benchmarks.platforms.values())
    tier_names = tuple(benchmarks.tiers)
    shape = len(platforms) + 1, len(formats) + 1, len(tier_names)
    prior = np.full((shape[0], len(PER), 3), np.nan)
    sigma = np.full((shape[0], shape[2]), np.nan)
    reach_rate = np.full(shape, np.nan)
    non_follower_share = np.full(shape[:2], np.nan)
    unique_viewer_share = np.full(shape[0], np.nan)
    for p, figures in enumerate(benchmarks.platforms.values()):
        for per, terms in figures.priors.items():
            prior[p, PER.index(per)] = terms.alpha.value, terms.beta.value, terms.tau.value
        sigma[p] = [figures.sigma[tier].value for tier in tier_names]
        for name, by_tier in figures.reach_rate.items():
            reach_rate[p, formats.index(name)] = [by_tier[tier].value for tier in tier_names]
        for name, share in figures.non_follower_share.items():
            non_follower_share[p, formats.index(name)] = share.value
        if figures.unique_viewer_share is not None:
            unique_viewer_share[p] = figures.unique_viewer_share.value
    return Tables(
        benchmarks=benchmarks,
        platforms=platforms,
        formats=formats,
        tiers=tier_names,
        prior=prior,
        sigma=sigma,
        reach_rate=reach_rate,
        non_follower_share=non_follower_share,
        unique_viewer_share=unique_viewer_share,
        platform=_positions(candidates.platform, platforms)[candidates.platform.codes],
        tier=tiers(candidates.followers, benchmarks.tiers).codes.astype(np.int64),
        format_position=_positions(candidates.item_format, formats),
    )


def _formats(platforms: Iterable[PlatformFigures]) -> tuple[str, ...]:
    """Every format that some platform has a figure for, in the order of the file."""
    return tuple(dict.fromkeys(name for p in platforms for name in (*p.reach_rate, *p.non_follower_share)))


def _positions(labels: Labels, names: tuple[str, ...]) -> Positions:
    """Position in ``names`` of each label, ``len(names)`` where it is not among them."""
    known = {name: position for position, name in enumerate(names)}
    return np.fromiter((known.get(label, len(names)) for label in labels.names), np.int64, len(labels.names))

"""Which defaults the reach of the offers leaned on, counted by creator, and what is missing."""

import numpy as np
from numpy.typing import NDArray

from optimizer.candidates import PER, Candidates
from optimizer.columns import Flags, Positions
from optimizer.forecast.result import Assumption, Finding
from optimizer.forecast.tables import Tables


class DefaultsUsed:
    """Counts, block by block, how many creators a benchmark figure was used for.

    A block holds all items of its creators, so a creator with several items of one format counts once.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        shape = len(tables.platforms) + 1, len(tables.formats) + 1
        self._reach = np.zeros((*shape, len(tables.tiers)), np.int64)
        self._non_followers = np.zeros(shape, np.int64)
        self._unique_viewers = np.zeros(shape[0], np.int64)
        self._without_reach: list[Positions] = []

    def reach(self, creator: Positions, form: Positions, used: Flags) -> None:
        """Reach rates of the benchmarks were used for these items; creator: its position, form: its format's."""
        owners, forms = self._pairs(creator[used], form[used])
        _count(self._reach, self._tables.platform[owners], forms, self._tables.tier[owners])

    def non_followers(self, creator: Positions, form: Positions, used: Flags) -> None:
        """Shares of non-followers of the benchmarks were used for these items."""
        owners, forms = self._pairs(creator[used], form[used])
        _count(self._non_followers, self._tables.platform[owners], forms)

    def unique_viewers(self, creator: Positions) -> None:
        """The share of unique viewers of the benchmarks was used for items of these creators (rising)."""
        owners = creator[np.diff(creator, prepend=-1) != 0]
        _count(self._unique_viewers, self._tables.platform[owners])

    def nowhere(self, items: Positions) -> None:
        """These items have no reach figure at all."""
        self._without_reach.append(items)

    def without_reach(self) -> Positions:
        """Positions of all items that have no reach figure, rising."""
        return np.concatenate(self._without_reach) if self._without_reach else np.empty(0, np.int64)

    def known_platforms(self) -> str:
        """Which platforms have benchmarks, as a sentence."""
        return self._tables.known_platforms()

    def assumptions(self) -> tuple[Assumption, ...]:
        """Every reach rate and share of non-followers that was used, in the order of the benchmarks."""
        tables = self._tables
        platforms = tables.benchmarks.platforms
        said = []
        for p, form, tier in np.argwhere(self._reach):
            platform, format_name, tier_name = tables.platforms[p], tables.formats[form], tables.tiers[tier]
            figure = platforms[platform].reach_rate[format_name][tier_name]
            name = f"reach_rate {platform}/{format_name}/{tier_name}"
            said.append(Assumption(name, figure.value, figure.source, int(self._reach[p, form, tier])))
        known = ~np.isnan(tables.non_follower_share)
        for p, form in np.argwhere(self._non_followers * known):
            platform, format_name = tables.platforms[p], tables.formats[form]
            figure = platforms[platform].non_follower_share[format_name]
            name = f"non_follower_share {platform}/{format_name}"
            said.append(Assumption(name, figure.value, figure.source, int(self._non_followers[p, form])))
        for p in np.flatnonzero(self._unique_viewers):
            share = platforms[tables.platforms[p]].unique_viewer_share
            if share is not None:
                name = f"unique_viewer_share {tables.platforms[p]}"
                said.append(Assumption(name, share.value, share.source, int(self._unique_viewers[p])))
        if other := int(self._non_followers[~known].sum()):
            name = "non_follower_share of formats that the benchmarks do not know"
            said.append(Assumption(name, 0.0, "no benchmark: nobody beyond the followers is counted", other))
        return tuple(said)

    def _pairs(self, creator: Positions, form: Positions) -> tuple[Positions, Positions]:
        """The distinct pairs of creator and format."""
        if not creator.size:
            return creator, form
        width = len(self._tables.formats) + 1
        first = creator[0]
        seen = np.zeros((creator[-1] - first + 1) * width, np.bool_)
        seen[(creator - first) * width + form] = True
        pairs = np.flatnonzero(seen)
        return first + pairs // width, pairs % width


def _count(counts: NDArray[np.int64], *positions: Positions) -> None:
    """Adds one to ``counts`` at each of the positions, repeats included."""
    flat = np.ravel_multi_index(positions, counts.shape)
    counts += np.bincount(flat, minlength=counts.size).reshape(counts.shape)


def reach_findings(candidates: Candidates, used: DefaultsUsed) -> tuple[Finding, ...]:
    """The errors: items without any reach figure, rates per view without views."""
    findings = []
    missing = used.without_reach()
    if missing.size:
        detail = (
            "No reach is stated for this offer or its creator, and the benchmarks have no reach rate for this "
            "platform, format and tier; state expected_reach here, or average_reach of the creator. "
            f"{used.known_platforms()}"
        )
        findings.append(Finding("error", "reach_needed", detail, "items", missing, "expected_reach"))
    per_view = candidates.engagement_per == PER.index("view")
    viewless = np.flatnonzero(per_view & np.isnan(candidates.average_views))
    if viewless.size:
        detail = "The engagement rate is per view, so average_views is needed to turn it into people."
        findings.append(Finding("error", "average_views_needed", detail, "creators", viewless, "average_views"))
    return tuple(findings)

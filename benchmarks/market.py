"""Markets to choose from: seeded creators with offers, in arrays, as a forecast would leave them.

Followers are log-normal around 20 000, engagement falls with size, prices rise less than followers do, and shares of
the audience are skewed: most creators are strong in a few segments. Drawn in blocks, so that ten million creators
need little more memory than their columns.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.columns import Floats, Positions
from optimizer.forecast.overlap import exponents

TIERS = (10_000, 100_000, 500_000, 1_000_000)
"""Followers at which micro, mid, macro and mega begin; tier 0 is nano."""
PLATFORMS = 3
COUNTRIES = 6
DUPLICATION = 1.2
_BLOCK = 1 << 18
_ELSEWHERE = 6.0
"""Weight of the audience outside all segments, beside that of each segment."""


class Audience(NamedTuple):
    """What computing the exponents takes: engaged (n,), shares (m, S), creator (n,), sizes (S,)."""

    engaged: Floats
    shares: Floats
    creator: Positions
    sizes: Floats

    def exponents(self) -> Floats:
        """c_os of every offer, float64 (n, S), by the forecast's own function."""
        return exponents(self.engaged, self.shares, self.creator, self.sizes, DUPLICATION)[0]


@dataclass(frozen=True, eq=False, slots=True)
class Market:
    """n = creators x offers_each offers, positions grouped by creator.

    creator, cost int64 (n,); exponents float64 (n, S); engaged, waste, contacts float64 (n,); relevance, sizes
    float64 (S,); tier, platform, country int8 (n,), those of the offer's creator. audience: the inputs of the
    exponents where they were asked for.
    """

    creator: Positions
    cost: Positions
    exponents: Floats
    engaged: Floats
    waste: Floats
    contacts: Floats
    relevance: Floats
    sizes: Floats
    tier: NDArray[np.int8]
    platform: NDArray[np.int8]
    country: NDArray[np.int8]
    audience: Audience | None = None

    @property
    def ceilings(self) -> Floats:
        """v_s N'_s, float64 (S,)."""
        return self.relevance * self.sizes / DUPLICATION

    def worth(self, waste_aversion: float) -> Floats:
        """What each offer alone would bring, net engaged people, float64 (n,)."""
        worth = np.empty(len(self.cost))
        for first in range(0, len(worth), _BLOCK):
            rows = slice(first, first + _BLOCK)
            worth[rows] = -np.expm1(-self.exponents[rows]) @ self.ceilings - waste_aversion * self.waste[rows]
        return worth


def draw(
    creators: int, seed: int, *, segments: int = 8, offers_each: int = 1, saturation: float = 1.0, keep: bool = False
) -> Market:
    """A market of its seed. saturation divides the segments' sizes; keep: with the inputs of the exponents."""
    rng = np.random.default_rng([seed, creators, segments, offers_each])
    n = creators * offers_each
    sizes = rng.uniform(3e5, 6e6, segments) / saturation
    relevance = np.linspace(1.0, 0.2, segments)
    market = Market(
        creator=np.repeat(np.arange(creators), offers_each),
        cost=np.empty(n, np.int64),
        exponents=np.empty((n, segments)),
        engaged=np.empty(n),
        waste=np.empty(n),
        contacts=np.empty(n),
        relevance=relevance,
        sizes=sizes,
        tier=np.empty(n, np.int8),
        platform=np.empty(n, np.int8),
        country=np.empty(n, np.int8),
    )
    kept = np.empty((creators, segments)) if keep else None
    for first in range(0, creators, _BLOCK):
        shares = _fill(market, rng, first, min(_BLOCK, creators - first), offers_each)
        if kept is not None:
            kept[first : first + len(shares)] = shares
    if kept is None:
        return market
    return replace(market, audience=Audience(market.engaged, kept, market.creator, sizes))


def _fill(market: Market, rng: np.random.Generator, first: int, creators: int, offers_each: int) -> Floats:
    """Draw one block of creators into the market; their shares (creators, S)."""
    rows = slice(first * offers_each, (first + creators) * offers_each)
    own = np.repeat(np.arange(creators), offers_each)
    followers = np.clip(np.exp(rng.normal(np.log(20_000), 1.5, creators)), 1_000, 2e7)
    rate = 0.03 * np.exp(rng.normal(0, 0.6, creators)) * (followers / 20_000) ** -0.12
    reach = followers * rng.uniform(0.1, 0.4, creators)
    price = 150 * (followers / 10_000) ** 0.8 * np.exp(rng.normal(0, 0.5, creators))
    shares = rng.random((creators, len(market.sizes)))
    shares *= shares * shares
    shares *= shares  # to the power of 6
    shares /= shares.sum(axis=1, keepdims=True) + rng.exponential(_ELSEWHERE / 7, (creators, 1))
    # One post, or a few: more posts bring more people and cost more, both less than in proportion.
    posts = np.tile(1.0 + np.arange(offers_each), creators) * rng.uniform(0.9, 1.1, len(own))
    room = (market.sizes / DUPLICATION / np.maximum(shares, 1e-12)).min(axis=1)
    engaged = np.minimum((rate * followers)[own] * posts**0.85, 0.9 * room[own])
    contacts = reach[own] * posts
    cost = price[own] * posts**0.8 * rng.uniform(0.85, 1.15, len(own))
    market.engaged[rows] = engaged
    market.contacts[rows] = contacts
    market.waste[rows] = contacts * (1 - np.minimum(shares @ market.relevance, 1.0))[own]
    market.cost[rows] = np.maximum(100 * cost, 2_000).astype(np.int64)
    market.exponents[rows] = Audience(engaged, shares, own, market.sizes).exponents()
    market.tier[rows] = np.searchsorted(TIERS, followers, side="right")[own]
    market.platform[rows] = rng.choice(PLATFORMS, creators, p=(0.5, 0.3, 0.2))[own]
    market.country[rows] = rng.integers(0, COUNTRIES, creators)[own]
    return shares

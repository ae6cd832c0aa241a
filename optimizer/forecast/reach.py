"""Reach, contacts and engaged people of every offer, from one post to a bundle of many.

Source of the formulas: forecast design, "Per offer", steps 1 to 7, and its precise points.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.candidates import PER, Candidates
from optimizer.columns import Floats, Positions
from optimizer.forecast.reach_findings import DefaultsUsed, reach_findings
from optimizer.forecast.result import REACH_SOURCES, Assumption, Finding
from optimizer.forecast.tables import Tables

CREATORS_PER_BLOCK = 1 << 16
"""Creators handled at a time, so that temporaries stay small however many there are."""

FROM_OFFER, FROM_AVERAGE, FROM_VIEWS, FROM_OWN_RATE, FROM_BENCHMARK = range(len(REACH_SOURCES))
"""Positions in ``REACH_SOURCES``."""

NO_SOURCE = np.int8(-1)


@dataclass(frozen=True, eq=False, slots=True)
class Reach:
    """Per offer, shape (n,), and per item, as in ``Forecast``; NaN and source -1 where an error finding says why."""

    item_reach: Floats
    single_post_reach: Floats
    followers_pool: Floats
    audience_pool: Floats
    reach: Floats
    contacts: Floats
    engaged: Floats
    source: NDArray[np.int8]
    assumptions: tuple[Assumption, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, eq=False, slots=True)
class _Creators:
    """What a block of creators brings to its items, one value each."""

    genuine_followers: Floats
    genuine_share: Floats
    rate: Floats
    delivery: Floats
    engaged_per_post: Floats
    single_reach: Floats
    source: NDArray[np.int8]


@dataclass(frozen=True, eq=False, slots=True)
class Items:
    """The items of a block of offers; float64 (items,) each, people and posts.

    start: int64 (offers,), first item of each offer. single_reach: R1. engaged: E1 <= R1.
    followers_pool: F_g / (1 - nu); with R1 as its floor it is A of the item alone. posts: k >= 1.
    """

    start: Positions
    posts: Floats
    single_reach: Floats
    engaged: Floats
    followers_pool: Floats


def reach(candidates: Candidates, tables: Tables, rate: Floats) -> Reach:
    """Reach figures of every offer; ``rate`` (m,) is the engagement rate used, before sponsored_ratio.

    Findings: ``reach_needed`` (error, of items: no reach figure and no benchmark for platform, format
    and tier), ``average_views_needed`` (error: a rate per view without average_views).
    """
    offers = len(candidates.offer_creator)
    item_reach = np.empty(len(candidates.item_offer))
    columns = tuple(np.empty(offers) for _ in range(6))
    source = np.empty(offers, np.int8)
    used = DefaultsUsed(tables)
    for first in range(0, len(candidates.followers), CREATORS_PER_BLOCK):
        last = min(first + CREATORS_PER_BLOCK, len(candidates.followers))
        low, high = np.searchsorted(candidates.offer_creator, [first, last])
        block = slice(low, high)
        items = slice(*np.searchsorted(candidates.item_offer, [low, high]).tolist())
        figures, source[block], item_reach[items] = _block(
            candidates, tables, rate, slice(first, last), block, items, used
        )
        for column, part in zip(columns, figures, strict=True):
            column[block] = part
    single, followers_pool, audience, people, contacts, engaged = columns
    return Reach(
        item_reach=item_reach,
        single_post_reach=single,
        followers_pool=followers_pool,
        audience_pool=audience,
        reach=people,
        contacts=contacts,
        engaged=engaged,
        source=source,
        assumptions=used.assumptions(),
        findings=reach_findings(candidates, used),
    )


def _block(
    candidates: Candidates,
    tables: Tables,
    rate: Floats,
    creators: slice,
    offers: slice,
    rows: slice,
    used: DefaultsUsed,
) -> tuple[tuple[Floats, ...], NDArray[np.int8], Floats]:
    """``offer_figures`` and the source of a block of creators with these offers, and R1 of these item rows."""
    offer = candidates.item_offer[rows]
    owner = candidates.offer_creator[offer] - creators.start
    by_creator = _creators(candidates, tables, rate, creators)
    form = tables.format_position[candidates.item_format.codes[rows]]
    platform = tables.platform[creators][owner]
    own = candidates.item_expected_reach[rows]
    benchmark = tables.reach_rate[platform, form, tables.tier[creators][owner]]
    single, item_source = _single_post_reach(own, benchmark, by_creator, owner)
    used.reach(creators.start + owner, form, item_source == FROM_BENCHMARK)
    used.unique_viewers(creators.start + owner[item_source == FROM_VIEWS])
    used.nowhere(rows.start + np.flatnonzero(item_source == NO_SOURCE))
    beyond = candidates.item_non_follower_share[rows]
    assumed = np.isnan(beyond)
    beyond = np.where(assumed, tables.non_follower_share[platform, form], beyond)
    used.non_followers(creators.start + owner, form, assumed)
    per_reach = candidates.engagement_per[creators][owner] == PER.index("reach")
    with np.errstate(over="ignore"):
        engaged = np.where(per_reach, by_creator.rate[owner] * single, by_creator.engaged_per_post[owner])
    items = Items(
        start=np.flatnonzero(np.diff(offer, prepend=-1)),
        posts=candidates.item_posts[rows],
        single_reach=single,
        engaged=np.minimum(engaged, single),
        followers_pool=by_creator.genuine_followers[owner] / (1 - np.where(np.isnan(beyond), 0.0, beyond)),
    )
    figures = offer_figures(items, by_creator.delivery[candidates.offer_creator[offers] - creators.start])
    weakest = np.maximum.reduceat(item_source, items.start) if len(items.start) else item_source
    failed = np.isnan(figures[0])
    return figures, np.where(failed, NO_SOURCE, weakest), single


def _creators(candidates: Candidates, tables: Tables, rate: Floats, rows: slice) -> _Creators:
    """Steps 1, 2 and 5 as far as they do not depend on the item."""
    followers = candidates.followers[rows]
    genuine = or_one(candidates.genuine_share[rows])
    views = candidates.average_views[rows]
    known = [
        candidates.average_reach[rows],
        views * tables.unique_viewer_share[tables.platform[rows]],
        followers * candidates.reach_rate[rows],
    ]
    single = np.full(len(followers), np.nan)
    source = np.full(len(followers), NO_SOURCE)
    for position, figures in zip((FROM_AVERAGE, FROM_VIEWS, FROM_OWN_RATE), known, strict=True):
        first_known = np.isnan(single) & ~np.isnan(figures)
        single[first_known] = figures[first_known]
        source[first_known] = position
    sponsored = rate[rows] * or_one(candidates.sponsored_ratio[rows])
    per_view = candidates.engagement_per[rows] == PER.index("view")
    with np.errstate(over="ignore"):
        engaged = sponsored * np.where(per_view, views, followers) * genuine
    return _Creators(
        genuine_followers=followers * genuine,
        genuine_share=genuine,
        rate=sponsored,
        delivery=or_one(candidates.delivery_probability[rows]),
        engaged_per_post=engaged,
        single_reach=single,
        source=source,
    )


def _single_post_reach(
    own: Floats, benchmark_rate: Floats, by_creator: _Creators, owner: Positions
) -> tuple[Floats, NDArray[np.int8]]:
    """R1 of each item, genuine people, from the first source that is known, and which one that was."""
    genuine = by_creator.genuine_share[owner]
    source = np.where(np.isnan(own), by_creator.source[owner], np.int8(FROM_OFFER))
    figures = np.where(np.isnan(own), by_creator.single_reach[owner], own) * genuine
    unknown = np.isnan(figures)
    from_benchmark = by_creator.genuine_followers[owner] * benchmark_rate
    figures = np.where(unknown, from_benchmark, figures)
    source[unknown & ~np.isnan(from_benchmark)] = FROM_BENCHMARK
    return figures, source


def offer_figures(items: Items, delivery: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """Single-post reach, both pools, reach, contacts and engaged people per offer, shape (offers,) each.

    The pool of the followers is P = max_f F_g / (1 - nu_f), since formats travel beyond the followers; the
    audience pool A = max(P, max_f R1_f). Then reach = p A (1 - prod_f (1 - R1_f / A)^k_f), engaged likewise with E1_f,
    contacts = p sum_f k_f R1_f; p is ``delivery``, the delivery probability, 0..1. Single-post reach
    (the sum of the items' R1) and pools are before p. Of an empty pool all is 0.
    """
    sizes = np.diff(items.start, append=len(items.posts))
    bundles = bool(np.any(sizes != 1))

    def per_offer(total: np.ufunc, values: Floats) -> Floats:
        return np.asarray(total.reduceat(values, items.start)) if bundles else values

    followers_pool = per_offer(np.maximum, items.followers_pool)
    audience = np.maximum(followers_pool, per_offer(np.maximum, items.single_reach))
    whole = np.repeat(audience, sizes) if bundles else audience

    def reached_once(people: Floats) -> Floats:
        share = np.divide(people, whole, out=np.zeros_like(people), where=whole != 0)
        with np.errstate(divide="ignore"):
            missed = items.posts * np.log1p(-share)
        return np.asarray(-np.expm1(per_offer(np.add, missed)) * audience * delivery)

    return (
        per_offer(np.add, items.single_reach),
        followers_pool,
        audience,
        reached_once(items.single_reach),
        per_offer(np.add, items.posts * items.single_reach) * delivery,
        reached_once(items.engaged),
    )


def or_one(figures: Floats) -> Floats:
    """The figures with 1 where none is stated (NaN)."""
    return np.where(np.isnan(figures), 1.0, figures)

"""A stretch of a candidate file as columns: what is surely right of it, and which rows need a closer look."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.services.candidate_files.arrays import Array, columns, floats, labels, lists, minor_units, missing, texts
from app.services.candidate_files.share_columns import audience, shares
from app.services.translate.text_columns import frozen
from app.wire.candidate import Candidate, Engagement, Item, Offer, PostRate
from app.wire.candidate_checks import RATE_AGREEMENT
from app.wire.fields import Name
from app.wire.limits import limits, limits_of
from app.wire.money import Currency
from optimizer.candidates import PER
from optimizer.columns import Flags, Floats, Labels, LabelSets, Positions, Shares, row_sums

FIGURES = (
    *("followers", "genuine_share", "sponsored_ratio", "delivery_probability", "reply_rate"),
    *("reach_rate", "average_reach", "average_views"),
)
"""Numbers that a creator states."""

PRICE_MINOR = "price_minor"
"""Column of offers whose price is known in minor units already; only ``exact`` makes it."""


@dataclass(frozen=True, eq=False, slots=True)
class Block:
    """r creators with o offers with k items in the order of the file, as ``Candidates`` has them once sorted.

    line: int64 (r,), where each stands in the file. creator_id, handle, offer_id: Arrow strings, handle null where
    there is none. figures: float64 (r,) by name. offers_of: int64 (r,), offers of each creator. items_of: (o,).
    """

    line: Positions
    creator_id: Array
    handle: Array
    platform: Labels
    country: Labels
    group: Labels
    tags: LabelSets
    figures: dict[str, Floats]
    engagement_per: NDArray[np.int8]
    engagement_rate: Floats
    engagement_posts: Floats
    posts_of: Positions
    post_rates: Floats
    audience: dict[str, Shares]
    segment_shares: Shares | None
    offers_of: Positions
    offer_id: Array
    price_minor: NDArray[np.int64]
    items_of: Positions
    bundle: Flags
    item_format: Labels
    item_posts: Floats
    item_expected_reach: Floats
    item_non_follower_share: Floats


class Doubts:
    """Which rows are not surely right."""

    def __init__(self, rows: int) -> None:
        self.rows = np.zeros(rows, np.bool_)

    def add(self, flags: Flags, owner: Positions | None = None) -> None:
        """Raise the flags of rows, or of the rows that own the flagged."""
        if owner is None:
            self.rows |= flags
        else:
            self.rows[owner[flags]] = True


def block_of(table: dict[str, Array], line: Positions, currency: Currency) -> tuple[Block, Flags]:
    """The block of a nested table (field name to array), and its doubtful rows: bool (r,)."""
    rows = len(line)
    doubts = Doubts(rows)
    if table.keys() - Candidate.model_fields.keys():
        doubts.rows[:] = True
    absent = pa.nulls(rows)
    of = {name: table.get(name, absent) for name in Candidate.model_fields}

    def text(name: str) -> Array:
        found, unsure = texts(of[name], limits(Candidate)[name], Candidate.model_fields[name].is_required())
        doubts.add(unsure)
        return found

    figures = {}
    for name in FIGURES:
        required = Candidate.model_fields[name].is_required()
        figures[name], unsure = floats(of[name], limits(Candidate)[name], required)
        doubts.add(unsure)
    doubts.add(~missing(of["audience_sample"]))
    by_dimension, unsure = audience(of["audience"])
    doubts.add(unsure)
    by_segment, unsure = shares(of["segment_shares"], limits(Candidate)["segment_shares"].most)
    doubts.add(unsure)
    block = Block(
        line=line,
        creator_id=text("id"),
        handle=text("handle"),
        platform=labels(text("platform")),
        country=labels(text("country")),
        group=labels(text("group")),
        tags=_tags(of["tags"], doubts),
        figures=figures,
        audience=by_dimension,
        segment_shares=by_segment if by_segment.given.any() else None,
        **_engagement(of["engagement"], figures["average_views"], doubts),
        **_offers(of["offers"], currency, doubts),
    )
    return block, doubts.rows


def _tags(array: Array, doubts: Doubts) -> LabelSets:
    counts, entries, unsure = lists(array)
    doubts.add(unsure | (counts > limits(Candidate)["tags"].most))
    names, unsure = texts(entries, limits_of(Name), required=True)
    doubts.add(unsure, np.repeat(np.arange(len(counts)), counts))
    coded = labels(names)
    return LabelSets(_start(counts), coded.codes, coded.names)


def _engagement(array: Array, average_views: Floats, doubts: Doubts) -> dict[str, Any]:
    rows, of = len(array), columns(array)
    own, allowed = Engagement.model_fields, limits(Engagement)
    if of.keys() - own.keys() or not (pa.types.is_struct(array.type) or pa.types.is_null(array.type)):
        doubts.add(~missing(array))
    per = of.get("per", pa.nulls(rows))
    name, unsure = texts(per, limits_of(Name))
    doubts.add(unsure)
    position = pc.index_in(name, value_set=pa.array(PER))
    code = np.array(pc.fill_null(position, -1).to_numpy(zero_copy_only=False), np.int8)
    rate, unsure = floats(of.get("rate", pa.nulls(rows)), allowed["rate"])
    doubts.add(unsure)
    posts, unsure = floats(of.get("posts", pa.nulls(rows)), allowed["posts"])
    doubts.add(unsure)
    lengths, entries, unsure = lists(of.get("post_rates", pa.nulls(rows)))
    stated = ~missing(of.get("post_rates", pa.nulls(rows)))
    size = allowed["post_rates"]
    doubts.add(unsure | (stated & ((lengths < size.least) | (lengths > size.most))))
    rates, unsure = floats(entries, limits_of(PostRate), required=True)
    doubts.add(unsure, np.repeat(np.arange(rows), lengths))
    any_field = (code >= 0) | ~missing(per) | ~np.isnan(rate) | ~np.isnan(posts) | stated
    doubts.add(any_field & ((code < 0) | (np.isnan(rate) & ~stated)))
    doubts.add((code == PER.index("view")) & np.isnan(average_views))
    both = stated & ~np.isnan(rate)
    if both.any():
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = row_sums(rates, _start(lengths)) / lengths
            doubts.add(both & ~(np.abs(rate - mean) <= RATE_AGREEMENT / 2 * rate))
    doubts.add(stated & ~np.isnan(posts) & (posts != lengths))
    return {
        "engagement_per": frozen(code),
        "engagement_rate": rate,
        "engagement_posts": posts,
        "posts_of": lengths,
        "post_rates": rates,
    }


def _offers(array: Array, currency: Currency, doubts: Doubts) -> dict[str, Any]:
    counts, entries, unsure = lists(array)
    size = limits(Candidate)["offers"]
    doubts.add(unsure | (counts < size.least) | (counts > size.most))
    owner = np.repeat(np.arange(len(counts)), counts)
    of = columns(entries)
    absent = pa.nulls(len(entries))
    if of.keys() - Offer.model_fields.keys() - {PRICE_MINOR}:
        doubts.rows[:] = True
    doubts.add(missing(entries), owner)
    ids, unsure = texts(of.get("id", absent), limits(Offer)["id"], required=True)
    doubts.add(unsure, owner)
    if PRICE_MINOR in of:
        minor = np.array(of[PRICE_MINOR].to_numpy(zero_copy_only=False), np.int64)
    else:
        minor, unsure = minor_units(of.get("price", absent), currency)
        doubts.add(unsure, owner)
    items, form = _items(of, owner, doubts)
    return {
        "offers_of": counts,
        "offer_id": ids,
        "price_minor": minor,
        "items_of": items.pop("items_of"),
        "bundle": form,
        **items,
    }


def _items(of: dict[str, Array], owner: Positions, doubts: Doubts) -> tuple[dict[str, Any], Flags]:
    """Items of all offers, a short form being its own, and which offers are bundles."""
    absent = pa.nulls(len(owner))
    lengths, entries, unsure = lists(of.get("items", absent))
    bundle = ~missing(of.get("items", absent))
    size = limits(Offer)["items"]
    doubts.add(unsure | (bundle & ((lengths < size.least) | (lengths > size.most))), owner)
    for name in Item.model_fields:
        doubts.add(bundle & ~missing(of.get(name, absent)), owner)
    short = {name: of.get(name, absent) for name in Item.model_fields}
    made = _item_fields(short, owner, doubts, ~bundle)
    if not bundle.any():
        return {"items_of": np.ones(len(owner), np.int64), **made[0], "item_format": labels(made[1])}, bundle
    inner = columns(entries)
    if inner.keys() - Item.model_fields.keys():
        doubts.rows[:] = True
    of_item = np.repeat(owner, lengths)
    doubts.add(missing(entries), of_item)
    none = pa.nulls(len(entries))
    fields = {name: inner.get(name, none) for name in Item.model_fields}
    listed = _item_fields(fields, of_item, doubts, np.ones(len(entries), np.bool_))
    # Items of bundles and short forms stand in two arrays; take them in the order of their offers.
    items_of = np.where(bundle, lengths, 1)
    from_short = np.repeat(~bundle, items_of)
    take = np.empty(len(from_short), np.int64)
    take[from_short] = np.flatnonzero(~bundle)
    take[~from_short] = len(owner) + np.arange(len(entries))
    both = {name: np.concatenate([made[0][name], listed[0][name]])[take] for name in made[0]}
    formats = pa.concat_arrays([made[1], listed[1]]).take(pa.array(take))
    return {"items_of": items_of, **both, "item_format": labels(formats)}, bundle


def _item_fields(
    of: dict[str, Array], owner: Positions, doubts: Doubts, here: Flags
) -> tuple[dict[str, Floats], Array]:
    """Posts, reach and share of non-followers, and the formats; ``here``: where an item is, so needs a format."""
    found = {}
    for name in ("posts", "expected_reach", "non_follower_share"):
        values, unsure = floats(of[name], limits(Item)[name])
        doubts.add(unsure, owner)
        found[f"item_{name}"] = values
    found["item_posts"] = np.where(np.isnan(found["item_posts"]), 1.0, found["item_posts"])
    formats, unsure = texts(of["format"], limits(Item)["format"])
    doubts.add(unsure | (here & missing(formats)), owner)
    return found, formats


def _start(counts: Positions) -> Positions:
    return frozen(np.concatenate(([0], np.cumsum(counts))).astype(np.int64))

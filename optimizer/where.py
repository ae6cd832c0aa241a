"""Which offers a ``where`` of a rule or a surcharge takes."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

import numpy as np

from optimizer.candidates import Candidates
from optimizer.columns import Flags, Floats, Labels, LabelSets, Texts

STANDARD_TIERS: Mapping[str, float] = {"nano": 0, "micro": 10_000, "mid": 100_000, "macro": 500_000, "mega": 1_000_000}
"""Tier name -> lowest follower count, the bounds that benchmarks are read by."""


def tiers(followers: Floats, lower_bounds: Mapping[str, float]) -> Labels:
    """Tier of each creator by its followers (before genuine_share), shape (m,). The lowest bound is 0."""
    ordered = sorted(lower_bounds.items(), key=lambda item: item[1])
    bounds = np.array([bound for _, bound in ordered])
    codes = np.searchsorted(bounds, followers, side="right") - 1
    return Labels(codes.astype(np.int32), tuple(name for name, _ in ordered))


def matching(candidates: Candidates, tier: Labels, where: Mapping[str, Sequence[str]]) -> Flags:
    """Offers that every key of ``where`` takes: bool, shape (n,).

    Keys: tier, platform, country, tag, group, creator_id, format, offer_id. Keys are and-ed, the
    values of a key or-ed; comparison is exact; a creator without the label is never taken; a
    format matches when any item of the offer has it. An empty ``where`` takes every offer.
    """
    taken = np.ones(len(candidates.offer_creator), np.bool_)
    for key, wanted in where.items():
        taken &= _by_key(candidates, tier, key, frozenset(wanted))
    return taken


def _by_key(candidates: Candidates, tier: Labels, key: str, wanted: frozenset[str]) -> Flags:
    by_creator: dict[str, Labels | LabelSets] = {
        "tier": tier,
        "platform": candidates.platform,
        "country": candidates.country,
        "group": candidates.group,
        "tag": candidates.tags,
    }
    if key in by_creator:
        return np.asarray(by_creator[key].any_of(wanted)[candidates.offer_creator])
    if key == "creator_id":
        return _named(candidates.creator_id, wanted)[candidates.offer_creator]
    if key == "offer_id":
        return np.isin(candidates.offer_id, np.array(sorted(wanted), np.dtypes.StringDType()))
    if key == "format":
        hit = candidates.item_format.any_of(wanted)
        return np.bincount(candidates.item_offer, weights=hit, minlength=len(candidates.offer_creator)) > 0
    raise KeyError(key)


def position_of(ids: Texts, wanted: str) -> int | None:
    """Position of one of the strictly increasing ``ids``, None where it is not among them."""
    at = bisect_left(ids, wanted)  # np.searchsorted goes through all texts
    return at if at < len(ids) and ids[at] == wanted else None


def _named(ids: Texts, wanted: frozenset[str]) -> Flags:
    """Which of the strictly increasing ``ids`` are wanted: bool, in steps of the number wanted, not of ids."""
    found = (position_of(ids, name) for name in wanted)
    flags = np.zeros(len(ids), np.bool_)
    flags[[at for at in found if at is not None]] = True
    return flags

"""Candidates and benchmarks for tests, from what a brief would say."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from optimizer.candidates import PER, Candidates
from optimizer.columns import Floats, Labels, LabelSets, Shares
from optimizer.forecast.benchmarks import Benchmarks
from optimizer.forecast.benchmarks_file import read_benchmarks

ROUND_FIGURES = """
version = "test"
[tiers]
nano = 0
micro = 10_000
[definitions]
prior = "d"
sigma = "d"
reach_rate = "d"
non_follower_share = "d"
unique_viewer_share = "d"
[[prior]]
platform = "instagram"
per = "follower"
alpha = -3.0
beta = -0.1
tau = 0.6
source = "prior study"
year = 2020
[[sigma]]
platform = "instagram"
by_tier = { nano = 0.6, micro = 0.8 }
source = "sigma study"
year = 2021
[[reach_rate]]
platform = "instagram"
format = "post"
by_tier = { nano = 0.3, micro = 0.2 }
source = "reach study"
year = 2022
[[reach_rate]]
platform = "instagram"
format = "reel"
by_tier = { nano = 0.5, micro = 0.4 }
source = "reach study"
year = 2022
[[non_follower_share]]
platform = "instagram"
format = "post"
value = 0.0
source = "non-follower study"
year = 2023
[[non_follower_share]]
platform = "instagram"
format = "reel"
value = 0.5
source = "non-follower study"
year = 2023
[[unique_viewer_share]]
platform = "instagram"
value = 0.8
source = "viewer study"
year = 2024
"""
"""Benchmarks in which arithmetic is easy by hand; two tiers, one platform."""


def benchmarks(text: str = ROUND_FIGURES) -> Benchmarks:
    """Benchmarks of a file's text."""
    file = read_benchmarks(text.encode(), "test.toml")
    return Benchmarks(file.version, file.tiers, file.definitions, file.platforms, file.hash)


def creator(**stated: Any) -> dict[str, Any]:
    """A creator as a brief states it: 1 000 followers on Instagram with one post, unless said otherwise."""
    return {"platform": "instagram", "followers": 1000, "offers": [{"format": "post"}], **stated}


def candidates(creators: Sequence[Mapping[str, Any]]) -> Candidates:
    """The columns of creators in the order given; an offer without items is its own one item."""
    offers = [offer for one in creators for offer in one["offers"]]
    items = [item for offer in offers for item in offer.get("items", [offer])]
    engagements = [one.get("engagement", {}) for one in creators]
    post_rates = [engagement.get("post_rates", []) for engagement in engagements]
    dimensions = sorted({name for one in creators for name in one.get("audience", {})})
    return Candidates(
        creator_id=np.array([f"c{index:04}" for index in range(len(creators))], np.dtypes.StringDType()),
        platform=labels(one["platform"] for one in creators),
        country=labels(one.get("country") for one in creators),
        group=labels(one.get("group") for one in creators),
        tags=label_sets([one.get("tags", []) for one in creators]),
        followers=column(creators, "followers"),
        genuine_share=column(creators, "genuine_share"),
        sponsored_ratio=column(creators, "sponsored_ratio"),
        delivery_probability=column(creators, "delivery_probability"),
        reply_rate=column(creators, "reply_rate"),
        reach_rate=column(creators, "reach_rate"),
        average_reach=column(creators, "average_reach"),
        average_views=column(creators, "average_views"),
        engagement_per=np.array([PER.index(e["per"]) if e else -1 for e in engagements], np.int8),
        engagement_rate=column(engagements, "rate"),
        engagement_posts=column(engagements, "posts"),
        post_start=starts(post_rates),
        post_rates=np.array([rate for rates in post_rates for rate in rates], float),
        audience={name: shares([one.get("audience", {}).get(name) for one in creators]) for name in dimensions},
        segment_shares=shares([one.get("segment_shares") for one in creators]),
        offer_creator=np.repeat(np.arange(len(creators)), [len(one["offers"]) for one in creators]),
        offer_id=np.array([str(index) for index in range(len(offers))], np.dtypes.StringDType()),
        price_minor=np.array([offer.get("price_minor", 0) for offer in offers], np.int64),
        item_offer=np.repeat(np.arange(len(offers)), [len(offer.get("items", [offer])) for offer in offers]),
        item_format=labels(item["format"] for item in items),
        item_posts=np.array([item.get("posts", 1) for item in items], float),
        item_expected_reach=column(items, "expected_reach"),
        item_non_follower_share=column(items, "non_follower_share"),
    )


def column(rows: Sequence[Mapping[str, Any]], name: str) -> Floats:
    """One number of each row, NaN where it is not stated."""
    return np.array([row.get(name, np.nan) for row in rows], float)


def labels(texts: Iterable[str | None]) -> Labels:
    """A label of each row, or none."""
    stated = list(texts)
    names = tuple(sorted({text for text in stated if text is not None}))
    return Labels(np.array([-1 if text is None else names.index(text) for text in stated], np.int32), names)


def label_sets(rows: Sequence[Sequence[str]]) -> LabelSets:
    """Any number of labels of each row."""
    names = tuple(sorted({text for row in rows for text in row}))
    return LabelSets(starts(rows), np.array([names.index(text) for row in rows for text in row], np.int32), names)


def shares(rows: Sequence[Mapping[str, float] | None]) -> Shares:
    """Shares by value of each row; None is a row that does not state them."""
    stated = [row or {} for row in rows]
    names = tuple(sorted({name for row in stated for name in row}))
    return Shares(
        start=starts(stated),
        codes=np.array([names.index(name) for row in stated for name in row], np.int32),
        shares=np.array([share for row in stated for share in row.values()], float),
        names=names,
        given=np.array([row is not None for row in rows], bool),
    )


def starts(rows: Sequence[Sequence[Any] | Mapping[str, Any]]) -> np.ndarray:
    """Where each compressed row begins, and where the last ends."""
    return np.concatenate(([0], np.cumsum([len(row) for row in rows], dtype=np.int64)))

"""Candidates: the creators and offers of one brief as columns, before any forecast."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.columns import Floats, Labels, LabelSets, Members, Positions, Shares, Texts

PER = ("follower", "reach", "view")
"""What an engagement rate is counted against; ``Candidates.engagement_per`` holds positions in it."""


@dataclass(frozen=True, eq=False, slots=True)
class Candidates:
    """m creators with n offers with k items, all read-only; NaN means "not stated".

    Creators stand in the order of their ids by code point, offers by creator and then by
    offer id, items by offer. So positions compare as ids do, and the order in which
    candidates were posted cannot matter to anything downstream.

    Per creator, shape (m,):
      creator_id       text, strictly increasing
      platform         labels (never -1); country, group labels; tags label sets
      followers        float64 >= 1
      genuine_share, sponsored_ratio, delivery_probability, reply_rate, reach_rate
                       float64 in 0..1 (sponsored_ratio > 0, may exceed 1)
      average_reach, average_views
                       float64 >= 0, people and views per post, before genuine_share
      engagement_per   int8, position in ``PER``, -1 where no engagement figure is stated
      engagement_rate  float64 in (0, 1], the stated mean rate; NaN where absent (or only post_rates)
      engagement_posts float64 >= 1, posts behind the rate; NaN where not stated
      post_rates       float64, all post rates in one array; creator i has
                       ``post_rates[post_start[i]:post_start[i + 1]]``
      audience         dimension name -> shares
      segment_shares   shares by segment name, or None when no creator states any
      audience_sample  members of the target's panel in the creator's audience, or None without a panel

    Per offer, shape (n,):
      offer_creator    int64 position of its creator, non-decreasing; every creator has >= 1 offer
      offer_id         text, strictly increasing within a creator
      price_minor      int64 >= 0, whole offer, before surcharges

    Per item, shape (k,): (an offer in short form has exactly one)
      item_offer       int64 position of its offer, non-decreasing; every offer has >= 1 item
      item_format      labels (never -1)
      item_posts       float64 >= 1
      item_expected_reach       float64 >= 0, people per post, before genuine_share
      item_non_follower_share   float64 in [0, 1), overrides the benchmark
    """

    creator_id: Texts
    platform: Labels
    country: Labels
    group: Labels
    tags: LabelSets
    followers: Floats
    genuine_share: Floats
    sponsored_ratio: Floats
    delivery_probability: Floats
    reply_rate: Floats
    reach_rate: Floats
    average_reach: Floats
    average_views: Floats
    engagement_per: NDArray[np.int8]
    engagement_rate: Floats
    engagement_posts: Floats
    post_start: Positions
    post_rates: Floats
    audience: dict[str, Shares]
    segment_shares: Shares | None
    offer_creator: Positions
    offer_id: Texts
    price_minor: NDArray[np.int64]
    item_offer: Positions
    item_format: Labels
    item_posts: Floats
    item_expected_reach: Floats
    item_non_follower_share: Floats
    audience_sample: Members | None = None

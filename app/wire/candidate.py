"""A candidate: one creator with its figures, its audience and its offers, as it is posted."""

from typing import Annotated, Literal

from pydantic import Field

from app.wire.fields import MOST_PEOPLE, WHOLE, Money, Name, People, Posted, Posts, Share
from app.wire.target import MOST_MEMBERS, MemberId

MOST_OFFERS = 100
MOST_VALUES = 2_000
"""Values that one dimension of an audience may have."""

PostRate = Annotated[float, Field(ge=0, le=1)]
NonFollowerShare = Annotated[float, Field(ge=0, lt=1)]


class Engagement(Posted):
    """How many engage with a post: a mean `rate` with the number of posts behind it, or the rates of single posts."""

    rate: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None,
        description="Arithmetic mean over the creator's posts of engagements per `per`, above 0, at most 1 (0.041 is "
        "4.1 %). Needed unless post_rates is given.",
        examples=[0.041],
    )
    per: Literal["follower", "reach", "view"] = Field(
        description="What the rate is counted against; `view` needs `average_views`.", examples=["follower"]
    )
    posts: Posts | None = Field(
        default=None,
        description="Posts behind the rate, 1 to 10 000; the fewer, the more the rate is shrunk to the benchmark. "
        "Absent: the number of post_rates, or 12, the product's default for a rate that does not say.",
        examples=[24],
    )
    post_rates: Annotated[list[PostRate], Field(min_length=1, max_length=MOST_OFFERS * 100)] | None = Field(
        default=None,
        description="Rates of single posts, 0 to 1, at most 10 000. With `rate`, their mean must be that rate. Absent: "
        "`rate` alone counts.",
        examples=[[0.035, 0.052, 0.041]],
    )


class Item(Posted):
    """One format of a bundle."""

    format: Name = Field(
        description="post, carousel, reel, story, video, short, live, integration, dedicated or text have benchmarks; "
        "any other name needs expected_reach.",
        examples=["reel"],
    )
    posts: Posts | None = Field(
        default=1,
        description="Number of posts, 1 to 10 000. Absent or null: 1, since an offer that says no more is one post.",
        examples=[2],
    )
    expected_reach: People | None = Field(
        default=None,
        description="People that one post reaches, followers that are not genuine included, 0 or more. Absent: the "
        "creator's average_reach, average_views, reach_rate, or the benchmark (/v1/benchmarks), the first known.",
        examples=[5200],
    )
    non_follower_share: NonFollowerShare | None = Field(
        default=None,
        description="Share of the reached who do not follow the creator, 0 to below 1. Absent: the benchmark of "
        "platform and format (/v1/benchmarks).",
        examples=[0.6],
    )


class Offer(Posted):
    """Something that can be bought from the creator: a format and a number of posts, or a bundle of `items`."""

    id: Name = Field(description="Id, unique within the creator, 1 to 200 characters.", examples=["1 reel"])
    price: Money = Field(
        description="Price of the whole offer before surcharges, money in the brief's currency, 0 (gifting) or more. "
        "It is never estimated.",
        examples=["450.00"],
    )
    format: Name | None = Field(
        default=None,
        description="Format, needed without items: post, carousel, reel, story, video, short, live, integration, "
        "dedicated or text have benchmarks; any other name needs its reach.",
        examples=["reel"],
    )
    posts: Posts | None = Field(
        default=None,
        description="Number of posts, 1 to 10 000. Absent or null: 1, since an offer that says no more is one post.",
        examples=[1],
    )
    expected_reach: People | None = Field(
        default=None,
        description="People that one post reaches, followers that are not genuine included, 0 or more. Absent: the "
        "creator's average_reach, average_views, reach_rate, or the benchmark (/v1/benchmarks), the first known.",
        examples=[5200],
    )
    non_follower_share: NonFollowerShare | None = Field(
        default=None,
        description="Share of the reached who do not follow the creator, 0 to below 1. Absent: the benchmark of "
        "platform and format (/v1/benchmarks).",
        examples=[0.6],
    )
    items: Annotated[list[Item], Field(min_length=1, max_length=50)] | None = Field(
        default=None,
        description="A bundle: 1 to 50 formats for one price. Then format, posts, expected_reach and "
        "non_follower_share stand on the items and are errors here. Absent: one format.",
    )


class Candidate(Posted):
    """A creator that may be chosen, by at most one of its offers."""

    id: Name = Field(description="Id, unique in the brief, 1 to 200 characters.", examples=["c17"])
    handle: Name | None = Field(
        default=None,
        description="Name for people, 1 to 200 characters. Absent: none.",
        examples=["@bergziege"],
    )
    platform: Name = Field(
        description="Platform, lower case, such as instagram or tiktok; benchmarks exist for those listed at "
        "/v1/benchmarks, others need their own figures.",
        examples=["instagram"],
    )
    followers: Annotated[int, Field(ge=1, le=int(MOST_PEOPLE)), WHOLE] = Field(
        description="Followers or subscribers, a whole number of 1 or more, those that are not genuine included.",
        examples=[48200],
    )
    country: Name | None = Field(
        default=None,
        description="Country of the creator, for rules and surcharges; the audience's is in audience. Absent: unknown.",
        examples=["DE"],
    )
    tags: Annotated[list[Name], Field(max_length=200)] | None = Field(
        default=None, description="Labels for rules, at most 200. Absent: none.", examples=[["vegan"]]
    )
    group: Name | None = Field(
        default=None,
        description="One label for rules, such as an agency; it does nothing by itself. Absent: none.",
        examples=["agency A"],
    )
    engagement: Engagement | None = Field(
        default=None,
        description="Engagement as observed. Absent: the benchmark for platform and followers "
        "(/v1/benchmarks), and the result says so.",
    )
    genuine_share: Share | None = Field(
        default=None,
        description="Share of followers that are real people, 0 to 1. Absent: 1, the product's default, "
        "which takes nobody off; the result says so.",
        examples=[0.87],
    )
    sponsored_ratio: Annotated[float, Field(gt=0, le=10)] | None = Field(
        default=None,
        description="Engagement of sponsored posts over that of other posts, a ratio above 0, at most 10. Absent: "
        "1, the product's default: sponsored posts do as well as others.",
        examples=[0.9],
    )
    delivery_probability: Share | None = Field(
        default=None,
        description="Probability that the creator posts what was bought, 0 to 1; scales reach, not cost. "
        "Absent: 1, the product's default: whoever is paid posts.",
        examples=[0.95],
    )
    reply_rate: Share | None = Field(
        default=None,
        description="Share of followers' comments that the creator answers, 0 to 1; shown and filtered by only, "
        "since no study gives its effect. Absent: unknown.",
        examples=[0.6],
    )
    average_reach: People | None = Field(
        default=None,
        description="People that one post reaches on average, 0 or more. Absent: see expected_reach of the offer.",
        examples=[9800],
    )
    average_views: Annotated[float, Field(ge=0, le=1e15)] | None = Field(
        default=None,
        description="Views of one post on average, repeats counted, 0 or more. Absent: see expected_reach of the "
        "offer.",
        examples=[15200],
    )
    reach_rate: Annotated[float, Field(ge=0, le=10)] | None = Field(
        default=None,
        description="People that one post reaches over followers, 0 to 10 (0.35 is 35 %; some formats "
        "exceed 1). Absent: see expected_reach of the offer.",
        examples=[0.35],
    )
    audience: dict[Name, Annotated[dict[Name, Share], Field(max_length=MOST_VALUES)] | None] | None = Field(
        default=None,
        description="Dimension to value to share of the audience, 0 to 1 each; every person has one value of a "
        "dimension, and shares that sum above 1 are scaled to 1 with a warning. A dimension that is absent or null is "
        "unknown, see unknown_audience. At most 50 dimensions of 2 000 values. Absent: all are unknown.",
        examples=[{"topic": {"trail-running": 0.35, "outdoor": 0.3}, "country": {"DE": 0.7, "AT": 0.15}}],
        max_length=50,
    )
    segment_shares: Annotated[dict[Name, Share], Field(max_length=200)] | None = Field(
        default=None,
        description="Segment name to share of the audience in it, 0 to 1, where it is known; wins over "
        "audience. Absent: shares are taken from audience.",
        examples=[{"DACH trail runners 25-44": 0.2}],
    )
    audience_sample: Annotated[list[MemberId], Field(max_length=MOST_MEMBERS)] | None = Field(
        default=None,
        description="Members of the target's panel who are in the creator's audience, each once; empty: none of them. "
        "For a target with `panel` alone, where it takes the place of audience and segment_shares; candidates from a "
        "file cannot have it. Absent: unknown, see unknown_audience.",
        examples=[["9f3a61", "b07c12"]],
    )
    offers: Annotated[list[Offer], Field(min_length=1, max_length=MOST_OFFERS)] = Field(
        description="1 to 100 offers, of which at most one is chosen."
    )

"""Reach, contacts and engaged people of an offer against numbers worked by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.forecast.reach import Reach, reach
from optimizer.forecast.result import REACH_SOURCES
from optimizer.forecast.tables import look_up
from tests.optimizer.forecast.creators import benchmarks, candidates, creator

Creator = dict[str, Any]


def reached(*creators: Creator, rate: float = 0.05) -> Reach:
    columns = candidates(creators)
    return reach(columns, look_up(columns, benchmarks()), np.full(len(creators), rate))


def one(**stated: Any) -> dict[str, float]:
    """The figures of the only offer of one creator."""
    said = reached(creator(**stated))
    names = ("single_post_reach", "audience_pool", "reach", "contacts", "engaged")
    return {name: float(getattr(said, name)[0]) for name in names}


def test_one_post_by_the_benchmark() -> None:
    # F_g = 1000 x 0.8 = 800; R1 = 0.3 x 800 = 240; nu = 0: A = 800; E1 = 0.05 x 800 = 40
    assert one(genuine_share=0.8) == pytest.approx(
        {"single_post_reach": 240, "audience_pool": 800, "reach": 240, "contacts": 240, "engaged": 40}
    )


def test_more_posts_reach_new_people_less_and_less() -> None:
    # q_reach = 240 / 800 = 0.3: 800 (1 - 0.7^2) = 408; contacts 2 x 240
    # q = 40 / 800 = 0.05: 800 (1 - 0.95^2) = 78
    assert one(genuine_share=0.8, offers=[{"format": "post", "posts": 2}]) == pytest.approx(
        {"single_post_reach": 240, "audience_pool": 800, "reach": 408, "contacts": 480, "engaged": 78}
    )


def test_formats_that_travel_have_a_pool_beyond_the_followers() -> None:
    # nu = 0.5: A = 1000 / 0.5 = 2000; R1 = 500; three reels: 2000 (1 - 0.75^3) = 1156.25
    figures = one(offers=[{"format": "reel", "posts": 3}])
    assert figures["audience_pool"] == pytest.approx(2000)
    assert figures["reach"] == pytest.approx(1156.25)


def test_a_reach_beyond_the_pool_is_the_pool() -> None:
    # R1 = 5000 > 1000 / (1 - 0): A = 5000, and a second post reaches nobody new
    figures = one(offers=[{"format": "post", "posts": 2, "expected_reach": 5000}])
    assert figures["audience_pool"] == 5000
    assert figures["reach"] == 5000
    assert figures["contacts"] == 10_000


def test_an_offer_states_its_own_share_of_non_followers() -> None:
    # A = 1000 / (1 - 0.75) = 4000
    assert one(offers=[{"format": "reel", "non_follower_share": 0.75}])["audience_pool"] == pytest.approx(4000)


def test_the_first_known_source_of_reach_is_used() -> None:
    every: Creator = {"average_reach": 300, "average_views": 500, "reach_rate": 0.25}
    offer = {"format": "post", "expected_reach": 350}
    bare = {"format": "post"}
    said = reached(
        creator(**every, offers=[offer]),
        creator(**every, offers=[bare]),
        creator(average_views=500, reach_rate=0.25, offers=[bare]),
        creator(reach_rate=0.25, offers=[bare]),
        creator(offers=[bare]),
    )
    # 350; 300; 500 x 0.8 unique viewers = 400; 1000 x 0.25 = 250; 1000 x 0.3 = 300
    assert said.single_post_reach == pytest.approx([350, 300, 400, 250, 300])
    assert said.source.tolist() == list(range(len(REACH_SOURCES)))


def test_every_source_is_before_genuine_share() -> None:
    sources: list[Creator] = [{"average_reach": 300}, {"average_views": 500}, {"reach_rate": 0.25}, {}]
    said = reached(
        *(creator(genuine_share=0.5, **source) for source in sources),
        creator(genuine_share=0.5, offers=[{"format": "post", "expected_reach": 350}]),
    )
    assert said.single_post_reach == pytest.approx([150, 200, 125, 150, 175])


def test_the_benchmark_reads_the_tier_by_followers_before_genuine_share() -> None:
    # 10 000 followers are micro, though only 5 000 are genuine: 0.2 x 5000
    assert one(followers=10_000, genuine_share=0.5)["single_post_reach"] == pytest.approx(1000)


def test_a_rate_per_follower_is_never_multiplied_by_reach() -> None:
    engagement = {"rate": 0.1, "per": "follower"}
    low = one(engagement=engagement, offers=[{"format": "post", "expected_reach": 100}])
    high = one(engagement=engagement, offers=[{"format": "post", "expected_reach": 900}])
    # 0.05 x 1000 either way
    assert low["engaged"] == pytest.approx(50)
    assert high["engaged"] == pytest.approx(50)


def test_a_rate_per_reach_counts_people_reached() -> None:
    # E1 = 0.05 x 240 = 12
    assert one(genuine_share=0.8, engagement={"rate": 0.1, "per": "reach"})["engaged"] == pytest.approx(12)


def test_a_rate_per_view_counts_genuine_views() -> None:
    # E1 = 0.05 x 600 x 0.5 = 15
    figures = one(genuine_share=0.5, average_views=600, engagement={"rate": 0.1, "per": "view"})
    assert figures["engaged"] == pytest.approx(15)


def test_sponsored_posts_engage_by_their_ratio() -> None:
    # 0.05 x 1000 x 0.6
    assert one(sponsored_ratio=0.6)["engaged"] == pytest.approx(30)


def test_nobody_engages_who_is_not_reached() -> None:
    # E1 = min(0.05 x 1000 x 10, 300)
    assert one(sponsored_ratio=10)["engaged"] == pytest.approx(300)


def test_delivery_probability_scales_people_and_contacts_but_not_one_post() -> None:
    assert one(genuine_share=0.8, delivery_probability=0.5) == pytest.approx(
        {"single_post_reach": 240, "audience_pool": 800, "reach": 120, "contacts": 120, "engaged": 20}
    )


def test_a_bundle_shares_one_pool() -> None:
    # F_g = 800. Reel: R1 = 400, A = 1600. Posts: R1 = 240, A = 800. A = 1600, E1 = 40 each.
    # reach 1600 (1 - (1 - 0.25) (1 - 0.15)^2) = 1600 (1 - 0.75 x 0.7225) = 733
    # contacts 400 + 2 x 240 = 880
    # engaged 1600 (1 - (1 - 0.025)^3) = 1600 x 0.073140625 = 117.025
    offer = {"items": [{"format": "reel"}, {"format": "post", "posts": 2}]}
    assert one(genuine_share=0.8, offers=[offer]) == pytest.approx(
        {"single_post_reach": 640, "audience_pool": 1600, "reach": 733, "contacts": 880, "engaged": 117.025}
    )


def test_each_item_of_a_bundle_is_capped_by_its_own_reach() -> None:
    # E1: min(0.05 x 1000, 10) and 50; A = 1000: 1000 (1 - 0.99 x 0.95) = 59.5
    offer = {"items": [{"format": "post", "expected_reach": 10}, {"format": "post"}]}
    assert one(offers=[offer])["engaged"] == pytest.approx(59.5)


def test_a_bundle_names_its_weakest_source() -> None:
    said = reached(creator(offers=[{"items": [{"format": "post", "expected_reach": 10}, {"format": "post"}]}]))
    assert REACH_SOURCES[said.source[0]] == "benchmark"


def test_bundles_and_single_offers_of_neighbours_are_not_mixed_up() -> None:
    single = {"format": "post", "posts": 2}
    bundle = {"items": [{"format": "reel"}, {"format": "post", "posts": 2}, {"format": "post"}]}
    people = [
        creator(offers=[single, bundle]),
        creator(followers=7000, offers=[bundle]),
        creator(followers=90, genuine_share=0.3, offers=[bundle, single, single]),
    ]
    together = reached(*people)
    alone = [reached(person) for person in people]
    for name in ("single_post_reach", "audience_pool", "reach", "contacts", "engaged", "source"):
        assert getattr(together, name).tolist() == [x for said in alone for x in getattr(said, name).tolist()]


def test_an_offer_that_reaches_nobody_is_worth_nothing() -> None:
    figures = one(offers=[{"format": "post", "posts": 3, "expected_reach": 0}])
    assert (figures["reach"], figures["contacts"], figures["engaged"]) == (0, 0, 0)


def test_a_creator_without_genuine_followers_is_worth_nothing() -> None:
    assert set(one(genuine_share=0.0).values()) == {0}


def test_an_unknown_format_needs_its_reach() -> None:
    hologram = {"format": "hologram"}
    said = reached(
        creator(offers=[{"format": "post"}, {**hologram, "expected_reach": 100}]),
        creator(offers=[{"items": [{"format": "post"}, hologram]}]),
    )
    (finding,) = said.findings
    assert (finding.severity, finding.code, finding.of, finding.field) == (
        "error",
        "reach_needed",
        "items",
        "expected_reach",
    )
    assert finding.rows.tolist() == [3]
    assert said.source.tolist() == [4, 0, -1]
    assert np.isnan(said.reach[2])
    assert np.isfinite(said.reach[:2]).all()


def test_an_unknown_format_is_taken_to_stay_with_the_followers() -> None:
    said = reached(creator(offers=[{"format": "hologram", "expected_reach": 100}]))
    assert said.audience_pool[0] == 1000
    assert [(a.value, a.creators) for a in said.assumptions if "non_follower_share" in a.name] == [(0.0, 1)]


def test_views_on_an_unknown_platform_are_no_reach() -> None:
    said = reached(creator(platform="elsewhere", average_views=500))
    assert [finding.code for finding in said.findings] == ["reach_needed"]


def test_a_platform_that_is_spelt_otherwise_meets_the_list_of_those_known() -> None:
    (finding,) = reached(creator(platform="Instagram")).findings
    assert "know these platforms, compared exactly: instagram." in finding.detail


def test_a_rate_per_view_needs_views() -> None:
    said = reached(creator(), creator(engagement={"rate": 0.1, "per": "view"}))
    (finding,) = said.findings
    assert (finding.severity, finding.code, finding.of, finding.field) == (
        "error",
        "average_views_needed",
        "creators",
        "average_views",
    )
    assert finding.rows.tolist() == [1]


def test_defaults_are_counted_by_creator_not_by_item() -> None:
    said = reached(
        creator(offers=[{"format": "post"}, {"format": "reel"}, {"format": "post"}]),
        creator(followers=20_000, average_views=100, offers=[{"format": "post", "non_follower_share": 0.1}]),
        creator(offers=[{"items": [{"format": "post"}, {"format": "post"}]}]),
    )
    assert {(a.name, a.value, a.source, a.creators) for a in said.assumptions} == {
        ("reach_rate instagram/post/nano", 0.3, "reach study (2022)", 2),
        ("reach_rate instagram/reel/nano", 0.5, "reach study (2022)", 1),
        ("non_follower_share instagram/post", 0.0, "non-follower study (2023)", 2),
        ("non_follower_share instagram/reel", 0.5, "non-follower study (2023)", 1),
        ("unique_viewer_share instagram", 0.8, "viewer study (2024)", 1),
    }


def test_blocks_of_creators_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    people = [creator(followers=10 + 31 * i, offers=[{"format": "post"}] * (1 + i % 3)) for i in range(20)]
    whole = reached(*people)
    monkeypatch.setattr("optimizer.forecast.reach.CREATORS_PER_BLOCK", 3)
    parts = reached(*people)
    assert parts.engaged.tolist() == whole.engaged.tolist()
    assert parts.assumptions == whole.assumptions


offers = st.fixed_dictionaries(
    {"format": st.sampled_from(["post", "reel"]), "posts": st.integers(1, 30)},
    optional={"expected_reach": st.just(0.0) | st.floats(1e-3, 1e9), "non_follower_share": st.floats(0, 0.99)},
)
creators = st.fixed_dictionaries(
    {
        "platform": st.just("instagram"),
        "followers": st.integers(1, 10**9),
        "offers": st.lists(offers | st.fixed_dictionaries({"items": st.lists(offers, min_size=1)}), min_size=1),
    },
    optional={
        "genuine_share": st.just(0.0) | st.floats(1e-3, 1),
        "sponsored_ratio": st.floats(0.01, 10),
        "delivery_probability": st.just(0.0) | st.floats(1e-3, 1),
    },
)


@given(st.lists(creators, min_size=1, max_size=4), st.floats(1e-6, 1))
def test_people_never_exceed_the_pool_nor_reach_the_contacts(people: list[Creator], rate: float) -> None:
    said = reached(*people, rate=rate)
    assert (said.engaged >= 0).all()
    assert (said.engaged <= said.reach * (1 + 1e-12)).all()
    assert (said.reach <= said.audience_pool).all()
    assert (said.reach <= said.contacts * (1 + 1e-12)).all()


@given(offers, st.integers(1, 10**7))
def test_another_post_never_reaches_fewer(offer: dict[str, Any], followers: int) -> None:
    more = {**offer, "posts": offer["posts"] + 1}
    said = reached(creator(followers=followers, offers=[offer, more]))
    assert said.reach[0] <= said.reach[1]
    assert said.engaged[0] <= said.engaged[1]
    assert said.contacts[0] <= said.contacts[1]

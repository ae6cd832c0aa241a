"""Any valid candidates, written to a file of any format and read again, are what they were."""

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.app.services.candidate_files.written import FORMATS, assert_same, write
from tests.builders import brief

NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
PLAIN = st.text("abcdefg-é😀", min_size=1, max_size=6)
SHARES = st.floats(0, 1)
AMOUNTS = st.builds(lambda whole, cents: f"{whole}.{cents:02d}", st.integers(0, 10**9), st.integers(0, 99))
DIMENSIONS = st.sampled_from(["topic", "country", "age"])


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


ITEMS = st.builds(
    lambda form, rest: {"format": form} | rest,
    st.sampled_from(["reel", "story", "post"]),
    optional(posts=st.integers(1, 50), expected_reach=st.floats(0, 1e6), non_follower_share=st.floats(0, 0.9)),
)
OFFERS = st.one_of(
    st.builds(lambda item, price: item | {"price": price}, ITEMS, AMOUNTS),
    st.builds(lambda items, price: {"items": items, "price": price}, st.lists(ITEMS, min_size=1, max_size=3), AMOUNTS),
)
ENGAGEMENTS = st.one_of(
    st.builds(
        lambda rate, per, posts: {"rate": rate, "per": per} | posts,
        st.floats(1e-6, 1),
        st.sampled_from(["follower", "reach"]),
        optional(posts=st.integers(1, 100)),
    ),
    st.builds(
        lambda rates, per: {"post_rates": rates, "per": per},
        st.lists(SHARES, min_size=1, max_size=8),
        st.sampled_from(["follower", "reach"]),
    ),
)
CREATORS = st.builds(
    lambda must, may, offers: must | may | {"offers": [row | {"id": f"o{i}"} for i, row in enumerate(offers)]},
    st.fixed_dictionaries(
        {"id": NAMES, "platform": st.sampled_from(["instagram", "tiktok"]), "followers": st.integers(1, 10**8)}
    ),
    optional(
        handle=NAMES,
        country=PLAIN,
        group=NAMES,
        tags=st.lists(PLAIN, min_size=1, max_size=3),
        engagement=ENGAGEMENTS,
        genuine_share=SHARES,
        sponsored_ratio=st.floats(1e-3, 10),
        delivery_probability=SHARES,
        reply_rate=SHARES,
        average_views=st.floats(0, 1e9),
        reach_rate=st.floats(0, 10),
        audience=st.dictionaries(
            DIMENSIONS, st.dictionaries(PLAIN, SHARES, min_size=1, max_size=4), min_size=1, max_size=3
        ),
        segment_shares=st.dictionaries(PLAIN, st.floats(0, 0.1), min_size=1, max_size=3),
    ).map(lambda row: row | {"average_reach": 1000.0}),
    st.lists(OFFERS, min_size=1, max_size=3),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CREATORS, min_size=1, max_size=6, unique_by=lambda row: row["id"]))
def test_what_is_written_is_read(tmp_path: Path, candidates: list[dict[str, Any]]) -> None:
    head = brief(candidates=..., target={"niche": "a", "size": 10**9})
    for ending in FORMATS:
        assert_same(write(tmp_path / f"creators.{ending}", candidates), head, candidates)

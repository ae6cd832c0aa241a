"""The whole forecast of a creator, and what must hold of every forecast."""

from math import exp, log
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.forecast.benchmarks import load_benchmarks
from optimizer.forecast.forecast import forecast, wasted_contacts
from optimizer.forecast.result import RATE_SOURCES, REACH_SOURCES, Forecast
from optimizer.target import Segment, Target
from tests.optimizer.forecast.creators import ROUND_FIGURES, benchmarks, candidates, creator

TRAIL = Target(
    (
        Segment("runners", 900_000, 1.0, {"topic": ("trail-running",), "country": ("DE", "AT")}),
        Segment("outdoor", 4_000_000, 0.3, {"topic": ("outdoor",), "country": ("DE", "AT")}),
    )
)
ROW_COLUMNS = ("rate", "rate_weight", "shares", "on_target_share")
OFFER_COLUMNS = (
    *("single_post_reach", "followers_pool", "audience_pool", "reach", "contacts", "engaged", "waste"),
    "reach_source",
)

BERGZIEGE: dict[str, Any] = {
    "followers": 48_200,
    "engagement": {"rate": 0.041, "per": "follower", "posts": 24},
    "genuine_share": 0.87,
    "sponsored_ratio": 0.9,
    "delivery_probability": 0.95,
    "audience": {"topic": {"trail-running": 0.35, "outdoor": 0.3}, "country": {"DE": 0.7, "AT": 0.15}},
    "offers": [{"format": "story", "posts": 3, "expected_reach": 5200}],
}


def said(*creators: dict[str, Any], target: Target = TRAIL, confidence: float | None = None) -> Forecast:
    return forecast(candidates(creators), target, load_benchmarks(), confidence)


def codes(result: Forecast) -> list[str]:
    return [finding.code for finding in result.findings]


def test_one_creator_from_figures_to_waste() -> None:
    result = said(creator(**BERGZIEGE))
    # w = 0.5625 / (0.5625 + 0.25 / 24); m = w ln 0.041 + (1 - w)(-2.14 - 0.12 ln 48200); v = (1 - w) 0.5625
    weight = 0.5625 / (0.5625 + 0.25 / 24)
    mean = weight * log(0.041) + (1 - weight) * (-2.14 - 0.12 * log(48_200))
    rate = exp(mean + (1 - weight) * 0.5625 / 2)
    assert result.rate[0] == pytest.approx(rate)
    # F_g = 48200 x 0.87 = 41934; R1 = 5200 x 0.87 = 4524; nu = 0.05: A = 41934 / 0.95 = 44141.05
    pool = 41_934 / 0.95
    assert result.single_post_reach[0] == pytest.approx(4524)
    assert result.audience_pool[0] == pytest.approx(pool)
    # E1 = rate x F_g x 0.9 (below R1); three posts; x 0.95
    assert result.engaged[0] == pytest.approx(0.95 * pool * (1 - (1 - rate * 41_934 * 0.9 / pool) ** 3))
    assert result.reach[0] == pytest.approx(0.95 * pool * (1 - (1 - 4524 / pool) ** 3))
    assert result.contacts[0] == pytest.approx(0.95 * 3 * 4524)
    # shares 0.35 x 0.85 and 0.3 x 0.85; t = 0.2975 + 0.3 x 0.255 = 0.374
    assert result.shares[0] == pytest.approx([0.2975, 0.255])
    assert result.on_target_share[0] == pytest.approx(0.374)
    assert result.waste[0] == pytest.approx(0.95 * 3 * 4524 * 0.626)
    assert RATE_SOURCES[result.rate_source[0]] == "observed, shrunk"
    assert REACH_SOURCES[result.reach_source[0]] == "expected_reach"
    assert result.findings == ()


def test_waste_is_gross() -> None:
    assert wasted_contacts(np.array([1000.0, 10.0]), np.array([0.25, 1.0])).tolist() == [750, 0]


def test_what_counts_as_one_is_named() -> None:
    bare = {key: value for key, value in BERGZIEGE.items() if key not in ("genuine_share", "sponsored_ratio")}
    result = said(creator(**bare), creator(**BERGZIEGE))
    assert codes(result) == ["genuine_share_absent"]
    assert result.findings[0].severity == "warning"
    assert result.findings[0].rows.tolist() == [0]
    ones = {a.name: a.creators for a in result.assumptions if a.source == "brief setting"}
    assert ones == {"genuine_share": 1, "sponsored_ratio": 1}


def test_another_benchmarks_file_changes_the_forecast_and_its_sources() -> None:
    bare = candidates([creator(genuine_share=1.0, audience={"topic": {}, "country": {}})])
    ours = forecast(bare, TRAIL, benchmarks(), None)
    theirs = forecast(bare, TRAIL, benchmarks(ROUND_FIGURES.replace("nano = 0.3,", "nano = 0.6,")), None)
    assert theirs.contacts[0] == pytest.approx(2 * ours.contacts[0])
    assert "reach study (2022)" in {assumption.source for assumption in ours.assumptions}


def test_the_rate_is_shrunk_before_the_sponsored_ratio() -> None:
    plain, sponsored = (said(creator(**{**BERGZIEGE, "sponsored_ratio": ratio})) for ratio in (1.0, 0.5))
    assert plain.rate[0] == sponsored.rate[0]


def test_a_forecast_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        said(creator(**BERGZIEGE)).engaged[0] = 0


def test_a_mistake_in_one_creator_leaves_the_others_their_figures() -> None:
    result = said(creator(**BERGZIEGE), creator(**{**BERGZIEGE, "platform": "elsewhere", "engagement": {}}))
    assert codes(result) == ["engagement_needed"]
    assert np.isfinite(result.engaged[0])
    assert np.isnan(result.engaged[1])


def test_figures_keep_their_shapes_without_segments_in_common() -> None:
    result = said(creator(**BERGZIEGE), target=Target(()))
    assert result.shares.shape == (1, 0)
    assert result.waste[0] == result.contacts[0]


people = st.fixed_dictionaries(
    {
        "platform": st.sampled_from(["instagram", "tiktok", "youtube"]),
        "followers": st.integers(1, 10**8),
        "offers": st.lists(
            st.fixed_dictionaries(
                {"format": st.sampled_from(["video", "story"]), "posts": st.integers(1, 5)},
                optional={"expected_reach": st.integers(0, 10**7)},
            ),
            min_size=1,
            max_size=3,
        ).map(lambda offers: [{"expected_reach": 500, **offer} for offer in offers]),
    },
    optional={
        "engagement": st.fixed_dictionaries(
            {"per": st.sampled_from(["follower", "reach", "view"]), "rate": st.floats(1e-6, 1)}
        )
        | st.fixed_dictionaries(
            {"per": st.just("follower"), "post_rates": st.lists(st.floats(0, 1), min_size=1, max_size=8)}
        ),
        "genuine_share": st.floats(0, 1),
        "delivery_probability": st.floats(0, 1),
        "audience": st.dictionaries(
            st.sampled_from(["topic", "country"]),
            st.dictionaries(st.sampled_from(["outdoor", "DE", "trail-running", "AT"]), st.floats(0, 1)),
        ),
    },
).map(lambda one: {"average_views": 1000, **one})


@given(st.lists(people, min_size=1, max_size=5), st.none() | st.floats(0.5, 0.99))
def test_every_figure_is_finite_and_in_its_range(creators: list[dict[str, Any]], confidence: float | None) -> None:
    result = said(*creators, confidence=confidence)
    for name in (*ROW_COLUMNS, *OFFER_COLUMNS):
        figures = getattr(result, name)
        assert np.isfinite(figures).all(), name
        assert (figures >= 0).all(), name
    assert (result.waste <= result.contacts).all()
    assert (result.shares <= 1).all()
    assert (result.on_target_share <= 1).all()
    assert "error" not in [finding.severity for finding in result.findings]


@given(st.lists(people, min_size=1, max_size=5))
def test_the_order_of_creators_changes_no_creator(creators: list[dict[str, Any]]) -> None:
    there, back = said(*creators), said(*creators[::-1])
    for name in ROW_COLUMNS:
        np.testing.assert_allclose(getattr(there, name), getattr(back, name)[::-1], rtol=1e-12, err_msg=name)
    ends = np.cumsum([len(one["offers"]) for one in creators[::-1]])
    order = np.concatenate(
        [np.arange(end - len(one["offers"]), end) for one, end in zip(creators, ends[::-1], strict=True)]
    )
    for name in OFFER_COLUMNS:
        np.testing.assert_allclose(getattr(there, name), getattr(back, name)[order], rtol=1e-12, err_msg=name)


@given(people, st.integers(2, 50))
def test_ten_times_the_people_are_ten_times_the_figures(one: dict[str, Any], factor: int) -> None:
    """With all figures stated in people and per reach, the forecast has no scale of its own."""
    stated = {**one, "engagement": {"per": "reach", "rate": 0.04}, "followers": 1_000_000}
    larger = {
        **stated,
        "followers": 1_000_000 * factor,
        "offers": [{**offer, "expected_reach": offer["expected_reach"] * factor} for offer in one["offers"]],
    }
    small, large = said(creator(**stated)), said(creator(**larger))
    for name in ("single_post_reach", "audience_pool", "reach", "contacts", "waste"):
        expected = getattr(small, name) * factor
        np.testing.assert_allclose(getattr(large, name), expected, rtol=1e-9, atol=1e-300, err_msg=name)

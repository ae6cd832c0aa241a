"""Overlap within a segment: exponents, the plan's reach that they give, and the additive case."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.forecast.overlap import exponents, gain


def test_an_exponent_is_the_log_of_who_is_missed() -> None:
    # N' = 1200 / 1.2 = 1000; g = 500 x 0.4 = 200: c = -ln(1 - 0.2)
    c, too_large = exponents(np.array([500.0]), np.array([[0.4]]), np.array([0]), np.array([1200.0]), 1.2)
    assert c[0, 0] == pytest.approx(-log(0.8))
    assert too_large.size == 0


def test_two_creators_reach_the_union_of_independent_audiences() -> None:
    engaged, shares = np.array([300.0, 500.0]), np.ones((2, 1))
    c, _ = exponents(engaged, shares, np.array([0, 1]), np.array([1000.0]), 1.0)
    # 1000 (1 - 0.7 x 0.5) = 650 people, not 800
    assert 1000 * -np.expm1(-c.sum()) == pytest.approx(650)


def test_each_offer_takes_the_shares_of_its_creator() -> None:
    c, _ = exponents(
        np.array([100.0, 100.0, 100.0]),
        np.array([[0.1, 0.2], [0.3, 0.4]]),
        np.array([0, 0, 1]),
        np.array([1000.0, 2000.0]),
        1.0,
    )
    # g / N: 10 / 1000, 20 / 2000; twice; 30 / 1000, 40 / 2000
    assert c == pytest.approx(-np.log1p(-np.array([[0.01, 0.01], [0.01, 0.01], [0.03, 0.02]])))


def test_offers_as_large_as_a_segment_are_named() -> None:
    sizes = np.array([1000.0, 50.0])
    c, too_large = exponents(
        np.array([999.0, 1000.0, 60.0]), np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 0, 1]), sizes, 1.0
    )
    # 999 < 1000; 1000 >= 1000; 60 >= 50
    assert too_large.tolist() == [1, 2]
    assert np.isfinite(c).all()


def test_duplication_makes_a_segment_smaller() -> None:
    # N' = 1000 / 2 = 500
    _, too_large = exponents(np.array([500.0]), np.ones((1, 1)), np.array([0]), np.array([1000.0]), 2.0)
    assert too_large.tolist() == [0]


def test_nobody_engaged_is_exactly_zero() -> None:
    c, _ = exponents(np.array([0.0, 5.0]), np.array([[0.0], [1.0]]), np.array([0, 0]), np.array([10.0]), 1.0)
    assert c.tolist() == [[0.0], [0.0]]
    assert not np.signbit(c).any()


def test_without_sized_segments_there_are_no_columns() -> None:
    c, too_large = exponents(np.array([1.0]), np.empty((1, 0)), np.array([0]), np.empty(0), 1.0)
    assert c.shape == (1, 0)
    assert too_large.size == 0


def test_rows_beyond_one_block_are_the_same_as_single_ones() -> None:
    rng = np.random.default_rng(1)
    engaged, shares, sizes = rng.uniform(0, 900, 40_000), rng.random((20_000, 2)), np.array([1000.0, 500.0])
    creator = np.repeat(np.arange(20_000), 2)
    c, too_large = exponents(engaged, shares, creator, sizes, 1.1)
    for offer in (0, 16_383, 16_384, 39_999):
        alone, large = exponents(engaged[[offer]], shares, creator[[offer]], sizes, 1.1)
        assert c[offer].tolist() == alone[0].tolist()
        assert (offer in too_large) == bool(large.size)


def test_the_largest_share_below_the_segment_is_finite() -> None:
    below = np.nextafter(1000.0, 0)
    c, too_large = exponents(np.array([below]), np.ones((1, 1)), np.array([0]), np.array([1000.0]), 1.0)
    assert np.isfinite(c[0, 0])
    assert too_large.size == 0


def test_unsized_segments_add_up_by_relevance() -> None:
    # 100 x (1.0 x 0.2 + 0.5 x 0.4) = 40
    shares = np.array([[0.2, 0.4]])
    assert gain(np.array([100.0, 50.0]), shares, np.array([0, 0]), np.array([1.0, 0.5])) == pytest.approx([40, 20])


@given(st.lists(st.just(0.0) | st.floats(1e-6, 999), min_size=1, max_size=20), st.floats(1, 3))
def test_a_plan_never_engages_more_than_the_segment_or_the_sum(engaged: list[float], duplication: float) -> None:
    people = np.array(engaged)
    c, too_large = exponents(people, np.ones((1, 1)), np.zeros(len(people), np.int64), np.array([1000.0]), duplication)
    capacity = 1000 / duplication
    total = capacity * -np.expm1(-np.delete(c, too_large, axis=0).sum())
    assert total <= min(capacity, np.delete(people, too_large).sum()) * (1 + 1e-12)

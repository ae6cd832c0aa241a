"""Shares of the audience in the segments of a target group, worked by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.forecast.audience import Audience, audience, segments_overlap
from optimizer.target import Segment, Target
from tests.optimizer.forecast.creators import candidates, creator

Where = dict[str, tuple[str, ...]]


def segment(name: str, relevance: float = 1.0, size: float | None = 1000, **where: str | tuple[str, ...]) -> Segment:
    wanted = {key: (value,) if isinstance(value, str) else value for key, value in where.items()}
    return Segment(name, size, relevance, wanted)


def heard(audiences: list[dict[str, Any] | None], *segments: Segment, unknown: Any = "benchmark") -> Audience:
    """Audiences of creators that state these; None is a creator that states no audience."""
    columns = candidates([creator(**({} if stated is None else {"audience": stated})) for stated in audiences])
    return audience(columns, Target(segments, unknown))


def codes(said: Audience) -> list[str]:
    return [finding.code for finding in said.findings]


def test_the_share_of_a_segment_is_the_product_over_its_dimensions() -> None:
    said = heard(
        [{"topic": {"running": 0.4, "food": 0.6}, "country": {"DE": 0.7, "AT": 0.15}}],
        segment("runners", topic="running", country=("DE", "AT")),
        segment("cooks", 0.5, topic="food", country="DE"),
    )
    # 0.4 x (0.7 + 0.15) = 0.34; 0.6 x 0.7 = 0.42; t = 0.34 + 0.5 x 0.42 = 0.55
    assert said.shares[0] == pytest.approx([0.34, 0.42])
    assert said.on_target_share[0] == pytest.approx(0.55)
    assert said.findings == ()


def test_values_compare_exactly_and_unlisted_ones_are_zero() -> None:
    said = heard([{"age": {"25-34": 0.5, "35-44": 0.2}}], segment("adults", age="25-44"))
    assert said.shares[0, 0] == 0
    assert codes(said) == ["segment_matches_nobody"]


def test_a_value_that_is_wanted_twice_counts_once() -> None:
    assert heard([{"country": {"DE": 0.4}}], segment("x", country=("DE", "DE"))).shares[0, 0] == pytest.approx(0.4)


def test_shares_that_sum_above_one_are_scaled_with_a_warning() -> None:
    said = heard(
        [{"topic": {"running": 0.8, "food": 0.8}}, {"topic": {"running": 0.5, "food": 0.5}}],
        segment("runners", topic="running"),
    )
    # 0.8 / 1.6
    assert said.shares[:, 0] == pytest.approx([0.5, 0.5])
    (finding,) = said.findings
    assert (finding.code, finding.severity, finding.field) == ("shares_scaled", "warning", "audience/topic")
    assert finding.rows.tolist() == [0]
    assert "1.6" in finding.detail


def test_a_dimension_that_no_segment_uses_is_scaled_with_a_warning_too() -> None:
    said = heard(
        [{"topic": {"running": 0.8}, "job/role": {"a": 0.9, "b": 0.9}}],
        segment("runners", topic="running"),
    )
    assert [finding.field for finding in said.findings] == ["audience/job~1role"]


def test_rounding_of_the_sender_is_not_scaled() -> None:
    said = heard([{"topic": {"running": 0.5, "food": 0.5 + 5e-10}}], segment("runners", topic="running"))
    assert said.shares[0, 0] == 0.5
    assert said.findings == ()


def test_who_lacks_a_dimension_gets_the_mean_of_those_that_state_it() -> None:
    said = heard(
        [{"country": {"DE": 0.8}}, {"country": {"DE": 0.2, "AT": 0.2}}, {"country": {}}, None],
        segment("dach", country=("DE", "AT")),
    )
    # stated: 0.8, 0.4, 0 -> 0.4; an empty statement is a statement
    assert said.shares[:, 0] == pytest.approx([0.8, 0.4, 0.0, 0.4])
    (finding,) = said.findings
    assert (finding.code, finding.rows.tolist()) == ("audience_unknown", [3])
    assert "1 of 4 candidates" in finding.detail
    (assumption,) = said.assumptions
    assert (assumption.name, assumption.creators) == ("audience country in AT, DE", 1)
    assert assumption.value == pytest.approx(0.4)


def test_the_mean_is_of_scaled_shares() -> None:
    said = heard([{"topic": {"a": 1.0, "b": 1.0}}, {"topic": {"a": 0.1}}, None], segment("a", topic="a"))
    # 0.5 and 0.1
    assert said.shares[2, 0] == pytest.approx(0.3)


def test_only_the_missing_dimension_is_filled_in() -> None:
    said = heard(
        [{"topic": {"a": 0.5}, "country": {"DE": 0.6}}, {"topic": {"a": 0.2}}],
        segment("a", topic="a", country="DE"),
    )
    # 0.2 x 0.6
    assert said.shares[1, 0] == pytest.approx(0.12)


def test_zero_takes_nothing_from_the_unknown() -> None:
    said = heard([{"country": {"DE": 0.8}}, None], segment("de", country="DE"), unknown="zero")
    assert said.shares[:, 0].tolist() == [0.8, 0.0]
    assert codes(said) == ["audience_unknown"]
    assert not said.excluded.any()


def test_exclude_marks_creators_that_lack_a_used_dimension() -> None:
    said = heard(
        [{"country": {"DE": 0.8}}, {"topic": {"a": 0.5}}, None], segment("de", country="DE"), unknown="exclude"
    )
    assert said.excluded.tolist() == [False, True, True]
    assert said.findings[0].rows.tolist() == [1, 2]
    assert said.assumptions == ()


@pytest.mark.parametrize("unknown", ["benchmark", "zero", "exclude"])
def test_a_dimension_that_no_segment_uses_may_be_missing(unknown: str) -> None:
    audiences: list[dict[str, Any] | None] = [{"country": {"DE": 0.8}, "age": {"x": 1.0}}, {"country": {"DE": 0.2}}]
    said = heard(audiences, segment("d", country="DE"), unknown=unknown)
    assert said.findings == ()
    assert not said.excluded.any()


def test_a_dimension_that_nobody_states_is_zero_with_a_warning() -> None:
    said = heard([{"topic": {"a": 0.5}}, {"topic": {"a": 0.3}}], segment("s", topic="a", job="nurse"))
    assert said.shares[:, 0].tolist() == [0, 0]
    assert codes(said) == ["nobody_states_dimension", "segment_matches_nobody"]


def direct(*stated: dict[str, Any], segments: tuple[Segment, ...], unknown: Any = "benchmark") -> Audience:
    return audience(candidates([creator(**one) for one in stated]), Target(segments, unknown))


def test_stated_segment_shares_win_over_the_product() -> None:
    said = direct(
        {"audience": {"topic": {"a": 0.5}}, "segment_shares": {"first": 0.1}},
        {"audience": {"topic": {"a": 0.5}}},
        segments=(segment("first", topic="a"), segment("second", topic="b")),
    )
    assert said.shares.tolist() == [[0.1, 0.0], [0.5, 0.0]]


def test_a_segment_without_where_takes_only_who_names_it() -> None:
    said = direct({"segment_shares": {"fans": 0.3}}, {}, segments=(segment("fans"),))
    assert said.shares[:, 0].tolist() == [0.3, 0.0]
    assert said.findings == ()


@pytest.mark.parametrize("unknown", ["benchmark", "zero", "exclude"])
def test_who_states_the_shares_of_all_segments_needs_no_dimension(unknown: str) -> None:
    segments = (segment("first", topic="a"), segment("second", topic="b"))
    said = direct(
        {"segment_shares": {"first": 0.1, "second": 0.2}},
        {"audience": {"topic": {"a": 0.5}}},
        segments=segments,
        unknown=unknown,
    )
    assert codes(said) == []
    assert not said.excluded.any()


def test_who_states_some_segments_still_lacks_the_dimension_of_others() -> None:
    segments = (segment("first", topic="a"), segment("second", topic="b"))
    said = direct({"segment_shares": {"first": 0.1}}, segments=segments, unknown="exclude")
    assert said.excluded.tolist() == [True]


def test_segment_shares_above_one_on_target_are_an_error() -> None:
    segments = (segment("first", topic="a"), segment("second", 0.5, topic="b"))
    said = direct(
        {"segment_shares": {"first": 0.8, "second": 0.4}},
        {"segment_shares": {"first": 0.8, "second": 0.41}},
        segments=segments,
    )
    # 0.8 + 0.5 x 0.4 = 1.0 and 0.8 + 0.5 x 0.41 = 1.005
    assert [(f.code, f.severity, f.rows.tolist()) for f in said.findings] == [
        ("segment_shares_above_one", "error", [1])
    ]
    assert said.on_target_share.max() <= 1


def test_shares_of_segments_that_do_not_exist_are_reported() -> None:
    said = direct({"segment_shares": {"frist": 0.8, "first": 0.2}}, segments=(segment("first", topic="a"),))
    assert codes(said) == ["unknown_segment"]
    assert said.shares[0, 0] == 0.2


def test_segments_without_a_size_are_named() -> None:
    said = heard([{"topic": {"a": 0.5, "b": 0.2}}], segment("big", size=None, topic="a"), segment("small", topic="b"))
    (finding,) = said.findings
    assert (finding.code, finding.of) == ("overlap_not_modelled", "brief")
    assert "'big'" in finding.detail
    assert "'small'" not in finding.detail


def test_a_sentence_lists_a_few_names_and_counts_the_rest() -> None:
    said = heard([{"topic": {"a": 0.5}}, None], *(segment(f"s{i}", size=None, topic=f"t{i}") for i in range(8)))
    assert all(finding.detail.count("s4") <= 1 and "s5" not in finding.detail for finding in said.findings)
    assert all("and 3 more" in finding.detail for finding in said.findings)


def overlap(*wheres: Where) -> tuple[tuple[int, int], ...]:
    return segments_overlap(Target(tuple(Segment(str(i), 1.0, 1.0, where) for i, where in enumerate(wheres))))


def test_segments_that_differ_in_one_dimension_are_disjoint() -> None:
    assert overlap({"topic": ("a",), "age": ("x",)}, {"topic": ("a",), "age": ("y",)}) == ()


def test_a_common_value_in_each_common_dimension_is_an_overlap() -> None:
    assert overlap({"topic": ("a", "b")}, {"topic": ("b", "c")}) == ((0, 1),)


def test_segments_without_a_common_dimension_overlap() -> None:
    assert overlap({"topic": ("a",)}, {"country": ("DE",)}) == ((0, 1),)


def test_each_later_segment_is_named_once() -> None:
    assert overlap({"t": ("a",)}, {"t": ("a",)}, {"t": ("a",)}, {"t": ("b",)}) == ((0, 1), (0, 2))


def test_a_segment_without_where_is_disjoint_from_all() -> None:
    assert overlap({}, {"t": ("a",)}, {}) == ()


values = st.dictionaries(st.sampled_from("abc"), st.floats(0, 1))
stated_audiences = st.lists(
    st.none() | st.dictionaries(st.sampled_from(["topic", "country"]), values), min_size=1, max_size=6
)


@given(stated_audiences)
def test_a_partition_never_takes_more_than_the_audience(audiences: list[dict[str, Any] | None]) -> None:
    parts = [segment(t + c, topic=t, country=c) for t in "abc" for c in "abc"]
    said = heard(audiences, *parts)
    assert (said.shares >= 0).all()
    assert (said.shares.sum(axis=1) <= 1 + 1e-9).all()
    assert "segment_shares_above_one" not in codes(said)


@given(stated_audiences)
def test_the_order_of_creators_changes_nothing(audiences: list[dict[str, Any] | None]) -> None:
    parts = [segment("one", topic="a", country=("a", "b")), segment("two", topic="b")]
    there, back = heard(audiences, *parts), heard(audiences[::-1], *parts)
    np.testing.assert_allclose(there.shares, back.shares[::-1], rtol=1e-12)

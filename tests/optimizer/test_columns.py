"""Columns of text and shares: rows keep apart, absent is not empty."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.columns import row_sums
from tests.optimizer.forecast.creators import label_sets, labels, shares

VALUES = st.none() | st.dictionaries(st.sampled_from("abcd"), st.floats(0, 1))


def test_a_label_is_matched_by_its_text_and_none_by_nothing() -> None:
    column = labels(["DE", None, "AT", "DE"])
    assert column.any_of({"DE", "FR"}).tolist() == [True, False, False, True]
    assert labels([None, None]).any_of({"DE"}).tolist() == [False, False]


def test_a_set_of_labels_is_matched_by_any_of_them() -> None:
    column = label_sets([["a", "b"], [], ["c"], ["b"]])
    assert column.any_of({"b", "c"}).tolist() == [True, False, True, True]
    assert column.any_of(set()).tolist() == [False] * 4


def test_shares_of_wanted_values_add_up_and_absent_rows_are_not_zero() -> None:
    column = shares([{"a": 0.2, "b": 0.3, "c": 0.1}, None, {}, {"d": 1.0}])
    np.testing.assert_allclose(column.sum_of({"a", "c"}), [0.3, np.nan, 0.0, 0.0])
    np.testing.assert_allclose(column.totals(), [0.6, np.nan, 0.0, 1.0])


def test_rows_may_be_empty_anywhere() -> None:
    assert row_sums(np.array([1.0, 2.0, 4.0]), np.array([0, 0, 2, 2, 3, 3])).tolist() == [0, 3, 0, 4, 0]
    assert row_sums(np.empty(0), np.array([0, 0])).tolist() == [0]


@given(st.lists(VALUES, max_size=12), st.sets(st.sampled_from("abcde")))
def test_sums_equal_those_of_each_row_in_blocks_too(rows: list[dict[str, float] | None], wanted: set[str]) -> None:
    expected = [np.nan if row is None else sum(row[name] for name in row if name in wanted) for row in rows]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("optimizer.columns.ROWS_PER_BLOCK", 5)
        np.testing.assert_allclose(shares(rows).sum_of(wanted), expected, rtol=1e-12)

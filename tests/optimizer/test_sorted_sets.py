"""Sets as sorted arrays: what Python's own sets say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer import sorted_sets
from optimizer.sorted_sets import among, difference, union

NUMBERS = st.lists(st.integers(-5, 60), max_size=40)


def array(numbers: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(numbers, np.int64)


@given(st.lists(NUMBERS, min_size=1, max_size=4))
def test_a_union_is_sorted_and_has_everything_once(sets: list[list[int]]) -> None:
    assert union(*map(array, sets)).tolist() == sorted(set().union(*sets))


@pytest.mark.parametrize("few", [0, 1 << 12])
@given(values=NUMBERS, some=NUMBERS)
def test_membership_in_a_sorted_set(few: int, values: list[int], some: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sorted_sets, "_FEW", few)  # 0: by a table of all
        found = among(array(values), array(sorted(some)))
        left = difference(array(values), array(sorted(some)))
    assert found.tolist() == [value in some for value in values]
    assert left.tolist() == [value for value in values if value not in some]


def test_numbers_are_joined_as_positions_are() -> None:
    assert union(np.array([0.5, 2.0]), np.array([0.1, 0.5])).tolist() == [0.1, 0.5, 2.0]
    assert union(np.zeros(0)).tolist() == []

"""Shares of a time limit, by a clock that the test turns."""

import pytest

from app.services.questions.shared_time import SharedTime
from optimizer.solution import Limits


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def share_s(shared: SharedTime) -> float | None:
    limits = shared.next()
    return None if limits is None else limits.time_limit_s


def test_what_one_leaves_is_there_for_the_others() -> None:
    clock = Clock()
    shared = SharedTime(Limits(12.0), 4, clock)
    assert share_s(shared) == pytest.approx(3.0)
    clock.now_s += 0.0
    assert share_s(shared) == pytest.approx(4.0)
    clock.now_s += 10.0
    assert share_s(shared) == pytest.approx(1.0)
    clock.now_s += 1.0
    assert share_s(shared) == pytest.approx(1.0)


def test_all_together_never_have_more_than_the_limit() -> None:
    clock = Clock()
    shared = SharedTime(Limits(5.0), 50, clock)
    for _ in range(50):
        clock.now_s += share_s(shared) or 0.0
    assert clock.now_s <= 105.0 + 1e-6


def test_when_it_is_over_there_is_none() -> None:
    clock = Clock()
    shared = SharedTime(Limits(5.0), 3, clock)
    clock.now_s += 5.0
    assert shared.next() is None


def test_the_gap_and_the_seed_are_those_asked_for() -> None:
    limits = SharedTime(Limits(5.0, 1e-4, 7), 1, Clock()).next()
    assert limits is not None
    assert (limits.relative_gap, limits.seed) == (1e-4, 7)

"""Time and the stop flag, and who hears of them."""

import threading
import time
from collections.abc import Callable

import pytest

from optimizer.clock import Clock


def wait_for(happened: Callable[[], bool]) -> bool:
    """Whether it happens within five seconds."""
    deadline = time.perf_counter() + 5.0
    while time.perf_counter() < deadline:
        if happened():
            return True
        time.sleep(0.01)
    return False


def test_time_runs_out_and_does_not_go_below_nothing() -> None:
    clock = Clock(0.05)
    assert 0.0 < clock.left_s() <= 0.05
    assert not clock.over()
    assert wait_for(clock.over)
    assert clock.left_s() == 0.0
    assert clock.elapsed_s() >= 0.05
    assert not clock.stopped


def test_a_stop_is_over_at_once_and_stays_so() -> None:
    answers = iter([False, True])
    clock = Clock(60.0, lambda: next(answers))
    assert not clock.over()
    assert clock.over()
    assert clock.over()
    assert clock.stopped


def test_what_runs_is_stopped_from_a_thread_when_somebody_asks() -> None:
    asked, heard = threading.Event(), threading.Event()
    with Clock(60.0, asked.is_set) as clock, clock.stopping(heard.set):
        assert not heard.wait(0.2)
        asked.set()
        assert heard.wait(5.0)


def test_what_starts_after_the_stop_is_stopped_too() -> None:
    heard = threading.Event()
    with Clock(60.0, lambda: True) as clock:
        assert wait_for(lambda: clock.stopped)
        with clock.stopping(heard.set):
            assert heard.wait(5.0)


def test_what_has_ended_is_left_alone() -> None:
    asked, heard = threading.Event(), threading.Event()
    with Clock(60.0, asked.is_set) as clock:
        with clock.stopping(heard.set):
            pass
        asked.set()
        assert not heard.wait(0.3)


@pytest.mark.parametrize("should_stop", [None, lambda: False])
def test_no_thread_outlives_the_clock(should_stop: Callable[[], bool] | None) -> None:
    before = threading.active_count()
    with Clock(60.0, should_stop):
        assert threading.active_count() == before + (should_stop is not None)
    assert threading.active_count() == before

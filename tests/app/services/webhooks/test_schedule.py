"""When to try again."""

from datetime import UTC, datetime

import pytest

from app.services.webhooks.schedule import LONGEST_WAIT_S, next_attempt_at
from app.settings import WEBHOOK_RETRY_SECONDS

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def wait_s(attempts: int, asked_s: float | None, chance: float) -> float | None:
    at = next_attempt_at(NOW, attempts, WEBHOOK_RETRY_SECONDS, asked_s, chance)
    return None if at is None else (at - NOW).total_seconds()


def test_attempts_are_spread_over_a_day() -> None:
    most = [wait_s(attempts, None, 1.0) for attempts in range(1, len(WEBHOOK_RETRY_SECONDS) + 1)]
    assert 20 * 3600 < sum(WEBHOOK_RETRY_SECONDS) < 24 * 3600
    assert most == pytest.approx([1.2 * delay for delay in WEBHOOK_RETRY_SECONDS])
    assert wait_s(len(WEBHOOK_RETRY_SECONDS) + 1, None, 0.5) is None


def test_delays_are_varied_by_a_fifth_and_no_more() -> None:
    for chance in (0.0, 0.25, 0.5, 0.75, 1.0):
        varied = wait_s(3, None, chance)
        assert varied is not None
        assert 0.8 * 300 <= varied <= 1.2 * 300
    assert wait_s(3, None, 0.0) != wait_s(3, None, 1.0)


def test_a_receiver_that_asks_for_more_time_gets_it_within_a_day() -> None:
    assert wait_s(1, 600, 0.5) == 600
    assert wait_s(3, 10, 0.5) == 300
    assert wait_s(1, 1e12, 0.5) == LONGEST_WAIT_S
    assert wait_s(len(WEBHOOK_RETRY_SECONDS) + 1, 600, 0.5) is None

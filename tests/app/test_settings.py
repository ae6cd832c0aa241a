"""Settings come from the environment, and a bad one says what is wrong with which variable."""

from datetime import timedelta
from pathlib import Path

import pytest

from app.settings import BadSettingError, Settings, load_settings, unknown_variables, usable_cpus


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CREATORMIX_{name.upper()}", raising=False)


def test_every_setting_has_a_default() -> None:
    settings = load_settings()
    assert settings.database_url == "sqlite:///creatormix.db"
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.max_body_bytes == 64 * 1024 * 1024
    assert settings.max_candidates == 100_000
    assert settings.concurrent_solves == usable_cpus() >= 1


def test_the_environment_sets_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    benchmarks = tmp_path / "own.toml"
    benchmarks.touch()
    monkeypatch.setenv("CREATORMIX_PORT", "9001")
    monkeypatch.setenv("CREATORMIX_MAX_TIME_LIMIT", "PT2M")
    monkeypatch.setenv("CREATORMIX_MIGRATE", "false")
    monkeypatch.setenv("CREATORMIX_BENCHMARKS_PATH", str(benchmarks))
    settings = load_settings()
    assert settings.port == 9001
    assert settings.max_time_limit == timedelta(minutes=2)
    assert settings.migrate is False
    assert settings.benchmarks_path == benchmarks


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u:p@h/db", "postgresql+psycopg://u:p@h/db"),
        ("postgres://u:p@h/db", "postgresql+psycopg://u:p@h/db"),
        ("sqlite:////var/lib/mix.db", "sqlite:////var/lib/mix.db"),
    ],
)
def test_database_urls_get_the_driver_that_is_shipped(given: str, used: str) -> None:
    assert load_settings(database_url=given).database_url == used


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CREATORMIX_PORT", "http", "CREATORMIX_PORT: Input should be a valid integer"),
        ("CREATORMIX_PORT", "70000", "CREATORMIX_PORT: Input should be less than or equal to 65535"),
        ("CREATORMIX_DATABASE_URL", "mysql://u@h/db", "CREATORMIX_DATABASE_URL: must begin with sqlite:/// or"),
        ("CREATORMIX_DATABASE_URL", "sqlite://", "CREATORMIX_DATABASE_URL: SQLite needs a file"),
        ("CREATORMIX_DATABASE_URL", "sqlite:///:memory:", "CREATORMIX_DATABASE_URL: SQLite needs a file"),
        ("CREATORMIX_BENCHMARKS_PATH", "missing.toml", "CREATORMIX_BENCHMARKS_PATH: there is no such file"),
        ("CREATORMIX_RATE_LIMIT", "many", "CREATORMIX_RATE_LIMIT: must be a number of calls per second, minute"),
        ("CREATORMIX_RATE_LIMIT", "0/minute", "CREATORMIX_RATE_LIMIT: must be a number of calls per second, minute"),
        ("CREATORMIX_RATE_LIMIT_STORAGE", "memcached://h", "CREATORMIX_RATE_LIMIT_STORAGE: must be memory:// or"),
        ("CREATORMIX_DAILY_OPTIMIZATIONS", "0", "CREATORMIX_DAILY_OPTIMIZATIONS: Input should be greater than"),
        ("CREATORMIX_CONCURRENT_SOLVES", "0", "CREATORMIX_CONCURRENT_SOLVES: Input should be greater than"),
        ("CREATORMIX_MAX_WAIT", "5", "CREATORMIX_MAX_WAIT: must be a duration as in PT30S"),
        ("CREATORMIX_WEBHOOK_ALLOWED_HOSTS", "[a", "CREATORMIX_WEBHOOK_ALLOWED_HOSTS: must be a,b or a JSON list"),
    ],
)
def test_a_bad_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettingError) as error:
        load_settings()
    assert str(error.value).startswith(said)
    assert len(str(error.value).splitlines()) == 1


def test_a_typing_error_in_a_name_is_told() -> None:
    told = unknown_variables(
        {"CREATORMIX_RETENTON_DAYS": "30", "CREATORMIX_X": "1", "CREATORMIX_PORT": "1", "PORT": "1"}
    )
    assert told == [
        "CREATORMIX_RETENTON_DAYS is no setting and has no effect; is CREATORMIX_RETENTION_DAYS meant?",
        "CREATORMIX_X is no setting and has no effect",
    ]


def test_a_rate_limit_can_be_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().rate_limit == "6000/minute"
    monkeypatch.setenv("CREATORMIX_RATE_LIMIT", "")
    assert load_settings().rate_limit is None


def test_a_password_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREATORMIX_DATABASE_URL", "mysql://me:secret@host/db")
    with pytest.raises(BadSettingError) as error:
        load_settings()
    assert "secret" not in str(error.value)
    both = {"database_url": "postgresql://me:secret@host/db", "rate_limit_storage": "redis://:secret@host/0"}
    assert "secret" not in repr(load_settings(**both))

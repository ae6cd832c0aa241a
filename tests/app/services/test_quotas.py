"""Quotas hold for many calls at once, and one tenant's work is not counted for another."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.errors import QuotaReached
from app.services import audit, keys, quotas
from app.services.caller import WRITE, Caller
from app.settings import Settings, load_settings
from app.storage import migrate, optimizations
from app.storage.database import Database
from app.storage.ids import new_id
from app.storage.tables import OptimizationRow

NOW = datetime.now(UTC)


@pytest.fixture
def database(empty_database_url: str) -> Iterator[Database]:
    migrate.upgrade(empty_database_url)
    database = Database(empty_database_url)
    with database.writing() as session:
        for tenant in ("acme", "other"):
            keys.make(session, tenant_id=tenant, scopes=[WRITE], now=NOW)
    yield database
    database.close()


def hand_in(database: Database, settings: Settings, tenant: str, status: str = "queued") -> bool:
    """Hand in an optimization as a request does; whether there was room."""
    caller = Caller(tenant, "key")
    try:
        with database.writing() as session:
            quotas.require_room(session, caller, settings, NOW)
            row = OptimizationRow(
                id=new_id("opt", NOW), tenant_id=tenant, status=status, created_at=NOW, warnings_json="[]"
            )
            optimizations.add(session, row, b"{}")
            audit.record(session, caller, "optimization.created", row.id)
    except QuotaReached:
        return False
    return True


def test_so_many_of_a_tenant_may_wait(database: Database) -> None:
    settings = load_settings(max_queued=2)
    assert [hand_in(database, settings, "acme", "running") for _ in range(3)] == [True] * 3
    assert [hand_in(database, settings, "acme") for _ in range(3)] == [True, True, False]
    assert hand_in(database, settings, "other")


@pytest.mark.parametrize("quota", ["daily_optimizations", "max_queued"])
def test_calls_at_once_do_not_share_the_last_place(database: Database, quota: str) -> None:
    settings = load_settings(**{quota: 5})
    taken: list[bool] = []

    def call() -> None:
        taken.extend([hand_in(database, settings, "acme") for _ in range(3)])

    callers = [threading.Thread(target=call) for _ in range(6)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(60)
    assert sorted(taken) == [False] * 13 + [True] * 5
    assert hand_in(database, settings, "other")


def test_a_day_ends_at_midnight_utc(database: Database) -> None:
    settings = load_settings(daily_optimizations=1)
    assert hand_in(database, settings, "acme")
    late = NOW.replace(hour=23, minute=59, second=50, microsecond=0)
    with pytest.raises(QuotaReached) as refused, database.reading() as session:
        quotas.require_room(session, Caller("acme", "key"), settings, late)
    assert refused.value.retry_after_s == 10
    with database.reading() as session:
        quotas.require_room(session, Caller("acme", "key"), settings, late + timedelta(seconds=10))

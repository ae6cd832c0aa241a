"""What is old enough is erased with all that belongs to it, once, and what is not stays."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.errors import KeyReused, NotFound
from app.services import audit, idempotency, optimizations, retention
from app.services.caller import Caller
from app.services.idempotency import Asked, Begun, InFlight
from app.settings import Settings, load_settings
from app.storage import audit as stored_audit
from app.storage import creator_chunks, migrate
from app.storage import optimizations as stored
from app.storage.database import Database
from app.storage.ids import new_id
from app.storage.tables import Base, IdempotencyKeyRow, OptimizationRow

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture
def settings(empty_database_url: str) -> Settings:
    migrate.upgrade(empty_database_url)
    return load_settings(database_url=empty_database_url, retention_days=30, audit_days=90)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database_url)
    yield database
    database.close()


def add(database: Database, ended_ago: timedelta | None, *, tenant: str = "acme", status: str = "succeeded") -> str:
    made = NOW - timedelta(days=400)
    row = OptimizationRow(
        id=new_id("opt", made),
        tenant_id=tenant,
        status=status,
        created_at=made,
        completed_at=None if ended_ago is None else NOW - ended_ago,
        warnings_json=json.dumps([]),
    )
    with database.writing() as session:
        stored.add(session, row, b"{}")
        creator_chunks.add(session, row.id, creator_chunks.packed("chosen", [b"[1]"]))
    return row.id


def number_of(database: Database, table: str) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Base.metadata.tables[table])) or 0


def test_only_what_ended_long_ago_is_erased_with_all_that_is_its_own(database: Database, settings: Settings) -> None:
    old = [add(database, 30 * DAY + timedelta(minutes=1), tenant=tenant) for tenant in ("acme", "other")]
    old += [add(database, 31 * DAY, status=status) for status in ("failed", "cancelled")]
    kept = [add(database, 29 * DAY), add(database, None, status="queued"), add(database, None, status="running")]
    assert retention.erase_ended(database, settings, NOW) == 4
    assert number_of(database, "optimizations") == len(kept)
    assert number_of(database, "briefs") == number_of(database, "creator_chunks") == len(kept)
    with database.writing() as session:
        for optimization_id, tenant in zip(old, ("acme", "other", "acme", "acme"), strict=True):
            optimizations.erase(session, Caller(tenant, "key"), optimization_id)  # one's own, erased before
        with pytest.raises(NotFound):
            optimizations.erase(session, Caller("other", "key"), old[0])
    with database.reading() as session:
        entries = stored_audit.newest(session, None, 100)
    assert {(entry.action, entry.actor, entry.key_id) for entry in entries} == {
        ("optimization.erased", "service", None)
    }
    assert sorted((entry.subject_id, entry.tenant_id) for entry in entries) == sorted(
        zip(old, ("acme", "other", "acme", "acme"), strict=True)
    )


def test_nothing_is_erased_unless_it_is_asked_for(database: Database, settings: Settings) -> None:
    add(database, 4000 * DAY)
    forever = settings.model_copy(update={"retention_days": None, "audit_days": None})
    assert retention.erase_ended(database, forever, NOW) == 0
    assert retention.erase_audit_entries(database, forever, NOW) == 0
    assert number_of(database, "optimizations") == 1


def test_a_machine_whose_clock_is_ahead_erases_nothing_early(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ahead:
        @staticmethod
        def now(_zone: object) -> datetime:
            return NOW + 365 * DAY

    young, old = add(database, DAY), add(database, 31 * DAY)
    monkeypatch.setattr(retention, "datetime", Ahead)
    assert retention.erase_ended(database, settings) == 1
    with database.reading() as session:
        assert stored.find(session, "acme", young) is not None
        assert stored.find(session, "acme", old) is None


def test_many_processes_erase_each_once(database: Database, settings: Settings) -> None:
    for _ in range(60):
        add(database, 40 * DAY)
    erased: list[int] = []
    failures: list[Exception] = []

    def tidy() -> None:
        try:
            while number_of(database, "optimizations"):
                erased.append(retention.erase_ended(database, settings, NOW))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=tidy) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    assert sum(erased) == number_of(database, "audit_log") == number_of(database, "erased_optimizations") == 60


def test_old_keys_go_and_young_ones_stay(database: Database, settings: Settings) -> None:
    me = InFlight("me")
    with database.writing() as session:
        session.add_all(
            IdempotencyKeyRow(
                tenant_id="acme",
                key=f"key-{number}",
                fingerprint=b"f",
                created_at=NOW - timedelta(hours=25 if number else 23),
                token="of a dead one",
                made=False,
            )
            for number in range(1200)
        )
    while retention.expire_keys(database, settings, NOW):
        pass
    assert number_of(database, "idempotency_keys") == 1
    with pytest.raises(KeyReused, match="key-0"):
        idempotency.begin(database, me, Asked("acme", "key-0", b"g", None, NOW), DAY)
    assert isinstance(idempotency.begin(database, me, Asked("acme", "key-1", b"g", None, NOW), DAY), Begun)


def test_old_entries_of_the_log_go_and_young_ones_stay(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Then:
        @staticmethod
        def now(_zone: object) -> datetime:
            return moment

    monkeypatch.setattr(audit, "datetime", Then)
    ages = [timedelta(days=days) for days in (400, 91, 89, 0)]
    for age in ages:
        moment = NOW - age
        with database.writing() as session:
            audit.record(session, Caller("acme", "key"), "optimization.created", f"age {age.days}")
    assert retention.erase_audit_entries(database, settings, NOW) == 2
    with database.reading() as session:
        left = [entry.subject_id for entry in stored_audit.newest(session, "acme", 10)]
    assert left == ["age 0", "age 89"]

"""What is added is found, listed in a stable order, ended and erased, on both databases."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select

from app.storage import creator_chunks, migrate, optimizations, proofs, report_parts
from app.storage.database import Database
from app.storage.ids import new_id
from app.storage.optimizations import Listing
from app.storage.tables import DEFAULT_TENANT, Base, OptimizationRow

START = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def database(empty_database_url: str) -> Iterator[Database]:
    migrate.upgrade(empty_database_url)
    database = Database(empty_database_url)
    yield database
    database.close()


def add(database: Database, *, minutes: int = 0, status: str = "running", label: str | None = None) -> str:
    created_at = START + timedelta(minutes=minutes)
    row = OptimizationRow(
        id=new_id("opt", created_at),
        status=status,
        label=label,
        created_at=created_at,
        started_at=created_at,
        warnings_json="[]",
    )
    with database.writing() as session:
        optimizations.add(session, row, b"\xef\xbb\xbf{ }\n")
    return row.id


def ids(database: Database, listing: Listing, before_id: str | None = None, limit: int = 10) -> list[str]:
    with database.reading() as session:
        return [
            row.id for row in optimizations.page(session, DEFAULT_TENANT, listing, before_id=before_id, limit=limit)
        ]


def rows_left(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def test_moments_come_back_in_utc_to_the_microsecond(database: Database) -> None:
    optimization_id = add(database)
    ended_at = datetime(2026, 3, 1, 14, 0, 0, 5, tzinfo=timezone(timedelta(hours=2)))
    with database.writing() as session:
        assert optimizations.end(session, optimization_id, 0, status="succeeded", completed_at=ended_at)
    with database.reading() as session:
        row = optimizations.find(session, DEFAULT_TENANT, optimization_id)
        assert row is not None
        assert (row.created_at, row.completed_at) == (START, ended_at)
        assert row.created_at.tzinfo == UTC


def test_the_brief_comes_back_byte_for_byte(database: Database) -> None:
    optimization_id = add(database)
    with database.reading() as session:
        assert optimizations.brief_of(session, DEFAULT_TENANT, optimization_id) == b"\xef\xbb\xbf{ }\n"


def test_the_list_is_newest_first_and_a_page_does_not_move_when_rows_are_added(database: Database) -> None:
    made = [add(database, minutes=minute) for minute in range(5)]
    first = ids(database, Listing(), limit=2)
    assert first == [made[4], made[3]]
    newest = add(database, minutes=9)
    assert ids(database, Listing(), before_id=first[-1], limit=2) == [made[2], made[1]]
    assert ids(database, Listing(), limit=1) == [newest]


def test_filters_are_and_ed(database: Database) -> None:
    early = add(database, minutes=0, status="failed", label="spring")
    late = add(database, minutes=5, status="failed", label="spring")
    other = add(database, minutes=6, status="succeeded", label="Spring")
    assert ids(database, Listing(label="spring")) == [late, early]
    assert ids(database, Listing(status="succeeded")) == [other]
    assert ids(database, Listing(status="failed", created_after=START)) == [late]
    assert ids(database, Listing(created_after=START + timedelta(minutes=6))) == []


def test_erasing_takes_all_that_belongs_to_it_and_remembers_only_the_id(database: Database) -> None:
    optimization_id = add(database)
    other = add(database, minutes=1)
    with database.writing() as session:
        creator_chunks.add(session, optimization_id, creator_chunks.packed("chosen", [b"[1]", b"[2]"]))
        proofs.add(session, optimization_id, b"{}")
        report_parts.add(session, optimization_id, {"tiers": b"{}"})
    with database.writing() as session:
        assert optimizations.erase(session, DEFAULT_TENANT, optimization_id, START) == "now"
    assert rows_left(database) == {
        "optimizations": 1,
        "briefs": 1,
        "creator_chunks": 0,
        "proofs": 0,
        "report_parts": 0,
        "erased_optimizations": 1,
        "tenants": 1,
        "api_keys": 0,
        "audit_log": 0,
        "executors": 0,
        "webhook_endpoints": 0,
        "webhook_deliveries": 0,
        "idempotency_keys": 0,
    }
    with database.writing() as session:
        assert optimizations.erase(session, DEFAULT_TENANT, optimization_id, START) == "before"
        assert optimizations.erase(session, "other", optimization_id, START) == "unknown"
        assert optimizations.erase(session, DEFAULT_TENANT, new_id("opt", START), START) == "unknown"
        assert not optimizations.end(session, optimization_id, 0, status="succeeded", completed_at=START)
    assert ids(database, Listing()) == [other]


def test_what_two_readers_make_at_once_is_kept_once(database: Database) -> None:
    optimization_id = add(database)
    failures: list[Exception] = []

    def keep() -> None:
        try:
            with database.writing() as session:
                report_parts.add(session, optimization_id, {"tiers": b"{2}"})
        except Exception as error:
            failures.append(error)

    second = threading.Thread(target=keep)
    with database.writing() as session:
        report_parts.add(session, optimization_id, {"tiers": b"{1}"})
        session.flush()
        second.start()
        second.join(0.3)
    second.join(60)
    assert failures == []
    with database.reading() as session:
        assert report_parts.read(session, optimization_id) == {"tiers": b"{2}"}


def test_what_is_made_while_its_optimization_is_erased_is_dropped(database: Database) -> None:
    optimization_id = add(database)
    failures: list[Exception] = []

    def keep() -> None:
        try:
            with database.writing() as session:
                report_parts.add(session, optimization_id, {"tiers": b"{}"})
        except Exception as error:
            failures.append(error)

    second = threading.Thread(target=keep)
    with database.writing() as session:
        assert optimizations.erase(session, DEFAULT_TENANT, optimization_id, START) == "now"
        session.flush()
        second.start()
        second.join(0.3)
    second.join(60)
    assert failures == []
    assert rows_left(database)["report_parts"] == 0


def test_another_tenant_finds_and_erases_nothing(database: Database) -> None:
    optimization_id = add(database)
    with database.writing() as session:
        assert optimizations.find(session, "other", optimization_id) is None
        assert optimizations.brief_of(session, "other", optimization_id) is None
        assert not optimizations.exists(session, "other", optimization_id)
        assert optimizations.page(session, "other", Listing(), before_id=None, limit=9) == []
        assert optimizations.erase(session, "other", optimization_id, START) == "unknown"
    assert ids(database, Listing()) == [optimization_id]


def test_chunks_are_read_in_order_from_any_place(database: Database) -> None:
    optimization_id = add(database)
    with database.writing() as session:
        creator_chunks.add(session, optimization_id, creator_chunks.packed("rejected", [b"[3]", b"[4]"]))
        creator_chunks.add(session, optimization_id, creator_chunks.packed("chosen", [b"[1]", b"[2]"]))
        proofs.add(session, optimization_id, b"{}")
    with database.reading() as session:

        def documents(decision: str | None, after: tuple[str, int] | None, limit: int = 9) -> list[bytes]:
            found = creator_chunks.read(session, optimization_id, decision, after=after, limit=limit)
            return [document for _, _, document in found]

        assert documents(None, None) == [b"[1]", b"[2]", b"[3]", b"[4]"]
        assert documents(None, ("chosen", 1), 2) == [b"[2]", b"[3]"]
        assert documents("rejected", None) == [b"[3]", b"[4]"]
        assert documents("rejected", ("rejected", 1)) == [b"[4]"]

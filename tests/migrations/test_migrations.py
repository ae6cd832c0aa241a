"""Migrations make the schema that the code expects, on both databases, and take it back."""

import threading

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from app.storage import migrate
from app.storage.database import Database, build_engine


def tables(url: str) -> set[str]:
    return set(inspect(build_engine(url, pooled=False)).get_table_names()) - {"alembic_version"}


def revision(url: str) -> str | None:
    with Session(build_engine(url, pooled=False)) as session:
        return migrate.current(session)


def test_up_gives_the_tables_of_the_code_and_down_leaves_nothing(empty_database_url: str) -> None:
    assert migrate.differences(empty_database_url) != []
    migrate.upgrade(empty_database_url)
    assert migrate.differences(empty_database_url) == []
    assert revision(empty_database_url) == migrate.head()
    migrate.downgrade(empty_database_url, "base")
    assert tables(empty_database_url) == set()
    assert revision(empty_database_url) is None
    migrate.upgrade(empty_database_url)
    assert migrate.differences(empty_database_url) == []


def test_up_again_changes_nothing(empty_database_url: str) -> None:
    migrate.upgrade(empty_database_url)
    migrate.upgrade(empty_database_url)
    assert migrate.differences(empty_database_url) == []


def test_asking_for_the_revision_logs_nothing(empty_database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """Health calls ask every few seconds."""
    with caplog.at_level("INFO"):
        assert revision(empty_database_url) is None
        assert caplog.records == []
        migrate.upgrade(empty_database_url)
        caplog.clear()
        assert revision(empty_database_url) == migrate.head()
        assert caplog.records == []


def test_processes_that_start_together_migrate_once(empty_database_url: str) -> None:
    failures: list[Exception] = []

    def start() -> None:
        try:
            migrate.upgrade(empty_database_url)
        except Exception as error:
            failures.append(error)

    starting = [threading.Thread(target=start) for _ in range(4)]
    for thread in starting:
        thread.start()
    for thread in starting:
        thread.join(60)
    assert failures == []
    assert migrate.differences(empty_database_url) == []


def test_a_migration_that_fails_changes_nothing(empty_database_url: str) -> None:
    with pytest.raises(Exception, match="no_such_revision"):
        migrate.upgrade(empty_database_url, "no_such_revision")
    assert tables(empty_database_url) == set()


def test_a_version_works_on_a_schema_that_is_newer_than_it_knows(empty_database_url: str) -> None:
    migrate.upgrade(empty_database_url)
    database = Database(empty_database_url)
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        assert migrate.serves(migrate.current(session))
    database.close()
    migrate.upgrade(empty_database_url)
    assert revision(empty_database_url) == "9999"
    assert not migrate.serves(None)
    assert not migrate.serves("0001")

"""Migrations make the schema that the code expects, on both databases, and take it back."""

import threading

import pytest
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from app.storage import migrate
from app.storage.database import build_engine


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

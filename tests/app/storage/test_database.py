"""A transaction is whole, nobody is refused for being second, and a lost database is told as such."""

import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from app.errors import Unavailable
from app.settings import BadSettingError
from app.storage import database as database_module
from app.storage import migrate, only_one
from app.storage.database import Database
from app.storage.ids import new_id
from app.storage.tables import ErasedOptimizationRow
from tests.postgres import Postgres

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def database(empty_database_url: str) -> Iterator[Database]:
    migrate.upgrade(empty_database_url)
    database = Database(empty_database_url)
    yield database
    database.close()


def erased(database: Database) -> int:
    with database.reading() as session:
        return session.query(ErasedOptimizationRow).count()


def test_an_exception_rolls_back(database: Database) -> None:
    def fail_halfway() -> None:
        with database.writing() as session:
            session.add(ErasedOptimizationRow(id="opt_1", erased_at=NOW))
            session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        fail_halfway()
    assert erased(database) == 0


def test_writers_wait_for_each_other(database: Database) -> None:
    failures: list[Exception] = []

    def read_then_write(worker: int) -> None:
        try:
            for number in range(10):
                with database.writing() as session:
                    session.query(ErasedOptimizationRow).count()
                    session.add(ErasedOptimizationRow(id=f"opt_{worker}_{number}", erased_at=NOW))
        except Exception as error:
            failures.append(error)

    workers = [threading.Thread(target=read_then_write, args=[worker]) for worker in range(8)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join(60)
    assert failures == []
    assert erased(database) == 80


def test_sqlite_runs_with_wal_foreign_keys_and_patience(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'mix.db'}")
    with database.reading() as session:
        asked = {name: session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "foreign_keys")}
        patience_ms = session.scalar(text("PRAGMA busy_timeout"))
    database.close()
    assert asked == {"journal_mode": "wal", "foreign_keys": 1}
    assert patience_ms >= 5_000


def test_a_database_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    nowhere = Database(f"sqlite:///{tmp_path / 'missing' / 'mix.db'}")
    with pytest.raises(Unavailable), nowhere.reading() as session:
        session.execute(text("SELECT 1"))


def test_a_reader_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'mix.db'}"
    migrate.upgrade(url)
    database = Database(url)
    with database.writing() as session:
        session.add(ErasedOptimizationRow(id="opt_1", erased_at=NOW))
        session.flush()
        assert erased(database) == 0
    assert erased(database) == 1
    database.close()


def test_the_file_is_left_in_order_for_other_tools(tmp_path: Path) -> None:
    migrate.upgrade(f"sqlite:///{tmp_path / 'mix.db'}")
    connection = sqlite3.connect(tmp_path / "mix.db")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_server_that_takes_the_connection_and_says_nothing_is_away() -> None:
    told: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        database = Database(f"postgresql+psycopg://me@127.0.0.1:{silent.getsockname()[1]}/name")

        def ask() -> None:
            try:
                with database.reading() as session:
                    session.execute(text("SELECT 1"))
            except Unavailable as error:
                told.append(error.detail)

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(60)
        assert not asking.is_alive(), "it would wait for ever"
    assert len(told) == 1
    assert "does not answer" in told[0]


def test_the_url_may_say_how_long_to_wait(postgres: Postgres) -> None:
    url = postgres.new_database().replace("postgresql:", "postgresql+psycopg:")
    for given, wait_s in ((url, "5"), (f"{url}&connect_timeout=9", "9")):
        with closing(Database(given)) as database, database.reading() as session:
            parameters = session.connection().connection.dbapi_connection.info.get_parameters()  # type: ignore[union-attr]
            assert (parameters["connect_timeout"], parameters["keepalives_idle"]) == (wait_s, "10")


def test_what_a_sleeping_process_has_locked_is_free_again(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is stopped, or whose machine is gone, in the middle of a transaction."""
    monkeypatch.setattr(database_module, "LONGEST_IDLE_MS", 500)
    url = postgres.new_database().replace("postgresql:", "postgresql+psycopg:")
    claim = text("SELECT pg_advisory_xact_lock(7)")
    with closing(Database(url)) as sleeper, closing(Database(url)) as other:

        def sleep_through() -> None:
            with sleeper.writing() as session:
                session.execute(claim)
                with other.writing() as later:
                    later.execute(text("SET LOCAL lock_timeout = '60s'"))
                    later.execute(claim)
                session.execute(claim)

        with pytest.raises(Unavailable):
            sleep_through()
        with sleeper.writing() as session:
            session.execute(claim)


def test_ids_sort_as_their_moments_do() -> None:
    moments = [NOW + timedelta(microseconds=step) for step in (0, 1, 31, 32, 1_000_000, 86_400_000_000)]
    made = [new_id("opt", moment) for moment in moments]
    assert sorted(made) == made
    assert {len(one) for one in made} == {30}
    assert len({new_id("opt", NOW) for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    "address",
    ["me:secret@host:port/name", "me:secret@[::1/n", "me:the@secret@host/name", "me:the@secret/one@host/name"],
)
def test_a_url_that_cannot_be_read_is_told_without_its_password(address: str) -> None:
    with pytest.raises(BadSettingError, match=r"CREATORMIX_DATABASE_URL: .*port a number") as told:
        Database(f"postgresql+psycopg://{address}")
    assert "secret" not in str(told.value)


def test_what_is_no_database_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Sir or Madam, " * 20)
    with pytest.raises(Unavailable, match=r"file is not a database.*letter\.txt"):
        migrate.upgrade(f"sqlite:///{file}")
    with pytest.raises(Unavailable, match=r"cannot be opened.*nowhere"):
        migrate.upgrade(f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    with pytest.raises(Unavailable, match="invalid connection option"):
        migrate.upgrade("postgresql+psycopg://me:secret@127.0.0.1:1/name?colour=red")


def test_a_database_that_only_reads_is_told_as_unavailable(database: Database) -> None:
    """As a standby is, before it is promoted."""

    def write() -> None:
        with database.writing() as session:
            session.execute(text("PRAGMA query_only = ON" if database.is_sqlite else "SET TRANSACTION READ ONLY"))
            session.add(ErasedOptimizationRow(id="opt_1", erased_at=NOW))

    with pytest.raises(Unavailable):
        write()
    assert erased(database) == 0


def test_one_file_has_one_server_whatever_link_names_it(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "data")
    (tmp_path / "alias.db").symlink_to(tmp_path / "data" / "x.db")
    held = only_one.lock(f"sqlite:///{tmp_path / 'data' / 'x.db'}")
    assert held is not None
    with held:
        for other in (tmp_path / "link" / "x.db", tmp_path / "alias.db"):
            with pytest.raises(Unavailable, match="already"):
                only_one.lock(f"sqlite:///{other}")

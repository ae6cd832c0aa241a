"""The engine and its transactions: one Database per application, built in ``create_app``."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
    TimeoutError,
)
from sqlalchemy.orm import Session as Session
from sqlalchemy.orm import sessionmaker

from app.errors import Unavailable
from app.settings import BadSettingError

BUSY_TIMEOUT_MS = 10_000
"""How long a SQLite transaction waits for another writer."""


_POSTGRESQL = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""Seconds (the last one milliseconds) after which a server that is silent counts as away, unless the URL says more."""

LONGEST_IDLE_MS = 60_000
"""After which PostgreSQL ends a transaction in which nobody asks anything any more: its process sleeps, or its machine
is gone, and others wait for what it has locked."""


def build_engine(url: str, *, pooled: bool = True, foreign_keys: bool = True) -> Engine:
    """An engine for ``url``. On SQLite: WAL, busy timeout, and a transaction begins where we say so.

    Execution option ``writes``: begin with the write lock (SQLite), since a reader that turns
    writer later is refused at once when another one was faster, whatever the timeout.
    Raises BadSettingError for a URL that cannot be read.
    """
    given = read_url(url).query
    pool: dict[str, Any] = {} if pooled else {"poolclass": NullPool}
    if not url.startswith("sqlite"):
        waits = {name: value for name, value in _POSTGRESQL.items() if name not in given}
        server = create_engine(url, connect_args=waits, pool_pre_ping=pooled, hide_parameters=True, **pool)
        event.listen(server, "connect", _bounded)
        return server
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True, **pool)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver shall not begin transactions behind our back
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # what was accepted is still there after a power cut
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _bounded(connection: Any, _record: object) -> None:
    """Said on the connection, not at its start: a pooler in between may refuse options there."""
    connection.execute(f"SET idle_in_transaction_session_timeout = {LONGEST_IDLE_MS}".encode())
    connection.commit()


def read_url(url: str) -> URL:
    """The parts of a database URL. Raises BadSettingError, without the URL, which has a password in it."""
    try:
        read = make_url(url)
    except (ArgumentError, ValueError):
        raise BadSettingError(_NO_URL) from None
    if read.host and "@" in read.host + (read.database or ""):
        raise BadSettingError(_NO_URL)  # the end of a password: a driver would name it as a host it cannot find
    return read


_NO_URL = (
    "CREATORMIX_DATABASE_URL: is not of the form postgresql://user:password@host:port/name, its port a number "
    "and @ : / ? # % of a password percent-encoded"
)


class Database:
    """Where sessions come from. Whoever opens one of these blocks owns its transaction."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = build_engine(url)
        self._reading = sessionmaker(self._engine)
        self._writing = sessionmaker(self._engine.execution_options(writes=True), expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite, where one process serves."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads. Raises Unavailable when the database does not answer."""
        with _told(), self._reading() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits at the end of the block, or rolls back on an exception. Raises Unavailable."""
        with _told(), self._writing.begin() as session:
            yield session

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, TimeoutError) as error:
        raise Unavailable(_NO_ANSWER) from error
    except (ProgrammingError, InternalError) as error:
        if getattr(error.orig, "sqlstate", None) not in (_UNDEFINED_TABLE, _READ_ONLY, _IDLE):
            raise
        raise Unavailable(_NO_ANSWER) from error


_NO_ANSWER = "The database does not answer as it should; try again in a moment. GET /readyz says more."

_UNDEFINED_TABLE = "42P01"
_READ_ONLY = "25006"
_IDLE = "25P03"
"""PostgreSQL's codes for it; SQLite reports operational errors. Read-only is a standby that is not promoted yet; idle
is a transaction that this process slept through."""

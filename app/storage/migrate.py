"""The schema, up and down: Alembic run from the installed ``migrations`` package."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from app.errors import Unavailable
from app.storage.database import Session, build_engine
from app.storage.tables import Base

_LOCK_KEY = 0x637265617463  # any number, the same for every process of the service


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the schema up to ``revision``; one process at a time, the others wait and find it done.

    A schema that is newer than this version knows is left as it is.
    """

    def step(config: Config) -> None:
        found = MigrationContext.configure(config.attributes["connection"]).get_current_revision()
        if found is None or found <= head():
            command.upgrade(config, revision)

    _run(url, step)


def downgrade(url: str, revision: str) -> None:
    """Bring the schema down to ``revision`` (``base``: nothing left)."""
    _run(url, lambda config: command.downgrade(config, revision))


@cache
def head() -> str:
    """The newest revision that this version of the service knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or "base"


def current(session: Session) -> str | None:
    """The revision that the database is at; None when it was never migrated.

    Asked for again and again by health calls, so without Alembic, which logs each time.
    """
    if not inspect(session.connection()).has_table("alembic_version"):
        return None
    revision: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def serves(revision: str | None) -> bool:
    """Whether this version can work on a schema of this revision: its own, or a newer one.

    Migrations only add what the version before can do without (docs/operations.md), so that it goes on while a newer
    one takes over. Revisions are numbers of four digits.
    """
    return revision is not None and revision >= head()


def differences(url: str) -> list[Any]:
    """What the tables of the code have and the database has not, or the other way round; [] when they agree."""
    with _connection(url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, Base.metadata))


def _config(connection: Connection | None = None) -> Config:
    package = find_spec("migrations")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("The package 'migrations' is not installed.")
    config = Config()
    config.set_main_option("script_location", package.submodule_search_locations[0].replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _run(url: str, step: Callable[[Config], None]) -> None:
    with _connection(url) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        step(_config(connection))
        if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise RuntimeError("The migration would leave rows without their owner; nothing was changed.")


@contextmanager
def _connection(url: str) -> Iterator[Connection]:
    """A connection of its own in one write transaction, without foreign keys on SQLite.

    SQLite alters a table by copying it and dropping the old one; with foreign keys on, that drop
    would delete what refers to it. Raises Unavailable when the database cannot be opened.
    """
    engine = build_engine(url, pooled=False, foreign_keys=False).execution_options(writes=True)
    try:
        connection = engine.connect()
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines() or ["no reason given"]
        where = ""
        if engine.url.get_backend_name() == "sqlite":
            where = f" ({engine.url.database}: a file in a directory that is there and may be written to)"
        raise Unavailable(f"The database of CREATORMIX_DATABASE_URL cannot be opened: {reason[0]}{where}") from error
    with connection, connection.begin():
        yield connection

"""What the database itself has seen: a trigger writes down every end of an optimization, and every change after it."""

import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psycopg

ENDED = "('succeeded', 'failed', 'cancelled')"
_DEADLINE_S = 60.0
_Found = TypeVar("_Found")

_TABLES = (
    "CREATE TABLE ends (id TEXT NOT NULL, status TEXT NOT NULL)",
    "CREATE TABLE changes_after_end (id TEXT NOT NULL)",
)
_HAS_ENDED = f"OLD.status NOT IN {ENDED} AND NEW.status IN {ENDED}"
_IS_CHANGED = f"OLD.status IN {ENDED} AND (NEW.status <> OLD.status OR NEW.result_json IS NOT OLD.result_json)"
_SQLITE = (
    f"CREATE TRIGGER note_end AFTER UPDATE ON optimizations WHEN {_HAS_ENDED} "
    "BEGIN INSERT INTO ends VALUES (NEW.id, NEW.status); END",
    f"CREATE TRIGGER note_change AFTER UPDATE ON optimizations WHEN {_IS_CHANGED} "
    "BEGIN INSERT INTO changes_after_end VALUES (NEW.id); END",
)
_POSTGRESQL = (
    f"""CREATE FUNCTION note_end() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF {_HAS_ENDED} THEN INSERT INTO ends VALUES (NEW.id, NEW.status); END IF;
    IF {_IS_CHANGED.replace("IS NOT OLD", "IS DISTINCT FROM OLD")}
    THEN INSERT INTO changes_after_end VALUES (NEW.id); END IF;
    RETURN NULL; END $$""",
    "CREATE TRIGGER note_end AFTER UPDATE ON optimizations FOR EACH ROW EXECUTE FUNCTION note_end()",
)


@dataclass(frozen=True)
class Ledger:
    """Reads and writes the database of a service beside the service. url: as the service takes it."""

    url: str

    def install(self) -> None:
        """Begin to write down; the schema has to be there."""
        for statement in (*_TABLES, *(_SQLITE if self._is_sqlite else _POSTGRESQL)):
            self.run(statement)

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a statement, committed. Tries again while the database is away."""
        return _with_patience(self._run, statement)

    def statuses(self) -> dict[str, list[tuple[str, str]]]:
        """Label to the id and status of every optimization that has it."""
        found: dict[str, list[tuple[str, str]]] = {}
        for label, one, status in self.run("SELECT label, id, status FROM optimizations"):
            found.setdefault(label, []).append((one, status))
        return found

    def ends(self) -> Counter[str]:
        """How often each optimization has ended."""
        return Counter(row[0] for row in self.run("SELECT id FROM ends"))

    def changes_after_end(self) -> int:
        """How often a result or a status was written over."""
        return int(self.run("SELECT count(*) FROM changes_after_end")[0][0])

    def unended(self) -> int:
        """How many optimizations have not ended yet."""
        return int(self.run(f"SELECT count(*) FROM optimizations WHERE status NOT IN {ENDED}")[0][0])

    @property
    def _is_sqlite(self) -> bool:
        return self.url.startswith("sqlite:///")

    def _run(self, statement: str) -> list[tuple[Any, ...]]:
        if self._is_sqlite:
            connection = sqlite3.connect(Path(self.url.removeprefix("sqlite:///")), timeout=30)
            try:
                with connection:
                    return connection.execute(statement).fetchall()
            finally:
                connection.close()
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True, connect_timeout=5) as session:
            cursor = session.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


def _with_patience(do: Callable[[str], _Found], statement: str) -> _Found:
    deadline = time.monotonic() + _DEADLINE_S
    while True:
        try:
            return do(statement)
        except (psycopg.OperationalError, sqlite3.OperationalError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)

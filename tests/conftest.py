"""What tests of the service share: settings on a database of their own, and both kinds of database."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.settings import Settings, load_settings
from tests import postgres as postgres_server

_TESTS = Path(__file__).parent
_WAITING = {_TESTS / room for room in ("faults", "fuzz", "documentation", "browser", "jobs")}
"""Where tests mostly wait for processes and pages."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that mostly wait, so that those that compute fill the time of the processor meanwhile."""
    items.sort(key=lambda item: _WAITING.isdisjoint(item.path.parents))


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_server.Postgres]:
    """A PostgreSQL server for the whole run; skips where none is installed."""
    home = postgres_server.installation()
    if home is None:
        pytest.skip(postgres_server.HOW_TO_INSTALL)
    with postgres_server.running(home) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    server: postgres_server.Postgres = request.getfixturevalue("postgres")
    return load_settings(database_url=server.new_database()).database_url


@pytest.fixture
def new_settings(tmp_path: Path) -> Callable[..., Settings]:
    """Make settings on a SQLite file of this test; the environment has no say."""

    def make(**changed: object) -> Settings:
        return load_settings(**{"database_url": f"sqlite:///{tmp_path / 'test.db'}", **changed})

    return make

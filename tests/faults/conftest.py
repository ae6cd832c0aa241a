"""A PostgreSQL server of these tests' own, since they take it away."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests import postgres
from tests.faults.failover import client_of
from tests.faults.ledger import Ledger
from tests.faults.storm import running
from tests.processes import Api, Command, api, make_key, worker

Settings = dict[str, object]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="package")
def server() -> Iterator[postgres.Postgres]:
    home = postgres.installation()
    if home is None:
        pytest.skip(postgres.HOW_TO_INSTALL)
    with postgres.running(home) as started:
        yield started


@dataclass
class Site:
    """Running processes of one service, a client of the first, and the ledger of its database."""

    settings: Settings
    apis: list[Api]
    workers: list[Command]
    client: httpx.Client
    headers: dict[str, str]
    ledger: Ledger


@contextmanager
def site(
    folder: Path,
    database_url: str,
    *,
    apis: int = 1,
    workers: int = 0,
    variables: Mapping[str, str] | None = None,
) -> Iterator[Site]:
    """Start processes and wait until they are ready; leave none behind."""
    settings: Settings = {
        "database_url": database_url,
        "serve_solves": "true" if workers == 0 else "false",
        "concurrent_solves": 1,
        "rate_limit": "",
        "log_level": "warning",
    }
    made = [api(folder, settings, f"api-{number}") for number in range(apis)]
    solving = [worker(folder, settings, f"worker-{number}") for number in range(workers)]
    for command in (*made, *solving):
        command.variables = variables or {}
    with ExitStack() as stack:
        stack.enter_context(running(*made, *solving))
        for one in made:
            one.wait_until_ready()
        headers = make_key(settings)
        ledger = Ledger(database_url)
        ledger.install()
        client = stack.enter_context(client_of(made[0], headers))
        yield Site(settings, made, solving, client, headers, ledger)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'service.db'}"

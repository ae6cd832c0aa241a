"""A running service with an HTTP client, and briefs to post."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from app.main import create_app
from app.services import demo_briefs
from app.settings import Settings, load_settings
from tests.in_threads import InThreads
from tests.serving import served

Body = dict[str, Any]
OpenClient = Callable[[Settings], httpx.Client]


def open_client(stack: ExitStack, settings: Settings) -> httpx.Client:
    base_url = stack.enter_context(served(create_app(settings, InThreads)))
    return stack.enter_context(httpx.Client(base_url=base_url, timeout=60, trust_env=False))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a service that the tests of a module share."""
    url = f"sqlite:///{tmp_path_factory.mktemp('service') / 'test.db'}"
    with ExitStack() as stack:
        yield open_client(stack, load_settings(database_url=url, max_body_bytes=200_000, max_candidates=100))


@pytest.fixture
def serve() -> Iterator[OpenClient]:
    """Start a service of a test's own settings; gives its client."""
    with ExitStack() as stack:
        yield lambda settings: open_client(stack, settings)


@pytest.fixture
def brief() -> Body:
    """A small brief that has a plan; a test may change it."""
    body: Body = json.loads(demo_briefs.raw("minimal"))
    return body

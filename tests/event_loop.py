"""Tests of what runs in an event loop."""

from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any

import anyio


def in_an_event_loop(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """The test, run in a loop in a thread of its own: in the main one Playwright keeps a loop for the browser tests."""

    @wraps(test)
    def run() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(anyio.run, test).result()

    return run

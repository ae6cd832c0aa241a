"""Work in the threads that ask for it: quick to start, and what a test changes in this process is changed there."""

from collections.abc import Callable
from typing import Any

from app.services.opened import opened
from app.settings import Settings


class InThreads:
    """In place of a pool of processes, for tests of what is done and not of where."""

    def __init__(self, settings: Settings, size: int, nice: int = 0) -> None:
        self.size = size
        self._settings = settings

    def start(self) -> None:
        """Nothing: there is no process to start."""

    def is_ready(self) -> bool:
        """Always."""
        return True

    def run(self, work: Callable[..., Any], *arguments: object, timeout_s: float | None = None) -> Any:
        """What the work returns."""
        return work(*arguments)

    def close(self) -> None:
        """Close what was opened for these settings."""
        opened(self._settings).database.close()

"""Work that a request waits for, done in processes of its own so that the event loop stays free."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from app.errors import Unavailable, WorkFailed
from app.jobs.pool import ClosedError, Workers
from app.jobs.process import OverrunError, WorkerDiedError

_log = logging.getLogger("creatormix.jobs")


class Desk:
    """A pool as requests meet it: what goes wrong with a process is an error that a caller can be told."""

    def __init__(self, pool: Workers, longest_s: float) -> None:
        self.size = pool.size
        self._pool, self._longest_s = pool, longest_s
        self._was_asked = False

    def prepare(self, work: Callable[..., Any], *arguments: object) -> None:
        """Let one process start and do ``work``, where nothing was asked of this desk yet; nobody waits for it."""
        if not self._was_asked:
            self._was_asked = True
            threading.Thread(target=self._prepare, args=(work, *arguments), name="prepare", daemon=True).start()

    def _prepare(self, work: Callable[..., Any], *arguments: object) -> None:
        try:
            self.run(work, *arguments)
        except (WorkFailed, Unavailable):
            _log.info("a process did not get ready before it was needed")

    def run(self, work: Callable[..., Any], *arguments: object) -> Any:
        """What ``work`` returns in a process of the pool, or its exception. Raises WorkFailed, Unavailable."""
        self._was_asked = True
        try:
            return self._pool.run(work, *arguments, timeout_s=self._longest_s)
        except WorkerDiedError as error:
            _log.error("a question was not answered: %s", error)
            raise WorkFailed(f"The process that worked on this ended before it was done: {error}.") from None
        except OverrunError as error:
            raise WorkFailed(f"This was ended: {error}.") from None
        except ClosedError:
            raise Unavailable("The service is shutting down; ask again in a moment.") from None

    def close(self) -> None:
        """End at once what is worked on; those who wait for it are told."""
        self._pool.close()

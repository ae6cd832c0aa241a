"""The figures of the queue for whoever scrapes metrics: read from the database seldom, and waited for only briefly."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from app.errors import Unavailable
from app.storage import queue_figures
from app.storage.database import Database
from app.telemetry.metrics import QueueFigures

_log = logging.getLogger("creatormix.metrics")
_KEPT_S = 1.0
_PATIENCE_S = 2.0


class QueueWatch:
    """Reads at most one at a time and one per second, however many scrape."""

    def __init__(self, read: Callable[[], QueueFigures], patience_s: float = _PATIENCE_S) -> None:
        self._read = read
        self._patience_s = patience_s
        self._thread = CapacityLimiter(1)
        self._reading: asyncio.Task[QueueFigures | None] | None = None
        self._ended_at = -_KEPT_S

    async def figures(self) -> QueueFigures | None:
        """The queue now; None when the database does not answer, or not in time."""
        reading = self._reading
        if reading is None or (reading.done() and monotonic() - self._ended_at > _KEPT_S):
            reading = self._reading = asyncio.create_task(self._figures())
        done, _ = await asyncio.wait({reading}, timeout=self._patience_s)
        return reading.result() if done else None

    async def _figures(self) -> QueueFigures | None:
        try:
            return await run_sync(self._read, limiter=self._thread, abandon_on_cancel=True)
        except Unavailable:
            return None  # database_up says so
        except Exception:
            _log.exception("the figures of the queue cannot be read")
            return None
        finally:
            self._ended_at = monotonic()


def figures(database: Database) -> QueueFigures:
    """Read the figures. Raises Unavailable."""
    with database.reading() as session:
        counts = queue_figures.read(session)
    oldest_at = counts.oldest_queued_at
    return QueueFigures(
        queued=counts.queued,
        running=counts.running,
        oldest_queued_s=0 if oldest_at is None else max(0.0, (datetime.now(UTC) - oldest_at).total_seconds()),
        executors=counts.executors,
        slots=counts.slots,
    )

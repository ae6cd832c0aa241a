"""The thread of a process that sends what is due, a few at a time."""

import logging
import ssl
from collections import Counter
from datetime import UTC, datetime, timedelta
from threading import Event, Lock, Thread, current_thread
from time import monotonic

from app.errors import Unavailable
from app.services.webhooks import attempts, deliveries
from app.services.webhooks.attempts import Observe, Taken
from app.services.webhooks.sending import trusting
from app.settings import Settings
from app.storage.database import Database
from app.storage.webhook_deliveries import Busy

AT_ONCE = 8
"""Attempts under way in one process."""
AT_ONCE_PER_TENANT = 4
AT_ONCE_PER_HOST = 2
"""So that neither a tenant with many deliveries nor a receiver that hangs delays everyone else's."""
KEPT_FOR = timedelta(days=30)
"""How long a delivery that has ended stays listed, when its optimization stays that long."""

LONGEST_STOP_S = 5.0
"""What an attempt under way is given when the process ends; later it is sent again."""

_POLL_S = 1.0
_TIDY_S = 3600.0

_log = logging.getLogger("creatormix.webhooks")


class Sender:
    """Sends what is due until it is stopped. Any number of processes may have one."""

    def __init__(self, database: Database, settings: Settings, observe: Observe | None = None) -> None:
        self._database = database
        self._settings = settings
        self._observe = observe
        self._stopping = Event()
        self._wake = Event()
        self._lock = Lock()
        self._under_way: dict[Thread, Taken] = {}
        self._loop = Thread(target=self._run, name="webhooks", daemon=True)
        self._trusted: ssl.SSLContext | None = None

    def start(self) -> None:
        """Begin."""
        self._loop.start()

    def stop(self, timeout_s: float) -> None:
        """Take up nothing more, and wait for what is under way, at most ``timeout_s``; the rest is sent again later."""
        self._stopping.set()
        self._wake.set()
        deadline = monotonic() + timeout_s
        if self._loop.is_alive():
            self._loop.join(max(0.0, deadline - monotonic()))
        with self._lock:
            threads = list(self._under_way)
        for thread in threads:
            thread.join(max(0.0, deadline - monotonic()))

    def wake(self) -> None:
        """Look at once whether something is due."""
        self._wake.set()

    def _run(self) -> None:
        tidied_at = -_TIDY_S
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                while not self._stopping.is_set() and self._take_up():
                    pass
                if monotonic() - tidied_at >= _TIDY_S:
                    tidied_at = monotonic()
                    self._tidy()
            except Unavailable as error:
                _log.warning("webhooks wait: %s", error.detail)
            except Exception:
                _log.exception("webhooks: looking for what is due met a defect")
            self._wake.wait(_POLL_S)

    def _take_up(self) -> bool:
        """Begin one attempt; False when nothing is due or enough is under way."""
        with self._lock:
            under_way = [taken.delivery for taken in self._under_way.values()]
        if len(under_way) >= AT_ONCE:
            return False
        if self._trusted is None:
            self._trusted = trusting()
        tenants = Counter(delivery.tenant_id for delivery in under_way)
        hosts = Counter(delivery.host for delivery in under_way)
        taken = attempts.claim(
            self._database,
            Busy(
                [tenant for tenant, count in tenants.items() if count >= AT_ONCE_PER_TENANT],
                [host for host, count in hosts.items() if count >= AT_ONCE_PER_HOST],
            ),
        )
        if taken is None:
            return False
        thread = Thread(target=self._attempt, args=[taken, self._trusted], name="webhook", daemon=True)
        with self._lock:
            self._under_way[thread] = taken
        try:
            thread.start()
        except RuntimeError:  # the system has no more threads; it is sent when its lease is over
            with self._lock:
                del self._under_way[thread]
            raise
        return True

    def _attempt(self, taken: Taken, trusted: ssl.SSLContext) -> None:
        try:
            attempts.attempt(self._database, self._settings, taken, trusted, self._observe)
        except Unavailable as error:
            _log.warning("%s: what it came to could not be kept, so it is sent again: %s", taken.delivery.id, error)
        except Exception:
            _log.exception("%s: keeping what it came to met a defect", taken.delivery.id)
        finally:
            with self._lock:
                del self._under_way[current_thread()]
            self._wake.set()

    def _tidy(self) -> None:
        erased = 1
        while erased and not self._stopping.is_set():
            with self._database.writing() as session:
                erased = deliveries.erase_ended(session, datetime.now(UTC) - KEPT_FOR)

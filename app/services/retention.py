"""What has reached its age is erased: a few rows at a time, for a moment only, by any number of processes at once."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from app.services import optimizations
from app.services.caller import Caller
from app.settings import Settings
from app.storage import audit, idempotency_keys
from app.storage import optimizations as stored
from app.storage.clock import database_now
from app.storage.database import Database, Session

_LONGEST_S = 0.5
"""Whoever keeps watch over the other processes does this too, and is taken for dead when it takes long."""
_OPTIMIZATIONS_AT_A_TIME = 10
_ROWS_AT_A_TIME = 500


def erase_ended(database: Database, settings: Settings, now: datetime | None = None) -> int:
    """Erase optimizations that ended ``retention_days`` ago, as a caller would; how many. Raises Unavailable."""
    if settings.retention_days is None:
        return 0
    before = _before(database, now, timedelta(days=settings.retention_days))

    def some(session: Session) -> int:
        old = stored.ended_before(session, before, _OPTIMIZATIONS_AT_A_TIME)
        for tenant_id, optimization_id in old:
            optimizations.erase(session, Caller(tenant_id, "service"), optimization_id)
        return len(old)

    return _for_a_moment(database, some)


def expire_keys(database: Database, settings: Settings, now: datetime | None = None) -> int:
    """Erase idempotency keys older than ``idempotency_hours``; how many. Raises Unavailable."""
    before = _before(database, now, timedelta(hours=settings.idempotency_hours))
    return _for_a_moment(database, lambda session: idempotency_keys.expire(session, before, _ROWS_AT_A_TIME))


def erase_audit_entries(database: Database, settings: Settings, now: datetime | None = None) -> int:
    """Erase entries of the audit log older than ``audit_days``; how many. Raises Unavailable."""
    if settings.audit_days is None:
        return 0
    before = _before(database, now, timedelta(days=settings.audit_days))
    return _for_a_moment(database, lambda session: audit.erase_before(session, before, _ROWS_AT_A_TIME))


def _before(database: Database, now: datetime | None, age: timedelta) -> datetime:
    """So long ago by the clock that is behind: a machine that runs ahead must not decide what is gone for good."""
    if now is None:
        with database.reading() as session:
            now = min(datetime.now(UTC), database_now(session))
    return now - age


def _for_a_moment(database: Database, some: Callable[[Session], int]) -> int:
    """Do it batch by batch until nothing is left or the moment is over; the next time goes on."""
    deadline = time.monotonic() + _LONGEST_S
    done = 0
    while True:
        with database.writing() as session:
            number = some(session)
        done += number
        if number == 0 or time.monotonic() > deadline:
            return done

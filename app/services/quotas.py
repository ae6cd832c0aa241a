"""How much work a tenant may hand in: so many optimizations waiting, so many made in a day."""

from datetime import datetime, timedelta
from math import ceil

from app.errors import QuotaReached
from app.services.caller import Caller
from app.settings import Settings
from app.storage import audit, jobs, keys
from app.storage.database import Session

_RETRY_WHEN_FULL_S = 10
_NEARLY_FULL = 100
"""Free places from which on calls are counted one after the other: more than are handed in at one moment."""


def require_room(session: Session, caller: Caller, settings: Settings, now: datetime) -> None:
    """Raise QuotaReached when the tenant may not hand in another optimization now.

    Called in the transaction that adds it. The day is UTC's, and counted in the audit log, which remembers what was
    erased. The tenant's row is locked while the last places are counted, so that two calls at once do not both take
    one; as long as there are plenty, calls do not wait for each other.
    """
    waiting = jobs.queued_number(session, caller.tenant_id)
    if waiting >= settings.max_queued - _NEARLY_FULL:
        keys.lock_tenant(session, caller.tenant_id)
        waiting = jobs.queued_number(session, caller.tenant_id)
    if waiting >= settings.max_queued:
        raise QuotaReached(
            f"{waiting} optimizations of tenant {caller.tenant_id} are waiting already, "
            f"and {settings.max_queued} may; try again when some have been solved.",
            _RETRY_WHEN_FULL_S,
        )
    if settings.daily_optimizations is None:
        return
    keys.lock_tenant(session, caller.tenant_id)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    made = sum(
        audit.count_since(session, caller.tenant_id, action, today)
        for action in ("optimization.created", "optimization.replanned")
    )
    if made >= settings.daily_optimizations:
        left_s = ceil((today + timedelta(days=1) - now).total_seconds())
        raise QuotaReached(
            f"Tenant {caller.tenant_id} has made {made} optimizations today (UTC), "
            f"and {settings.daily_optimizations} a day are allowed; the next day begins in {left_s} s.",
            left_s,
        )

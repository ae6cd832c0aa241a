"""What is tidied up in the background, now and then, by every process of the service."""

from functools import partial

from app.jobs.keeper import Chore
from app.services import idempotency, retention
from app.services.idempotency import InFlight
from app.settings import Settings
from app.storage.database import Database

_OFTEN_S = 10.0
_SELDOM_S = 60.0
_LOST_S = 1.0


def tidying(settings: Settings, database: Database) -> list[Chore]:
    """What has reached the age that the settings give it is erased."""
    chores = [Chore("expired keys", _SELDOM_S, partial(retention.expire_keys, database, settings))]
    if settings.retention_days is not None:
        chores.append(Chore("retention", _OFTEN_S, partial(retention.erase_ended, database, settings)))
    if settings.audit_days is not None:
        chores.append(Chore("audit retention", _SELDOM_S, partial(retention.erase_audit_entries, database, settings)))
    return chores


def letting_go(database: Database, in_flight: InFlight) -> Chore:
    """Idempotency keys of requests that ended while the database was away are freed."""
    return Chore("lost keys", _LOST_S, partial(idempotency.let_go_of_lost, database, in_flight))

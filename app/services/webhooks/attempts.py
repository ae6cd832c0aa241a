"""One attempt at a delivery: taken up, signed, sent, and what it came to kept.

Nothing is open in the database while a receiver is waited for. Who dies in between loses nothing: the delivery is
taken up again when its lease is over. Who is paused in between and wakes up late sends nothing any more, and what it
still writes is not kept. So a receiver may get an event twice, which webhook-id tells, but never no time.
"""

import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import random
from time import monotonic, sleep
from typing import Literal

from app.errors import Unavailable
from app.services.resource import service_version
from app.services.webhooks import schedule, signing
from app.services.webhooks.guard import RefusedError, target_of
from app.services.webhooks.sending import TOTAL_S, Answer, post
from app.settings import Settings
from app.storage import webhook_deliveries, webhook_endpoints
from app.storage.clock import database_now
from app.storage.database import Database
from app.storage.webhook_deliveries import Busy, Claimed, Outcome
from app.wire.webhook_delivery import ATTEMPTS, MOST_ATTEMPTS_SHOWN, WebhookAttempt

LEASE = timedelta(seconds=2 * TOTAL_S)
"""How long a delivery is nobody else's: longer than an attempt can take."""
_MARGIN_S = 1.0
_PAUSE_S = 0.5
_GONE = 410

_log = logging.getLogger("creatormix.webhooks")


AttemptOutcome = Literal["delivered", "refused", "failed", "blocked"]
"""delivered: answered with 2xx; refused: with another status. failed: no answer. blocked: must not go there."""


@dataclass(frozen=True, slots=True)
class Attempted:
    """What is told about an attempt to whoever counts them. status: what the delivery is now."""

    delivery_id: str
    outcome: AttemptOutcome
    status: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that was taken up here. until: on the monotonic clock, in seconds; nothing is sent after it."""

    delivery: Claimed
    until: float


Observe = Callable[[Attempted], None]


def claim(database: Database, busy: Busy | None = None) -> Taken | None:
    """Take up the delivery that has been due longest; None when nothing is due. Raises Unavailable."""
    with database.reading() as session:
        if not webhook_deliveries.any_due(session):
            return None
    until = monotonic() + LEASE.total_seconds() - _MARGIN_S
    with database.writing() as session:
        claimed = webhook_deliveries.claim_due(session, lease=LEASE, busy=busy or Busy())
    return None if claimed is None else Taken(claimed, until)


def attempt(
    database: Database, settings: Settings, taken: Taken, trusted: ssl.SSLContext, observe: Observe | None = None
) -> None:
    """Send a delivery that was taken up, and keep what it came to. Raises Unavailable."""
    claimed, started, sent_at = taken.delivery, monotonic(), datetime.now(UTC)
    answer = _sent(settings, claimed, trusted, sent_at, min(taken.until, started + TOTAL_S))
    duration_s = monotonic() - started
    status = _kept(taken, lambda: _keep(database, settings, claimed, answer, sent_at, duration_s))
    if status is None:
        _log.info("%s: its outcome came too late and is not kept", claimed.id)
        return
    level = logging.INFO if answer.is_success else logging.WARNING
    _log.log(level, "%s: %s, %s", claimed.id, status, answer.error or f"the receiver answered {answer.status_code}")
    if observe is not None:
        observe(Attempted(claimed.id, _outcome(answer), status, duration_s))


def deliver_due(database: Database, settings: Settings, trusted: ssl.SSLContext, observe: Observe | None = None) -> int:
    """Send everything that is due, one after the other; how many attempts that were. Raises Unavailable."""
    attempts = 0
    while (taken := claim(database)) is not None:
        attempt(database, settings, taken, trusted, observe)
        attempts += 1
    return attempts


def _sent(settings: Settings, claimed: Claimed, trusted: ssl.SSLContext, sent_at: datetime, deadline: float) -> Answer:
    secrets = claimed.secrets if claimed.endpoint_id else tuple(filter(None, [settings.webhook_secret]))
    if not secrets:
        return Answer(None, "CREATORMIX_WEBHOOK_SECRET is not set, so nothing can be signed.")
    try:
        target = target_of(claimed.url, settings.webhook_allowed_hosts)
    except RefusedError as error:
        return Answer(None, str(error), is_blocked=True)
    try:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"creatormix/{service_version()}",
            **signing.headers(claimed.event_id, sent_at, claimed.body, secrets),
        }
        return post(target, headers, claimed.body.encode(), trusted, deadline=deadline)
    except Exception:
        _log.exception("%s: the attempt met a defect", claimed.id)
        return Answer(None, "An internal error ended the attempt; the service's log says more.")


def _kept(taken: Taken, keep: Callable[[], str | None]) -> str | None:
    """Keep it, again and again while the database is away and the lease is ours. Raises Unavailable in the end."""
    while True:
        try:
            return keep()
        except Unavailable:
            if monotonic() + _PAUSE_S > taken.until:
                raise
            sleep(_PAUSE_S)


def _outcome(answer: Answer) -> AttemptOutcome:
    if answer.status_code is not None:
        return "delivered" if answer.is_success else "refused"
    return "blocked" if answer.is_blocked else "failed"


def _keep(
    database: Database, settings: Settings, claimed: Claimed, answer: Answer, sent_at: datetime, duration_s: float
) -> str | None:
    """Keep what an attempt came to; the delivery's status, None when it is no longer ours to write."""
    made = WebhookAttempt(
        at=sent_at, status_code=answer.status_code, error=answer.error, duration_ms=round(duration_s * 1000)
    )
    gone_id = claimed.endpoint_id if answer.status_code == _GONE else None
    with database.writing() as session:
        if gone_id is not None:
            webhook_endpoints.lock(session, gone_id)
        before = webhook_deliveries.attempts_json(session, claimed.id)
        if before is None:
            return None
        now = database_now(session)
        due_at = None if answer.is_success else _next_attempt_at(settings, claimed, answer, now)
        status = "delivered" if answer.is_success else "failed" if due_at is None else "pending"
        log = [*ATTEMPTS.validate_json(before), made][-MOST_ATTEMPTS_SHOWN:]
        outcome = Outcome(status, due_at, ATTEMPTS.dump_json(log).decode())
        if not webhook_deliveries.keep(session, claimed, outcome, at=now):
            return None
        if gone_id is not None:
            webhook_endpoints.disable(session, gone_id, at=now, reason="The receiver answered 410 Gone.")
    return status


def _next_attempt_at(settings: Settings, claimed: Claimed, answer: Answer, now: datetime) -> datetime | None:
    if claimed.type == "ping" or answer.status_code == _GONE:
        return None
    return schedule.next_attempt_at(
        now,
        claimed.attempts + 1,
        settings.webhook_retry_seconds,
        answer.retry_after_s,
        random(),
    )

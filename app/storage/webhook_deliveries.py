"""Webhook deliveries: queued, taken up by one process at a time, their outcomes kept. Nothing here commits.

Every moment that decides who may send is the database's where it is a server, so that machines whose clocks differ
agree.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, delete, or_, select, update
from sqlalchemy.orm import Session

from app.storage.clock import database_now
from app.storage.tables import OptimizationRow, WebhookDeliveryRow, WebhookEndpointRow


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list is narrowed to; None narrows nothing."""

    status: str | None = None
    type: str | None = None
    endpoint_id: str | None = None
    optimization_id: str | None = None


@dataclass(frozen=True, slots=True)
class Busy:
    """Whom not to take up now: tenants and hosts that have as many attempts under way as they may."""

    tenant_ids: Collection[str] = ()
    hosts: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """What is told about an optimization that has ended, and where its brief wants it told."""

    id: str
    tenant_id: str
    status: str
    solution_status: str | None
    stop_reason: str | None
    parent_id: str | None
    label: str | None
    created_at: datetime
    completed_at: datetime | None
    webhook_url: str | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that a process has taken up. claim: under which its outcome will be kept, and no other.

    secrets: what the endpoint signs with, () for the webhook_url of a brief. attempts: how many there were before.
    """

    id: str
    claim: int
    tenant_id: str
    event_id: str
    type: str
    endpoint_id: str | None
    url: str
    host: str
    body: str
    attempts: int
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt changed. due_at: when the next one is due, None when there is none."""

    status: str
    due_at: datetime | None
    attempts_json: str


def ended(session: Session, optimization_id: str) -> Ended | None:
    """What this transaction knows about an optimization; None when it is erased."""
    row = session.execute(
        select(
            OptimizationRow.id,
            OptimizationRow.tenant_id,
            OptimizationRow.status,
            OptimizationRow.solution_status,
            OptimizationRow.stop_reason,
            OptimizationRow.parent_id,
            OptimizationRow.label,
            OptimizationRow.created_at,
            OptimizationRow.completed_at,
            OptimizationRow.webhook_url,
        ).where(OptimizationRow.id == optimization_id)
    ).first()
    return None if row is None else Ended(**row._mapping)


def places_told(session: Session, optimization_id: str, kind: str) -> set[str]:
    """Where a type of event of an optimization is queued for already."""
    told = select(WebhookDeliveryRow.place).where(
        WebhookDeliveryRow.optimization_id == optimization_id, WebhookDeliveryRow.type == kind
    )
    return set(session.scalars(told))


def add(session: Session, rows: Iterable[WebhookDeliveryRow]) -> None:
    """Queue deliveries, due now."""
    now = database_now(session)
    for row in rows:
        row.due_at = now
        session.add(row)
    session.flush()


def any_due(session: Session) -> bool:
    """Whether anything is due; cheap, and asked for often."""
    return session.scalar(select(WebhookDeliveryRow.id).where(*_due(database_now(session))).limit(1)) is not None


def claim_due(session: Session, *, lease: timedelta, busy: Busy) -> Claimed | None:
    """Take up the delivery that has been due longest; None when there is none. Nobody else has it for ``lease``."""
    now = database_now(session)
    following = select(WebhookDeliveryRow).where(*_due(now)).order_by(WebhookDeliveryRow.due_at, WebhookDeliveryRow.id)
    if busy.tenant_ids:
        following = following.where(WebhookDeliveryRow.tenant_id.not_in(busy.tenant_ids))
    if busy.hosts:
        following = following.where(WebhookDeliveryRow.host.not_in(busy.hosts))
    row = session.scalar(following.limit(1).with_for_update(skip_locked=True))
    if row is None:
        return None
    row.claim += 1
    row.claimed_until = now + lease
    session.flush()
    endpoint = session.get(WebhookEndpointRow, row.endpoint_id) if row.endpoint_id else None
    return Claimed(
        row.id,
        row.claim,
        row.tenant_id,
        row.event_id,
        row.type,
        row.endpoint_id,
        row.url,
        row.host,
        row.body,
        row.attempts,
        _secrets(endpoint, now),
    )


def attempts_json(session: Session, delivery_id: str) -> str | None:
    """The attempts so far, or None when the delivery is erased."""
    return session.scalar(select(WebhookDeliveryRow.attempts_json).where(WebhookDeliveryRow.id == delivery_id))


def keep(session: Session, claimed: Claimed, outcome: Outcome, *, at: datetime) -> bool:
    """Write what an attempt came to; False when it is erased, or somebody else's by now."""
    kept = session.execute(
        update(WebhookDeliveryRow)
        .where(
            WebhookDeliveryRow.id == claimed.id,
            WebhookDeliveryRow.claim == claimed.claim,
            WebhookDeliveryRow.status == "pending",
        )
        .values(
            status=outcome.status,
            due_at=outcome.due_at,
            claimed_until=None,
            ended_at=None if outcome.status == "pending" else at,
            attempts=claimed.attempts + 1,
            attempts_json=outcome.attempts_json,
        )
        .returning(WebhookDeliveryRow.id)
        .execution_options(synchronize_session=False)
    )
    return kept.first() is not None


def replay(session: Session, row: WebhookDeliveryRow) -> None:
    """Let it be sent now, with all attempts before it again; one that is being sent right now is left alone."""
    now = database_now(session)
    if row.claimed_until is not None and row.claimed_until > now:
        return
    row.status, row.due_at, row.ended_at, row.claimed_until, row.attempts = "pending", now, None, None, 0
    row.claim += 1
    session.flush()


def find(session: Session, tenant_id: str, delivery_id: str, *, lock: bool = False) -> WebhookDeliveryRow | None:
    """The delivery, or None. lock: nobody else changes it before the transaction ends."""
    found = select(WebhookDeliveryRow).where(
        WebhookDeliveryRow.id == delivery_id, WebhookDeliveryRow.tenant_id == tenant_id
    )
    return session.scalar(found.with_for_update() if lock else found)


def page(
    session: Session, tenant_id: str, listing: Listing, *, before_id: str | None, limit: int
) -> Sequence[WebhookDeliveryRow]:
    """At most ``limit``, newest first, older than ``before_id`` (ids sort by time)."""
    rows = select(WebhookDeliveryRow).where(WebhookDeliveryRow.tenant_id == tenant_id)
    if before_id is not None:
        rows = rows.where(WebhookDeliveryRow.id < before_id)
    for column, wanted in (
        (WebhookDeliveryRow.status, listing.status),
        (WebhookDeliveryRow.type, listing.type),
        (WebhookDeliveryRow.endpoint_id, listing.endpoint_id),
        (WebhookDeliveryRow.optimization_id, listing.optimization_id),
    ):
        if wanted is not None:
            rows = rows.where(column == wanted)
    return session.scalars(rows.order_by(WebhookDeliveryRow.id.desc()).limit(limit)).all()


def erase_of_endpoint(session: Session, endpoint_id: str) -> list[str]:
    """Erase all to an endpoint, which is locked or erased, so that no more are queued; their ids."""
    return [row.id for row in _erased(session, WebhookDeliveryRow.endpoint_id == endpoint_id)]


def erase_about(session: Session, tenant_id: str, optimization_id: str) -> list[str]:
    """Erase all about an optimization of the tenant, which is locked, so that no more are queued; their ids."""
    own = OptimizationRow.id == optimization_id, OptimizationRow.tenant_id == tenant_id
    if session.scalar(select(OptimizationRow.id).where(*own).with_for_update()) is None:
        return []
    return [row.id for row in _erased(session, WebhookDeliveryRow.optimization_id == optimization_id)]


def erase_ended(session: Session, *, before: datetime, limit: int) -> list[tuple[str, str]]:
    """Erase at most ``limit`` that ended before a moment; tenant and id of each."""
    ended = WebhookDeliveryRow.status != "pending", WebhookDeliveryRow.ended_at < before
    old = select(WebhookDeliveryRow.id).where(*ended).limit(limit).with_for_update(skip_locked=True)
    return [(row.tenant_id, row.id) for row in _erased(session, WebhookDeliveryRow.id.in_(old))]


def _erased(session: Session, which: ColumnElement[bool]) -> Sequence[Row[str, str]]:
    gone = delete(WebhookDeliveryRow).where(which).returning(WebhookDeliveryRow.tenant_id, WebhookDeliveryRow.id)
    return session.execute(gone.execution_options(synchronize_session=False)).all()


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    free = or_(WebhookDeliveryRow.claimed_until.is_(None), WebhookDeliveryRow.claimed_until <= now)
    return WebhookDeliveryRow.status == "pending", WebhookDeliveryRow.due_at <= now, free


def _secrets(endpoint: WebhookEndpointRow | None, now: datetime) -> tuple[str, ...]:
    if endpoint is None:
        return ()
    previous = endpoint.previous_secret
    if previous is None or endpoint.previous_until is None or endpoint.previous_until <= now:
        return (endpoint.secret,)
    return (endpoint.secret, previous)

"""Idempotency keys: taken, tied to what they made, answered, let go, expired. Nothing here commits.

A key is held under a token, and nothing is written under another: whoever was taken for dead and comes back late
changes nothing.
"""

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Update, delete, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.storage.tables import (
    ExecutorRow,
    IdempotencyKeyRow,
    OptimizationRow,
    WebhookDeliveryRow,
    WebhookEndpointRow,
)

_ZLIB_LEVEL = 1
_IDS_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Holding:
    """A key that a request holds, and the token that it holds it under."""

    tenant_id: str
    key: str
    token: str


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer as it went out; headers without those that belong to one request."""

    status: int
    headers: dict[str, str]
    content: bytes


def find(session: Session, tenant_id: str, key: str) -> IdempotencyKeyRow | None:
    """The tenant's key, or None."""
    return session.get(IdempotencyKeyRow, (tenant_id, key))


def enter(session: Session, row: IdempotencyKeyRow) -> bool:
    """Enter a key; False when another request was faster."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return False
    return True


def discard(session: Session, row: IdempotencyKeyRow) -> None:
    """Take out a key that has expired, as long as it is still the one that was found."""
    session.execute(
        delete(IdempotencyKeyRow)
        .where(*_key(row.tenant_id, row.key), IdempotencyKeyRow.token == row.token)
        .execution_options(synchronize_session=False)
    )
    session.expunge(row)


def take_over(session: Session, row: IdempotencyKeyRow, *, executor_id: str, token: str) -> bool:
    """Hold a key that nobody holds any more; False when another request was faster."""
    taken = session.execute(
        update(IdempotencyKeyRow)
        .where(*_key(row.tenant_id, row.key), IdempotencyKeyRow.token == row.token, IdempotencyKeyRow.status.is_(None))
        .values(executor_id=executor_id, token=token)
        .returning(IdempotencyKeyRow.key)
        .execution_options(synchronize_session=False)
    )
    return taken.first() is not None


def is_running(session: Session, executor_id: str) -> bool:
    """Whether a process of the service is entered as one that lives."""
    return session.scalar(select(ExecutorRow.id).where(ExecutorRow.id == executor_id)) is not None


def tie(session: Session, holding: Holding, made_id: str) -> bool:
    """Note what a key has made or changed; False when the key is no longer held under this token."""
    return _changed(session, _held(holding).values(optimization_id=made_id, made=True))


def answer(session: Session, holding: Holding, kept: KeptAnswer) -> bool:
    """Keep the answer to a key; False when it is no longer held under this token.

    Of what is erased only the status is kept. The lock keeps an erasure from slipping in between.
    """
    about = session.scalar(select(IdempotencyKeyRow.optimization_id).where(*_key(holding.tenant_id, holding.key)))
    values: dict[str, object] = {"status": kept.status, "executor_id": None}
    if about is None or _is_there(session, holding.tenant_id, about):
        values |= {"headers_json": json.dumps(kept.headers), "content": zlib.compress(kept.content, _ZLIB_LEVEL)}
    return _changed(session, _held(holding).values(values))


def _is_there(session: Session, tenant_id: str, about_id: str) -> bool:
    for row in (OptimizationRow, WebhookDeliveryRow):
        found = select(row.id).where(row.tenant_id == tenant_id, row.id == about_id)
        if session.scalar(found.with_for_update(read=True, key_share=True)) is not None:
            return True
    endpoint = select(WebhookEndpointRow.id).where(
        WebhookEndpointRow.tenant_id == tenant_id,
        WebhookEndpointRow.id == about_id,
        WebhookEndpointRow.erased_at.is_(None),
    )
    return session.scalar(endpoint.with_for_update(read=True)) is not None


def kept_answer(row: IdempotencyKeyRow) -> KeptAnswer | None:
    """The answer that was kept; None where it was dropped with what it told of."""
    if row.status is None or row.content is None or row.headers_json is None:
        return None
    return KeptAnswer(row.status, json.loads(row.headers_json), zlib.decompress(row.content))


def release(session: Session, holding: Holding) -> None:
    """Let go of a key that got no answer: it is free again, unless it has made something, which it stays tied to."""
    session.execute(
        delete(IdempotencyKeyRow)
        .where(
            *_key(holding.tenant_id, holding.key),
            IdempotencyKeyRow.token == holding.token,
            IdempotencyKeyRow.status.is_(None),
            IdempotencyKeyRow.made.is_(False),
        )
        .execution_options(synchronize_session=False)
    )
    session.execute(_held(holding).values(executor_id=None))


def held_by(session: Session, executor_id: str) -> list[Holding]:
    """The keys without an answer that a process is said to hold."""
    rows = select(IdempotencyKeyRow.tenant_id, IdempotencyKeyRow.key, IdempotencyKeyRow.token).where(
        IdempotencyKeyRow.executor_id == executor_id, IdempotencyKeyRow.status.is_(None)
    )
    return [Holding(*row) for row in session.execute(rows)]


def forget(session: Session, tenant_id: str, erased_ids: Iterable[str]) -> None:
    """Drop the answers that tell of these optimizations, endpoints or deliveries; after these are erased."""
    ids = list(erased_ids)
    for some in (ids[first : first + _IDS_AT_A_TIME] for first in range(0, len(ids), _IDS_AT_A_TIME)):
        session.execute(
            update(IdempotencyKeyRow)
            .where(IdempotencyKeyRow.tenant_id == tenant_id, IdempotencyKeyRow.optimization_id.in_(some))
            .values(headers_json=None, content=None)
            .execution_options(synchronize_session=False)
        )


def expire(session: Session, before: datetime, limit: int) -> int:
    """Take out at most ``limit`` keys that were first used before; how many."""
    columns = (IdempotencyKeyRow.tenant_id, IdempotencyKeyRow.key)
    old = select(*columns).where(IdempotencyKeyRow.created_at < before).limit(limit).with_for_update(skip_locked=True)
    gone = delete(IdempotencyKeyRow).where(tuple_(*columns).in_(old)).returning(IdempotencyKeyRow.key)
    return len(session.execute(gone.execution_options(synchronize_session=False)).all())


def _key(tenant_id: str, key: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return IdempotencyKeyRow.tenant_id == tenant_id, IdempotencyKeyRow.key == key


def _held(holding: Holding) -> Update:
    return (
        update(IdempotencyKeyRow)
        .where(
            *_key(holding.tenant_id, holding.key),
            IdempotencyKeyRow.token == holding.token,
            IdempotencyKeyRow.status.is_(None),
        )
        .execution_options(synchronize_session=False)
    )


def _changed(session: Session, change: Update) -> bool:
    return session.execute(change.returning(IdempotencyKeyRow.key)).first() is not None

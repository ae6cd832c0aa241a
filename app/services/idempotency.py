"""Idempotency keys: the same POST sent twice does its work once, whatever dies in between.

A key is entered before the work begins. What it makes is tied to it in the transaction that makes it, so a retry finds
either nothing, and begins anew, or the thing, and goes on with that. The answer is kept before it goes out.
"""

import hashlib
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.errors import KeyInUse, KeyReused, NotFound
from app.storage import idempotency_keys as stored
from app.storage.database import Database, Session
from app.storage.idempotency_keys import Holding, KeptAnswer
from app.storage.tables import IdempotencyKeyRow

_RETRY_AFTER_S = 1
_TRIES = 3


class InFlight:
    """The keys that requests of this process hold now. executor_id: by which others know whether it lives."""

    def __init__(self, executor_id: str) -> None:
        self.executor_id = executor_id
        self._tokens: set[str] = set()
        self._lock = threading.Lock()

    def new_token(self) -> str:
        """A token for a request that begins; it counts as held from now on, before any other can see it."""
        token = secrets.token_hex(16)
        with self._lock:
            self._tokens.add(token)
        return token

    def end(self, token: str) -> None:
        """The request is over, however it ended."""
        with self._lock:
            self._tokens.discard(token)

    def __contains__(self, token: object) -> bool:
        with self._lock:
            return token in self._tokens


@dataclass(frozen=True, slots=True)
class Asked:
    """A POST with a key. about_id: the optimization, webhook endpoint or delivery in its path, if any."""

    tenant_id: str
    key: str
    fingerprint: bytes
    about_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Begun:
    """The request holds the key. made_id: what an earlier try has made or changed; that is not to be done again."""

    holding: Holding
    made_id: str | None


def fingerprint(method: str, path: str, query: bytes, body: bytes) -> bytes:
    """SHA-256 of what was asked for, each part with its length before it."""
    told = hashlib.sha256()
    for part in (method.encode(), path.encode(), query, body):
        told.update(len(part).to_bytes(8))
        told.update(part)
    return told.digest()


def begin(database: Database, in_flight: InFlight, asked: Asked, kept_for: timedelta) -> Begun | KeptAnswer:
    """Hold the key, or give the answer that is kept for it.

    Raises KeyReused when it was sent with something else, KeyInUse while another request holds it, NotFound when it
    made something that is erased, Unavailable.
    """
    token = in_flight.new_token()
    held = None
    try:
        held = _begun(database, in_flight, asked, kept_for, token)
    finally:
        if not isinstance(held, Begun):
            in_flight.end(token)
    return held


def tie(session: Session, begun: Begun | None, made_id: str) -> None:
    """Tie the key to what is made, in the transaction that makes it. Raises KeyInUse when another request has it."""
    if begun is not None and not stored.tie(session, begun.holding, made_id):
        raise _in_use(begun.holding.key)


def keep(database: Database, begun: Begun, answer: KeptAnswer) -> None:
    """Keep the answer, unless another request has the key by now. Raises Unavailable."""
    with database.writing() as session:
        stored.answer(session, begun.holding, answer)


def let_go(database: Database, begun: Begun) -> None:
    """The request got no answer that is kept: free the key, or leave it tied to what it made. Raises Unavailable."""
    with database.writing() as session:
        stored.release(session, begun.holding)


def let_go_of_lost(database: Database, in_flight: InFlight) -> None:
    """Free what this process is said to hold and does not: the database was away when its request ended."""
    with database.reading() as session:
        said = stored.held_by(session, in_flight.executor_id)
    for holding in said:
        if holding.token not in in_flight:
            with database.writing() as session:
                stored.release(session, holding)


def _begun(
    database: Database, in_flight: InFlight, asked: Asked, kept_for: timedelta, token: str
) -> Begun | KeptAnswer:
    with database.writing() as session:
        for _ in range(_TRIES):
            row = stored.find(session, asked.tenant_id, asked.key)
            if row is not None and row.created_at < asked.at - kept_for:
                stored.discard(session, row)
                row = None
            if row is not None:
                return _known(session, in_flight, row, asked, token)
            if stored.enter(session, _entered(in_flight, asked, token)):
                return Begun(Holding(asked.tenant_id, asked.key, token), None)
    raise _in_use(asked.key)


def _entered(in_flight: InFlight, asked: Asked, token: str) -> IdempotencyKeyRow:
    return IdempotencyKeyRow(
        tenant_id=asked.tenant_id,
        key=asked.key,
        fingerprint=asked.fingerprint,
        created_at=asked.at,
        executor_id=in_flight.executor_id,
        token=token,
        optimization_id=asked.about_id,
        made=False,
    )


def _known(
    session: Session, in_flight: InFlight, row: IdempotencyKeyRow, asked: Asked, token: str
) -> Begun | KeptAnswer:
    if row.fingerprint != asked.fingerprint:
        raise KeyReused(
            f"The Idempotency-Key {row.key} was sent with another path or body before; take a new key for a new "
            "request, and send a retry exactly as it was."
        )
    if row.status is not None:
        kept = stored.kept_answer(row)
        if kept is None:
            raise NotFound(f"What the Idempotency-Key {row.key} was answered with told of something that is erased.")
        return kept
    if _is_held(session, in_flight, row):
        raise _in_use(row.key)
    if not stored.take_over(session, row, executor_id=in_flight.executor_id, token=token):
        raise _in_use(row.key)
    return Begun(Holding(row.tenant_id, row.key, token), row.optimization_id if row.made else None)


def _is_held(session: Session, in_flight: InFlight, row: IdempotencyKeyRow) -> bool:
    if row.executor_id is None:
        return False
    if row.executor_id == in_flight.executor_id:
        return row.token in in_flight
    return stored.is_running(session, row.executor_id)


def _in_use(key: str) -> KeyInUse:
    return KeyInUse(
        f"A request with the Idempotency-Key {key} is being worked on; send this one again when that has ended.",
        _RETRY_AFTER_S,
    )

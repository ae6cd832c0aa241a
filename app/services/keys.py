"""API keys: made, known again, rotated, revoked.

A key is ``cbo_<id>_<secret>``. The id finds the row, the secret is 256 random bits, of which only the SHA-256 is kept.
A slow hash as for passwords would add nothing: it makes guessing a guessable secret dear, and 2^256 cannot be guessed
at any price, while every call would pay for it.
"""

import hmac
import logging
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from app.errors import Unauthenticated, Unavailable
from app.services import audit
from app.services.caller import SCOPES, command_line
from app.storage import keys
from app.storage.database import Database, Session
from app.storage.tables import ApiKeyRow

_log = logging.getLogger("creatormix.keys")

TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
LONGEST_LABEL = 200
_ID_BYTES, _SECRET_BYTES = 8, 32
_FORM = re.compile(r"cbo_([0-9a-f]{16})_([0-9a-f]{64})")
_USE_NOTED_EVERY = timedelta(minutes=5)


class BadKeyRequestError(ValueError):
    """A key cannot be made or changed as asked; the message says why."""


@dataclass(frozen=True, slots=True)
class Made:
    """A new key. text: the whole of it, which is nowhere else."""

    row: ApiKeyRow
    text: str


def make(
    session: Session,
    *,
    tenant_id: str,
    scopes: Collection[str],
    now: datetime,
    expires_in: timedelta | None = None,
    label: str | None = None,
) -> Made:
    """Make a key. Raises BadKeyRequestError."""
    made = _new(session, tenant_id, scopes, now, expires_in, label)
    audit.record(session, command_line(tenant_id), "key.made", made.row.id)
    return made


def rotate(
    session: Session, key_id: str, *, overlap: timedelta, now: datetime, expires_in: timedelta | None = None
) -> Made:
    """Make the successor of a key, which itself goes on for ``overlap`` at most.

    The successor has the same tenant, scopes, label and, unless ``expires_in`` says otherwise, the same lifetime.
    Raises BadKeyRequestError for a key that is unknown, has ended or was rotated before.
    """
    old = _known(session, key_id)
    state = state_of(old, now)
    if state != "valid":
        raise BadKeyRequestError(f"key {key_id} is {state}; make a new one instead")
    if old.replaced_by is not None:
        raise BadKeyRequestError(f"key {key_id} was rotated before, to {old.replaced_by}; rotate that one")
    lifetime = None if old.expires_at is None else old.expires_at - old.created_at
    made = _new(session, old.tenant_id, old.scopes.split(), now, expires_in or lifetime, old.label)
    ends = now + overlap
    old.expires_at = ends if old.expires_at is None else min(old.expires_at, ends)
    old.replaced_by = made.row.id
    audit.record(session, command_line(old.tenant_id), "key.rotated", key_id)
    return made


def revoke(session: Session, key_id: str, now: datetime) -> ApiKeyRow:
    """End a key for good; fine when that was done before. Raises BadKeyRequestError."""
    row = _known(session, key_id)
    if row.revoked_at is None:
        row.revoked_at = now
        audit.record(session, command_line(row.tenant_id), "key.revoked", key_id)
    return row


def state_of(row: ApiKeyRow, now: datetime) -> str:
    """``valid``, ``revoked`` or ``expired``."""
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at is not None and row.expires_at <= now else "valid"


def authenticate(session: Session, text: str, now: datetime) -> ApiKeyRow:
    """The key that a caller has sent. Raises Unauthenticated.

    Nothing is remembered from call to call, so that a revoked key ends with the commit that revokes it.
    """
    form = _FORM.fullmatch(text)
    row = keys.find(session, form[1]) if form else None
    if form is None or row is None or not hmac.compare_digest(_hash(form[2]), row.secret_sha256):
        raise Unauthenticated("The API key that was sent is not known here; keys look like cbo_<id>_<secret>.")
    state = state_of(row, now)
    if state != "valid":
        raise Unauthenticated(f"The API key {row.id} is {state}; `creatormix keys create` makes a new one.")
    return row


def note_use(database: Database, row: ApiKeyRow, now: datetime) -> None:
    """Keep when a key was last used, to some minutes: a write per call would cost more than the answer tells."""
    since = now - _USE_NOTED_EVERY
    if row.last_used_at is not None and row.last_used_at >= since:
        return
    try:
        with database.writing() as session:
            keys.used(session, row.id, now, since)
    except Unavailable:
        _log.warning("the use of key %s could not be noted", row.id)


def any_made(session: Session) -> bool:
    """Whether keys are needed. Revoked and expired ones count: ending the last key must not open the service."""
    return keys.any_made(session)


def _new(
    session: Session,
    tenant_id: str,
    scopes: Collection[str],
    now: datetime,
    expires_in: timedelta | None,
    label: str | None,
) -> Made:
    _check(tenant_id, scopes, label)
    secret = secrets.token_hex(_SECRET_BYTES)
    row = ApiKeyRow(
        id=secrets.token_hex(_ID_BYTES),
        tenant_id=tenant_id,
        label=label,
        secret_sha256=_hash(secret),
        scopes=" ".join(scope for scope in SCOPES if scope in scopes),
        created_at=now,
        expires_at=None if expires_in is None else now + expires_in,
    )
    keys.add(session, row)
    return Made(row, f"cbo_{row.id}_{secret}")


def _check(tenant_id: str, scopes: Collection[str], label: str | None) -> None:
    if not TENANT.fullmatch(tenant_id):
        raise BadKeyRequestError(
            f"{tenant_id[:80]!r} is no name for a tenant: 1 to 64 of A-Z a-z 0-9 . _ -, the first a letter or digit"
        )
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        said = f"there is no scope {unknown[0][:80]!r}" if unknown else "a key needs at least one scope"
        raise BadKeyRequestError(f"{said}; there are {', '.join(SCOPES)}")
    if label is not None and (len(label) > LONGEST_LABEL or not label.isprintable()):
        raise BadKeyRequestError(f"a label has at most {LONGEST_LABEL} characters, all of them printable")


def _known(session: Session, key_id: str) -> ApiKeyRow:
    """The key, locked: of two that rotate it at once the second sees what the first has made."""
    row = keys.find(session, key_id, lock=True)
    if row is None:
        raise BadKeyRequestError(f"there is no key {key_id[:80]!r}; `creatormix keys list` shows them")
    return row


def _hash(secret: str) -> bytes:
    return sha256(secret.encode("ascii")).digest()

"""The audit log: who did what, written in the transaction of the act."""

from datetime import UTC, datetime
from typing import Literal

from app.services.caller import Caller
from app.storage import audit
from app.storage.database import Session
from app.storage.ids import new_id
from app.storage.tables import AuditRow

Action = Literal[
    "optimization.created",
    "optimization.replanned",
    "optimization.stopped",
    "optimization.erased",
    "key.made",
    "key.rotated",
    "key.revoked",
    "webhook_endpoint.registered",
    "webhook_endpoint.rotated",
    "webhook_endpoint.enabled",
    "webhook_endpoint.erased",
    "webhook_delivery.replayed",
]
_LONGEST_ADDRESS = 64


def record(session: Session, caller: Caller, action: Action, subject_id: str) -> None:
    """Note that the caller does this to ``subject_id``; nothing is noted when the act is rolled back."""
    at = datetime.now(UTC)
    audit.add(
        session,
        AuditRow(
            id=new_id("aud", at),
            at=at,
            tenant_id=caller.tenant_id,
            actor=caller.actor,
            key_id=caller.key_id,
            action=action,
            subject_id=subject_id,
            request_id=caller.request_id,
            client_address=None if caller.client_address is None else caller.client_address[:_LONGEST_ADDRESS],
        ),
    )

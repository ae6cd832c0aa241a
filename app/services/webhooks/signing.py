"""Signatures and secrets as Standard Webhooks has them; the signing itself is done by its library."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime

from standardwebhooks import Webhook

_SECRET_BYTES = 32


def new_secret() -> str:
    """A new secret: ``whsec_`` and 256 random bits in base64."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"


def headers(event_id: str, sent_at: datetime, body: str, secrets_in_use: Sequence[str]) -> dict[str, str]:
    """The three headers of a delivery, with a signature for each secret. sent_at: in UTC; seconds count."""
    signatures = [Webhook(secret).sign(event_id, sent_at, body) for secret in secrets_in_use]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }

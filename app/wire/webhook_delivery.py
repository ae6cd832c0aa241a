"""Webhook deliveries on the wire."""

from datetime import datetime
from typing import Literal

from pydantic import Field, TypeAdapter

from app.wire.figures import Answer
from app.wire.pages import Page
from app.wire.webhook_event import EventType

DeliveryStatus = Literal["pending", "delivered", "failed"]
MOST_ATTEMPTS_SHOWN = 20


class WebhookAttempt(Answer):
    """One request to a receiver."""

    at: datetime = Field(description="When it was sent, UTC.")
    status_code: int | None = Field(description="The HTTP status that the receiver answered; null where it did not.")
    error: str | None = Field(description="Why it does not count as delivered; null where it does.")
    duration_ms: int = Field(description="How long it took, in milliseconds.", json_schema_extra={"minimum": 0})


ATTEMPTS = TypeAdapter(list[WebhookAttempt])


class WebhookDelivery(Answer):
    """One event on its way to one receiver."""

    id: str = Field(description="Its id.", examples=["whd_01KCZ7Q5V8M2X4N6P8R0S2T4V6"])
    event_id: str = Field(
        description="The header webhook-id: the same in every attempt, in a replay, and at every receiver.",
        examples=["evt_01KCZ7Q5V8M2X4N6P8R0S2T4V6"],
    )
    type: EventType = Field(description="What happened.")
    optimization_id: str | None = Field(description="What it happened to; null for a ping.")
    endpoint_id: str | None = Field(description="The endpoint; null where a brief's webhook_url is told.")
    url: str = Field(description="Where it goes.")
    status: DeliveryStatus = Field(
        description="pending: an attempt is due or under way; delivered: the receiver answered 2xx; failed: it did not "
        "and no attempt is left."
    )
    created_at: datetime = Field(description="When it was queued, UTC.")
    next_attempt_at: datetime | None = Field(description="When the next attempt is due, UTC; null when none is.")
    ended_at: datetime | None = Field(description="When it was delivered or given up, UTC; null while pending.")
    attempts: list[WebhookAttempt] = Field(
        description=f"The last {MOST_ATTEMPTS_SHOWN} attempts, oldest first.", max_length=MOST_ATTEMPTS_SHOWN
    )


class WebhookDeliveryPage(Page[WebhookDelivery]):
    """Deliveries, newest first."""

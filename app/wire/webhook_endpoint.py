"""Webhook endpoints on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.wire.fields import Name, Posted, WebhookUrl
from app.wire.figures import Answer
from app.wire.pages import Page
from app.wire.webhook_event import OptimizationEventType


class WebhookEndpointRequest(Posted):
    """Where to tell about ended optimizations."""

    url: WebhookUrl = Field(
        description="Where to POST to: https, a public host, port 443 or 1024 and above, no user name, no fragment, at "
        "most 2000 characters.",
        examples=["https://hooks.example.com/creatormix"],
    )
    description: Name | None = Field(
        default=None, description="Free text, 1 to 200 characters. Absent: none.", examples=["campaign desk"]
    )
    event_types: Annotated[list[OptimizationEventType], Field(min_length=1, max_length=10)] | None = Field(
        default=None,
        description="What to tell about. Absent: everything, what later versions add included.",
        examples=[["optimization.completed", "optimization.failed"]],
    )


class WebhookEndpoint(Answer):
    """A registered endpoint."""

    id: str = Field(description="Its id.", examples=["whe_01KCZ7Q5V8M2X4N6P8R0S2T4V6"])
    url: str = Field(description="Where it is.")
    description: str | None = Field(description="Free text, or null.")
    event_types: list[OptimizationEventType] | None = Field(description="What it is told about; null for everything.")
    created_at: datetime = Field(description="When it was registered, UTC.")
    previous_secret_until: datetime | None = Field(
        description="Until when deliveries carry a signature of the secret before, too; null when they do not."
    )
    disabled_at: datetime | None = Field(description="Since when nothing is sent to it, UTC; null while it is on.")
    disabled_reason: str | None = Field(description="Why nothing is sent to it; null while it is on.")


class WebhookEndpointWithSecret(WebhookEndpoint):
    """A registered endpoint with its secret, which no later answer shows again."""

    secret: str = Field(
        description="What its deliveries are signed with (Standard Webhooks). Keep it: it is not shown again.",
        examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"],
    )


class WebhookEndpointPage(Page[WebhookEndpoint]):
    """Endpoints, newest first."""

"""What the service sends: the section ``webhooks`` of the OpenAPI document. Nothing here is a route of the service."""

from typing import Annotated, Any

from fastapi import APIRouter, Header

from app.wire.webhook_event import OptimizationEvent, PingEvent

router = APIRouter(tags=["webhooks"])

_ANSWERS: dict[int | str, dict[str, Any]] = {
    "2XX": {"description": "Any 2xx within 15 seconds: it is delivered. The body is not read."},
    410: {"description": "Gone: a registered endpoint is disabled, and nothing is tried again."},
    "default": {
        "description": "Anything else, redirects included: tried again over a day. `Retry-After` is heeded.",
        "headers": {
            "Retry-After": {"description": "Seconds to wait, or a date.", "schema": {"type": "string"}},
        },
    },
}

WebhookId = Annotated[
    str,
    Header(
        alias="webhook-id",
        description="The event's id: the same in every attempt. Ignore an event that you have had.",
        examples=["evt_01KCZ7Q5V8M2X4N6P8R0S2T4V6"],
    ),
]
WebhookTimestamp = Annotated[
    int,
    Header(
        alias="webhook-timestamp",
        description="When this attempt was sent, in seconds since 1970. Refuse what is older than five minutes.",
    ),
]
WebhookSignature = Annotated[
    str,
    Header(
        alias="webhook-signature",
        description="`v1,` and the base64 of HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>`; several, "
        "separated by spaces, while a secret is rotated. One that fits is enough.",
    ),
]


def _told(name: str, summary: str, about: str, event: type[OptimizationEvent] | type[PingEvent]) -> None:
    def receive(
        body: Any, webhook_id: WebhookId, webhook_timestamp: WebhookTimestamp, webhook_signature: WebhookSignature
    ) -> None:
        pass

    receive.__name__ = f"on_{name.replace('.', '_')}"
    receive.__doc__ = about
    receive.__annotations__["body"] = event
    router.post(name, summary=summary, status_code=204, responses=_ANSWERS)(receive)


_told(
    "optimization.completed",
    "An optimization has ended with an answer",
    "The optimization has succeeded: with a plan, or with the proof that there is none (`solution_status`).",
    OptimizationEvent,
)
_told(
    "optimization.failed",
    "An optimization has failed",
    "The optimization ended without an answer; its `failure` says why.",
    OptimizationEvent,
)
_told(
    "optimization.cancelled",
    "An optimization was cancelled",
    "The optimization was stopped before it was begun.",
    OptimizationEvent,
)
_told("ping", "An endpoint is tried out", "Somebody called `:ping` of the endpoint.", PingEvent)

"""The receiver on docs/how-to/webhooks.md, run: it takes what is signed, once, and refuses what is not."""

import base64
import json
from datetime import UTC, datetime
from textwrap import indent
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.documentation.pages import DOCS, blocks

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
(RECEIVER,) = (block.text for block in blocks(DOCS / "how-to/webhooks.md") if block.language == "python")
EVENT = {"type": "ping", "timestamp": "2026-01-01T00:00:00Z", "data": {}}


def received(raw_body: str, headers: dict[str, str], seen: set[str], queue: list[Any]) -> Any:
    def first_time(webhook_id: str) -> bool:
        return webhook_id not in seen and not seen.add(webhook_id)  # type: ignore[func-returns-value]

    scope: dict[str, Any] = {"Webhook": Webhook, "first_time": first_time, "enqueue": queue.append}
    exec(f"def receive(secret, raw_body, headers):\n{indent(RECEIVER, '    ')}", scope)
    return scope["receive"](SECRET, raw_body, headers)


def headers_of(body: str) -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("msg_1", now, body),
    }


def test_an_event_is_taken_once() -> None:
    body = json.dumps(EVENT)
    seen: set[str] = set()
    queue: list[Any] = []
    assert [received(body, headers_of(body), seen, queue) for _ in range(2)] == [204, 204]
    assert queue == [EVENT]


def test_what_was_changed_on_the_way_is_refused() -> None:
    headers = headers_of(json.dumps(EVENT))
    with pytest.raises(WebhookVerificationError):
        received(json.dumps({**EVENT, "type": "optimization.completed"}), headers, set(), [])

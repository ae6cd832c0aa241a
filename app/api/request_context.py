"""Around every request: its id, its line in the log, and the last catch for what nobody expected."""

import logging
import re
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.access import Answer, observed
from app.api.errors import problem_response
from app.errors import ServiceError
from app.telemetry.ids import working_for
from app.telemetry.metrics import Metrics

REQUEST_ID_HEADER = "X-Request-Id"
REPLAYED_HEADER = "Idempotent-Replayed"
_ACCEPTED = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_log = logging.getLogger("creatormix.request")


class RequestContext:
    """Middleware: X-Request-Id is echoed or made, and an unexpected exception becomes a 500 that tells nothing."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        received = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
        request_id = received if _ACCEPTED.fullmatch(received) else f"req_{secrets.token_hex(12)}"
        scope.setdefault("state", {})["request_id"] = request_id
        with working_for(request_id=request_id), observed(scope, self._metrics) as answer:
            await self._answer(scope, receive, send, request_id, answer)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, request_id: str, answer: Answer) -> None:
        started = False

        async def send_with_id(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                answer.status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID_HEADER] = request_id
                headers.update(scope["state"].get("answer_headers", {}))
                answer.replayed = REPLAYED_HEADER in headers
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except ClientDisconnect:
            _log.info("%s [%s]: the client went away", _called(scope), request_id)
        except Exception:
            _log.exception("%s [%s]: unexpected error", _called(scope), request_id)
            if started:
                raise  # half an answer is out: only cutting the connection tells the client
            error = ServiceError(f"An internal error; it is logged with request id {request_id}.")
            await problem_response(Request(scope), error)(scope, receive, send_with_id)


def _called(scope: Scope) -> str:
    return f"{scope['method']} {scope['path']}"

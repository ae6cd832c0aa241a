"""The header Idempotency-Key, for every POST: heeded where the caller is known, settled around the route.

``app.api.caller`` begins, so that no route can do without; the middleware keeps the answer before it goes out. A route
that makes something, or must not change it twice, asks for ``begun`` and ties the key to it in that transaction.
"""

import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from anyio.to_thread import run_sync
from fastapi import FastAPI, Request, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.body import read_ahead
from app.api.dependencies import Parts
from app.api.request_context import REPLAYED_HEADER
from app.errors import InvalidParameter, Unavailable
from app.services import idempotency
from app.services.caller import Caller
from app.services.cursors import is_id
from app.services.idempotency import Asked, Begun
from app.storage.idempotency_keys import KeptAnswer

KEY_HEADER = "Idempotency-Key"
_BARE, _QUOTED = r"[!#-~][!-~]{0,254}", r'"([!#-\[\]-~]|\\["\\]){1,255}"'
KEY_PATTERN = rf"^({_BARE}|{_QUOTED})$"
"""Regular expression of the header: visible ASCII, bare or as a string of RFC 9651."""
KEPT_HEADERS = ("content-type", "location", "etag", "retry-after", "preference-applied", "link")
"""What of the first answer is told again; the others belong to one request."""

_STATE = "idempotency"
_log = logging.getLogger("creatormix.idempotency")


class Replayed(Exception):  # noqa: N818 - no error: it ends the request with the answer that is kept
    """The answer to this request is kept already."""

    def __init__(self, kept: KeptAnswer) -> None:
        super().__init__()
        self.kept = kept


async def begin(request: Request, parts: Parts, caller: Caller) -> None:
    """Hold the key of a POST, if it has one.

    Raises Replayed with the answer to the first request, KeyReused, KeyInUse, InvalidParameter, BodyTooLarge, NotFound,
    Unavailable.
    """
    if request.method != "POST" or begun(request) is not None:
        return
    key = _sent(request)
    if key is None:
        return
    body = await read_ahead(request, parts.settings.max_body_bytes)
    held = await run_sync(partial(_begin, request, parts, caller, key, body))
    if isinstance(held, KeptAnswer):
        raise Replayed(held)
    request.state.idempotency = held


def begun(request: Request) -> Begun | None:
    """What the request holds; None where it has no key."""
    held: Begun | None = getattr(request.state, _STATE, None)
    return held


def install(app: FastAPI, parts: Parts) -> None:
    """Register the middleware and the handler."""
    app.add_middleware(_Settling, parts=parts)
    app.exception_handler(Replayed)(_on_replayed)


async def _on_replayed(_request: Request, replayed: Replayed) -> Response:
    kept = replayed.kept
    return Response(kept.content, kept.status, {**kept.headers, REPLAYED_HEADER: "true"})


def _begin(request: Request, parts: Parts, caller: Caller, key: str, body: bytes) -> Begun | KeptAnswer:
    path = request.scope["path"]
    asked = Asked(
        tenant_id=caller.tenant_id,
        key=key,
        fingerprint=idempotency.fingerprint(request.method, path, request.scope["query_string"], body),
        about_id=_about(request.path_params),
        at=datetime.now(UTC),
    )
    return idempotency.begin(parts.database, parts.in_flight, asked, timedelta(hours=parts.settings.idempotency_hours))


def _about(path_params: Mapping[str, str]) -> str | None:
    """What is erased together with the answer, where the path names it."""
    named = (("opt", "optimization_id"), ("whe", "endpoint_id"), ("whd", "delivery_id"))
    return next((path_params[name] for prefix, name in named if is_id(prefix, path_params.get(name, ""))), None)


def _sent(request: Request) -> str | None:
    """The key, without the quotes that the IETF draft has around it."""
    sent = request.headers.getlist(KEY_HEADER)
    if not sent:
        return None
    if len(sent) == 1 and re.fullmatch(_BARE, sent[0]):
        return sent[0]
    if len(sent) == 1 and re.fullmatch(_QUOTED, sent[0]):
        return re.sub(r"\\(.)", r"\1", sent[0][1:-1])
    request.state.body_is_unread = True
    got = f"{len(sent)} of them came" if len(sent) > 1 else f"{len(sent[0])} characters came"
    raise InvalidParameter(
        f"The header {KEY_HEADER} takes one key of 1 to 255 visible ASCII characters, bare or in double quotes; {got}. "
        "A random UUID is a good one."
    )


class _Settling:
    """Middleware: what is held when an answer comes is answered or let go before the answer goes out."""

    def __init__(self, app: ASGIApp, parts: Parts) -> None:
        self._app, self._parts = app, parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        answer = _Answer(self._parts, scope, send)
        try:
            await self._app(scope, receive, answer.send)
        finally:
            await answer.settle(None)


class _Answer:
    """The answer to one POST, on its way out."""

    def __init__(self, parts: Parts, scope: Scope, send: Send) -> None:
        self._parts, self._state, self._send = parts, scope["state"], send
        self._start: Message | None = None
        self._body = bytearray()

    async def send(self, message: Message) -> None:
        """Send it on, what is to be kept only when it is whole."""
        if _STATE not in self._state:
            await self._send(message)
            return
        if message["type"] == "http.response.start":
            if message["status"] >= 300:
                await self.settle(None)
                await self._send(message)
            else:
                self._start = message
            return
        self._body += message.get("body", b"")
        if self._start is None or message.get("more_body", False):
            return
        headers = Headers(raw=self._start["headers"])
        await self.settle(
            KeptAnswer(
                self._start["status"],
                {name: headers[name] for name in KEPT_HEADERS if name in headers},
                bytes(self._body),
            )
        )
        await self._send(self._start)
        await self._send({**message, "body": bytes(self._body)})

    async def settle(self, answer: KeptAnswer | None) -> None:
        """Keep the answer, or let go of the key where there is none to be kept; once."""
        held: Begun | None = self._state.pop(_STATE, None)
        if held is None:
            return
        try:
            await run_sync(partial(_settle, self._parts, held, answer))
        finally:
            self._parts.in_flight.end(held.holding.token)


def _settle(parts: Parts, held: Begun, answer: KeptAnswer | None) -> None:
    try:
        if answer is None:
            idempotency.let_go(parts.database, held)
        else:
            idempotency.keep(parts.database, held, answer)
    except Unavailable:
        _log.warning("the database is away: the answer to an Idempotency-Key is not kept; the key is freed later")
    except Exception:
        _log.exception("an Idempotency-Key could not be settled; it is freed later")


DOCUMENTED: dict[str, Any] = {
    "name": KEY_HEADER,
    "in": "header",
    "required": False,
    "description": "A key of the caller's choice for this request, best a random UUID. Sent again with the same key, "
    "path and body, it does its work once: the answer that was kept comes again.",
    "schema": {"type": "string", "pattern": KEY_PATTERN},
}
"""The header as the OpenAPI document shows it."""

REPLAYED_DOCUMENTED: dict[str, Any] = {
    "description": "`true` on an answer that was kept from an earlier request with the same Idempotency-Key.",
    "schema": {"type": "string", "enum": ["true"]},
}

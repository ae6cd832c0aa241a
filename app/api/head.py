"""HEAD wherever there is a GET, as RFC 9110 (9.3.2) has it: the same headers, and no body."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_EVENTS = "text/event-stream"
_KNOWN_OF_THE_ROUTE = ("route", "endpoint", "path_params")


class HeadAsGet:
    """Middleware: what is asked with HEAD is done as a GET whose body stays here."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        is_endless = is_complete = False

        async def send_headers(message: Message) -> None:
            nonlocal is_endless, is_complete
            if message["type"] == "http.response.start":
                is_endless = Headers(raw=message["headers"]).get("content-type", "").startswith(_EVENTS)
                await send(message)
            elif not is_complete:
                is_complete = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            elif is_endless:
                raise OSError("nobody reads these events")

        as_get = {**scope, "method": "GET"}
        try:
            await self._app(as_get, receive, send_headers)
        finally:
            scope.update({name: as_get[name] for name in _KNOWN_OF_THE_ROUTE if name in as_get})

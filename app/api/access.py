"""One log line and one count per request, by the template of its route: a path that no route has makes no label."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from time import perf_counter

from starlette.types import Scope

from app.telemetry.metrics import Metrics

_log = logging.getLogger("creatormix.access")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
QUIET_ROUTES = frozenset({"/livez", "/readyz", "/metrics"})
"""Asked for every few seconds: logged when they fail, and never traced."""
NO_ROUTE = "none"
NO_ANSWER = 499
"""What is logged and counted as the status when the client went away before its answer began."""


@dataclass(slots=True)
class Answer:
    """What is known of the answer so far."""

    status: int = NO_ANSWER
    replayed: bool = False


@contextmanager
def observed(scope: Scope, metrics: Metrics) -> Iterator[Answer]:
    """Time the request of ``scope``, then log and count it with what the block has put into the answer."""
    answer = Answer()
    start = perf_counter()
    try:
        yield answer
    finally:
        seconds = perf_counter() - start
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        route = getattr(scope.get("route"), "path_format", NO_ROUTE)
        metrics.request(method, route, answer.status, seconds)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            metrics.rate_limited()
        if answer.replayed:
            metrics.idempotent_replay()
        quiet = route in QUIET_ROUTES and answer.status < 400
        _log.log(
            logging.DEBUG if quiet else logging.INFO,
            "%s %s %d in %.1f ms",
            method,
            route,
            answer.status,
            seconds * 1000,
            extra={"method": method, "route": route, "status": answer.status, "duration_ms": round(seconds * 1000, 3)},
        )

"""How answers are declared in the OpenAPI document, so that every route says it in one line."""

from typing import Any

from app.errors import ServiceError
from app.wire.problem import MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]

_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}

LOCATION = {"description": "Path of the optimization.", "schema": {"type": "string"}, "required": True}
ETAG = {
    "description": "Changes when the answer changes; send it back as If-None-Match.",
    "schema": {"type": "string"},
    "required": True,
}
LINK = {
    "description": 'The next page as `<path>; rel="next"` (RFC 8288); absent on the last.',
    "schema": {"type": "string"},
}
_EXTRA_HEADERS: dict[int, dict[str, Any]] = {
    405: {"Allow": {"description": "The methods that this path takes.", "schema": {"type": "string"}}},
    503: {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}},
}


def problems(*errors: type[ServiceError]) -> Responses:
    """The error answers of a route. Every route can also end with 500, and with 503 where it needs the database."""
    titles: dict[int, list[str]] = {}
    every: list[type[ServiceError]] = [*errors, ServiceError]
    for error in every:
        titles.setdefault(error.status, []).append(f"{error.title}: {_first_sentence(error)}")
    return {
        status: {
            "description": " ".join(lines),
            "content": _PROBLEM,
            "headers": _EXTRA_HEADERS.get(status, {}),
        }
        for status, lines in sorted(titles.items())
    }


def _first_sentence(error: type[ServiceError]) -> str:
    if error is ServiceError:
        return "a defect of the service; its log has it under the request id."
    return (error.__doc__ or "").strip().split("\n")[0]

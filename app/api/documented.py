"""How answers are declared in the OpenAPI document, so that every route says it in one line."""

from typing import Any

from app.errors import Fault, InvalidBrief, ServiceError
from app.wire.problem import MEDIA_TYPE, problem_of

Responses = dict[int | str, dict[str, Any]]

_PROBLEM = {"$ref": "#/components/schemas/Problem"}

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
REPORT_LINK = {
    "description": 'The page for people as `<path>; rel="alternate"; type="text/html"` (RFC 8288).',
    "schema": {"type": "string"},
}
LINKS = {
    operation: {"operationId": operation, "parameters": {"optimization_id": "$response.body#/id"}}
    for operation in (
        *("get_optimization", "get_optimization_brief", "get_optimization_events", "list_optimization_creators"),
        "get_optimization_report",
        *("stop_optimization", "delete_optimization"),
    )
}
"""Where the id of an optimization leads to."""

TO_REPORT = {name: LINKS[name] for name in ("get_optimization_report",)}

STILL_RUNNING: dict[str, Any] = {
    "description": "It goes on: ask for it under Location, or follow its events.",
    "headers": {
        "Location": LOCATION,
        "ETag": ETAG,
        "Link": REPORT_LINK,
        "Retry-After": {"description": "Seconds to wait before asking.", "schema": {"type": "integer"}},
    },
}
"""The answer to a request whose wait ran out."""

_EXTRA_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"description": "Bearer.", "schema": {"type": "string"}}},
    405: {"Allow": {"description": "The methods that this path takes.", "schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}},
    503: {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}},
}


def problems(*errors: type[ServiceError]) -> Responses:
    """The error answers of a route; every route can also end with 500."""
    by_status: dict[int, list[type[ServiceError]]] = {}
    every: list[type[ServiceError]] = [*errors, ServiceError]
    for error in every:
        by_status.setdefault(error.status, []).append(error)
    return {
        status: {
            "description": " ".join(f"{error.title}: {_first_sentence(error)}" for error in alike),
            "content": {MEDIA_TYPE: {"schema": _PROBLEM, "examples": {error.code: _example(error) for error in alike}}},
            "headers": _EXTRA_HEADERS.get(status, {}),
        }
        for status, alike in sorted(by_status.items())
    }


def _example(error: type[ServiceError]) -> dict[str, Any]:
    detail = _first_sentence(error)
    pointer = "/candidates/3/offers/0/price" if error is InvalidBrief else ""
    told = ServiceError(detail, [Fault("money_form" if pointer else error.code, pointer, detail)])
    problem = problem_of(told, instance="/v1/optimizations", request_id="req_5b8e0b7ef145ed68b5c00fa9")
    shown = {"type": f"/v1/problem-types#{error.code}", "title": error.title, "status": error.status}
    return {"summary": error.title, "value": {**problem.model_dump(), **shown}}


def _first_sentence(error: type[ServiceError]) -> str:
    if error is ServiceError:
        return "a defect of the service; its log has it under the request id."
    return (error.__doc__ or "").strip().split("\n")[0]

"""Every error becomes problem details, here and nowhere else."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from anyio import move_on_after
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import Message, Receive, Scope, Send

from app.errors import (
    Fault,
    InvalidParameter,
    KeyInUse,
    MethodNotAllowed,
    NotFound,
    ServiceError,
    Throttled,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)
from app.wire.problem import MEDIA_TYPE, problem_of

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_RETRY_AFTER_S = 5
_DRAIN_LIMIT_BYTES = 2**30
_DRAIN_LIMIT_S = 10.0


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.exception_handler(ServiceError)(_on_service_error)
    app.exception_handler(HTTPException)(_on_http_exception)
    app.exception_handler(RequestValidationError)(_on_invalid_parameter)


def problem_response(request: Request, error: ServiceError) -> Response:
    """The answer to a request that ended with ``error``."""
    headers: dict[str, str] = {}
    kind: type[Response] = Response
    match error:
        case MethodNotAllowed():
            headers["Allow"] = ", ".join(error.allowed)
        case UnsupportedMediaType():
            headers["Accept"] = "application/json"
        case Unauthenticated():
            headers["WWW-Authenticate"] = "Bearer"
        case Throttled() | KeyInUse():
            headers["Retry-After"] = str(error.retry_after_s)
        case Unavailable():
            headers["Retry-After"] = str(_RETRY_AFTER_S)
    if getattr(request.state, "body_is_unread", False):
        kind = _BeforeTheBodyIsRead
    problem = problem_of(error, instance=request.url.path, request_id=request.state.request_id)
    return kind(problem.model_dump_json(), error.status, headers, MEDIA_TYPE)


class _BeforeTheBodyIsRead(Response):
    """An answer that is out before the body is in, and then takes the rest of the body and drops it.

    A server that closes instead resets the connection, and the client sees a broken pipe in place of the answer.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_but_stay_open(message: Message) -> None:
            await send({**message, "more_body": True} if message["type"] == "http.response.body" else message)

        await super().__call__(scope, receive, send_but_stay_open)
        dropped, more = 0, "expect" not in Headers(scope=scope)  # who waits for 100-continue sends no body now
        with move_on_after(_DRAIN_LIMIT_S):
            while more and dropped < _DRAIN_LIMIT_BYTES:
                message = await receive()
                dropped += len(message.get("body", b""))
                more = message["type"] == "http.request" and message.get("more_body", False)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _on_service_error(request: Request, error: ServiceError) -> Response:
    return problem_response(request, error)


async def _on_http_exception(request: Request, error: HTTPException) -> Response:
    """What the router says: no such path, or not with this method."""
    path = request.url.path
    told: ServiceError
    if error.status_code == HTTPStatus.NOT_FOUND:
        told = NotFound(f"There is nothing at {path}.")
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = _allowed_methods(request.app.routes, request.scope)
        listed = " and ".join(", ".join(allowed).rsplit(", ", 1))
        told = MethodNotAllowed(f"{path} does not take {request.method}, but {listed}.", allowed)
    else:
        raise error
    return problem_response(request, told)


def _allowed_methods(routes: Sequence[BaseRoute], scope: Scope) -> list[str]:
    whole = {**scope, "root_path": scope.get("app_root_path", scope["root_path"])}  # files have a root of their own

    def taken(method: str) -> bool:
        there = [route for route in routes if route.matches({**whole, "method": method})[0] == Match.FULL]
        return any(method == "GET" or not isinstance(route, Mount) for route in there)

    methods = [method for method in _METHODS if taken(method)]
    return ["GET", "HEAD", *methods[1:]] if methods[:1] == ["GET"] else methods


async def _on_invalid_parameter(request: Request, error: RequestValidationError) -> Response:
    """A query parameter that is not of its form. Bodies are not read by the framework, so nothing else comes here."""
    faults = [Fault("invalid_parameter", "", _parameter_detail(fault)) for fault in error.errors()]
    return problem_response(request, InvalidParameter(faults[0].detail, faults))


def _parameter_detail(fault: dict[str, Any]) -> str:
    where, *names = fault["loc"]
    name = ".".join(str(part) for part in names)
    if fault["type"] == "extra_forbidden":
        return f"There is no {where} parameter '{name}' here."
    return f"The {where} parameter '{name}' is not valid: {fault['msg'].removeprefix('Value error, ')}."

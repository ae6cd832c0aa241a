"""What can go wrong for a caller, with status, code and facts; routes and services raise, one handler writes.

Every error becomes problem details (RFC 9457). Codes are stable; ``app.wire.problem_types`` lists them all and
``GET /v1/problem-types`` publishes the list.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong (or, as a warning, noteworthy) at one place of the body.

    code: stable, snake_case. pointer: JSON Pointer into the body, "" for the whole body.
    detail: one sentence for people: what was received, what is allowed, what to do.
    line: of a fault in a candidate file, the line (in Parquet the row) that ``pointer`` points into, from 1.
    """

    code: str
    pointer: str
    detail: str
    severity: Literal["error", "warning"] = "error"
    line: int | None = None


class ServiceError(Exception):
    """An error that a caller is told about. Subclasses fix status, code and title."""

    status = 500
    code = "internal_error"
    title = "Internal error"

    def __init__(self, detail: str, faults: Iterable[Fault] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = tuple(faults)


class MalformedJson(ServiceError):
    """The body is not JSON that we accept."""

    status, code, title = 400, "malformed_json", "Malformed JSON"


class InvalidParameter(ServiceError):
    """A path or query parameter or a header is not of its form."""

    status, code, title = 400, "invalid_parameter", "Invalid parameter"


class Unauthenticated(ServiceError):
    """The call needs an API key that is known, not expired and not revoked."""

    status, code, title = 401, "unauthenticated", "API key needed"


class MissingScope(ServiceError):
    """The API key lacks the scope that the call needs; the detail names it."""

    status, code, title = 403, "missing_scope", "Scope missing"


class NotFound(ServiceError):
    """There is no such thing, or not for this caller."""

    status, code, title = 404, "not_found", "Not found"


class MethodNotAllowed(ServiceError):
    """The path exists, but not with this method."""

    status, code, title = 405, "method_not_allowed", "Method not allowed"

    def __init__(self, detail: str, allowed: Iterable[str]) -> None:
        super().__init__(detail)
        self.allowed = tuple(sorted(allowed))


class BodyTooLarge(ServiceError):
    """The body or its number of candidates is over the service's limit."""

    status, code, title = 413, "body_too_large", "Body too large"


class UnsupportedMediaType(ServiceError):
    """The content type is not one that the call reads."""

    status, code, title = 415, "unsupported_media_type", "Unsupported media type"


class NotAnswerable(ServiceError):
    """The optimization has not ended with an answer yet, or cannot be asked about any more; its status says more."""

    status, code, title = 409, "not_answerable", "Not answerable"


class EndpointDisabled(ServiceError):
    """Nothing is sent to the webhook endpoint; enable it first."""

    status, code, title = 409, "endpoint_disabled", "Webhook endpoint disabled"


class KeyInUse(ServiceError):
    """Another request with the same Idempotency-Key is being worked on; Retry-After says when to send it again."""

    status, code, title = 409, "idempotency_key_in_use", "Idempotency-Key in use"

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class KeyReused(ServiceError):
    """The Idempotency-Key was sent with another path or body before."""

    status, code, title = 422, "idempotency_key_reused", "Idempotency-Key used for something else"


class InvalidBrief(ServiceError):
    """The brief is JSON, but not valid; its faults say where."""

    status, code, title = 422, "invalid_brief", "Invalid brief"


class InvalidRequest(ServiceError):
    """The body is JSON, but not what the call takes; its faults say where."""

    status, code, title = 422, "invalid_request", "Invalid request"


class InvalidCandidateFile(ServiceError):
    """A file of candidates cannot be read, or has bad rows; its faults say where.

    source: the file's name. counted_in: what ``Fault.line`` counts. bad_rows: how many are bad, None where the file
    as a whole is. complete: whether all of them were looked for.
    """

    status, code, title = 422, "invalid_candidate_file", "Invalid candidate file"

    def __init__(
        self,
        detail: str,
        faults: Iterable[Fault] = (),
        *,
        source: str,
        counted_in: Literal["line", "row"] = "line",
        bad_rows: int | None = None,
        complete: bool = True,
    ) -> None:
        super().__init__(detail, faults)
        self.source = source
        self.counted_in: Literal["line", "row"] = counted_in
        self.bad_rows = bad_rows
        self.complete = complete


class InvalidPlanFile(InvalidCandidateFile):
    """A table with somebody's plan cannot be read, or does not fit the brief; its faults say on which lines."""

    status, code, title = 422, "invalid_plan_file", "Invalid plan file"


class WorkFailed(ServiceError):
    """The process that worked on the answer died or took far too long; the service goes on."""

    status, code, title = 500, "work_failed", "The work failed"


class Throttled(ServiceError):
    """Too much was asked for; waiting helps."""

    status, code, title = 429, "throttled", "Too much at once"

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class RateLimited(Throttled):
    """The API key has made more calls than its limit allows; Retry-After says when there is room again."""

    status, code, title = 429, "rate_limited", "Too many calls"


class QuotaReached(Throttled):
    """The tenant has as many optimizations waiting, or has made as many today, as it may; Retry-After says more."""

    status, code, title = 429, "quota_reached", "Quota reached"


class Unavailable(ServiceError):
    """The service cannot answer now; trying again later may work."""

    status, code, title = 503, "unavailable", "Service unavailable"

"""Problem details (RFC 9457): how every error looks, over HTTP and on the command line."""

from pydantic import Field

from app.errors import Fault, ServiceError
from app.wire.figures import Answer
from app.wire.optimization import Issue

MEDIA_TYPE = "application/problem+json"
MOST_LISTED = 100
"""Faults that one answer lists; ``truncated`` says that there were more."""


class Problem(Answer):
    """What went wrong, for programs (`type`, `errors[].code`) and for people (`title`, `detail`)."""

    type: str = Field(
        description="URI reference of the problem type; its fragment is a stable code of /v1/problem-types.",
        examples=["/v1/problem-types#invalid_brief"],
    )
    title: str = Field(description="The problem type in words.", examples=["Invalid brief"])
    status: int = Field(description="The HTTP status.", ge=400, le=599, examples=[422])
    detail: str = Field(description="What happened this time, in one or two sentences.")
    instance: str = Field(
        description="What it happened to: the path that was called, or the optimization that failed.",
        examples=["/v1/optimizations"],
    )
    request_id: str = Field(description="Also in the header X-Request-Id, and in the service's log.")
    errors: list[Issue] = Field(
        description=f"What is wrong, at which place of the body; at least one, at most {MOST_LISTED}.",
        min_length=1,
        max_length=MOST_LISTED,
    )
    truncated: bool = Field(description=f"Whether there are more than the {MOST_LISTED} that are listed.")


def issue_of(fault: Fault) -> Issue:
    """The fault as it is shown."""
    return Issue(code=fault.code, severity=fault.severity, pointer=fault.pointer, detail=fault.detail)


def problem_of(error: ServiceError, *, instance: str, request_id: str) -> Problem:
    """The error as it is shown; one without faults of its own lists itself, about the whole body."""
    faults = error.faults or (Fault(error.code, "", error.detail),)
    return Problem(
        type=f"/v1/problem-types#{error.code}",
        title=error.title,
        status=error.status,
        detail=error.detail,
        instance=instance,
        request_id=request_id,
        errors=[issue_of(fault) for fault in faults[:MOST_LISTED]],
        truncated=len(faults) > MOST_LISTED,
    )

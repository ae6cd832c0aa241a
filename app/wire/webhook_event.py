"""What a webhook says: the body that receivers get."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.wire.figures import Answer
from app.wire.optimization import SolutionStatus, StopReason

OptimizationEventType = Literal["optimization.completed", "optimization.failed", "optimization.cancelled"]
EventType = Literal["optimization.completed", "optimization.failed", "optimization.cancelled", "ping"]

EVENT_OF: dict[str, OptimizationEventType] = {
    "succeeded": "optimization.completed",
    "failed": "optimization.failed",
    "cancelled": "optimization.cancelled",
}
"""The status in which an optimization ended to the type of its event."""


class EndedOptimization(Answer):
    """What is told about an optimization; everything else is asked for with its id."""

    id: str = Field(description="The optimization's id: GET /v1/optimizations/{id} has the rest.")
    status: Literal["succeeded", "failed", "cancelled"] = Field(description="How it ended.")
    solution_status: SolutionStatus | None = Field(description="As in the optimization; null without a result.")
    stop_reason: StopReason | None = Field(description="As in the optimization; null where it never ran to an end.")
    parent_id: str | None = Field(description="The optimization that it was replanned from, or null.")
    label: str | None = Field(description="The brief's label.")
    created_at: datetime = Field(description="When the brief was received, UTC.")
    completed_at: datetime | None = Field(description="When it ended, UTC.")


class OptimizationEvent(Answer):
    """An optimization has ended."""

    type: OptimizationEventType = Field(description="What happened.")
    timestamp: datetime = Field(description="When it happened, UTC; not when it was sent.")
    data: EndedOptimization = Field(description="What it happened to.")


class PingData(Answer):
    """What a ping is about."""

    id: str = Field(description="The id of the endpoint that is tried out.")


class PingEvent(Answer):
    """Somebody tries out an endpoint."""

    type: Literal["ping"] = Field(description="What happened.")
    timestamp: datetime = Field(description="When it happened, UTC.")
    data: PingData = Field(description="What it happened to.")

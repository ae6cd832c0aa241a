"""What the events of an optimization carry."""

from typing import Self

from pydantic import Field

from app.wire.figures import Answer
from app.wire.optimization import Optimization, SolutionStatus, Status, StopReason


class StatusEvent(Answer):
    """Where an optimization stands: the data of the events `status` and `completed`."""

    id: str = Field(description="Identifier of the optimization.")
    status: Status = Field(description="Its status.")
    solution_status: SolutionStatus | None = Field(description="As in the optimization; null until it has ended.")
    stop_reason: StopReason | None = Field(description="As in the optimization; null until it has ended.")

    @classmethod
    def of(cls, optimization: Optimization) -> Self:
        """The same of the whole optimization."""
        return cls(
            id=optimization.id,
            status=optimization.status,
            solution_status=optimization.solution_status,
            stop_reason=optimization.stop_reason,
        )

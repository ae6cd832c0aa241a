"""What is made known of every solve that ended in this process."""

from collections.abc import Callable

from app.services.solving import Ended
from app.storage.jobs import Claimed
from app.telemetry.metrics import Metrics

OnEnd = Callable[[Claimed, Ended], None]


def counted(metrics: Metrics, then: Callable[[], None] | None = None) -> OnEnd:
    """Counts what was kept, then calls ``then``; what somebody else has kept, they have counted."""

    def on_end(_job: Claimed, ended: Ended) -> None:
        if ended.kept:
            metrics.ended(ended.status, ended.solution_status, ended.stop_reason, ended.solve_s, ended.relative_gap)
        if then is not None:
            then()

    return on_end

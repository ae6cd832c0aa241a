"""What is made known of every solve that ended in this process, and of every webhook that it tried."""

from collections.abc import Callable

from app.services.solving import Ended
from app.services.webhooks.attempts import Attempted, Observe
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


def attempts_counted(metrics: Metrics) -> Observe:
    """Counts every attempt at a webhook by how it ended."""

    def on_attempt(attempted: Attempted) -> None:
        metrics.webhook_attempt(attempted.outcome)

    return on_attempt

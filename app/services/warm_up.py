"""What a process does before its first work, so that this is as quick as the second."""

from app.settings import Settings
from app.telemetry import logs


def warm_up(settings: Settings) -> None:
    """Import all that reading, solving and answering need, and log as the parent does."""
    import app.services.questions.evaluation
    import app.services.questions.replan
    import app.services.solving  # noqa: F401

    logs.configure(settings)

"""What a process opens once and keeps: its benchmarks, and where it solves its database."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from app.services.translate import Campaign
from app.settings import Settings
from app.storage.database import Database
from optimizer.forecast.benchmarks import Benchmarks, load_benchmarks


@dataclass(eq=False, slots=True)
class Latest:
    """The campaign that was asked about last: several questions about one plan need not read its brief each time.

    One only, since a large one takes hundreds of megabytes.
    """

    optimization_id: str | None = None
    campaign: Campaign | None = None

    def of(self, optimization_id: str, read: Callable[[], Campaign]) -> Campaign:
        """The campaign of this optimization, read where it is not the latest."""
        if self.campaign is None or self.optimization_id != optimization_id:
            self.campaign = None  # let it go before the next one comes
            self.optimization_id, self.campaign = optimization_id, read()
        return self.campaign


@dataclass(frozen=True, eq=False, slots=True)
class Opened:
    """The parts of the service that work needs which runs in a process of its own."""

    settings: Settings
    database: Database
    benchmarks: Benchmarks
    latest: Latest = field(default_factory=Latest)


@cache
def opened(settings: Settings) -> Opened:
    """The parts for these settings; only for processes that do nothing else, since nobody closes them."""
    return Opened(settings, Database(settings.database_url), benchmarks_at(settings.benchmarks_path))


@cache
def benchmarks_at(path: Path | None) -> Benchmarks:
    """The benchmarks of a file, or the packaged ones. Raises ValueError or OSError when it is not usable."""
    return load_benchmarks(path)

"""What a process opens once and keeps: its benchmarks, and where it solves its database."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.settings import Settings
from app.storage.database import Database
from optimizer.forecast.benchmarks import Benchmarks, load_benchmarks


@dataclass(frozen=True, eq=False, slots=True)
class Opened:
    """The parts of the service that work needs which runs in a process of its own."""

    settings: Settings
    database: Database
    benchmarks: Benchmarks


@cache
def opened(settings: Settings) -> Opened:
    """The parts for these settings; only for processes that do nothing else, since nobody closes them."""
    return Opened(settings, Database(settings.database_url), benchmarks_at(settings.benchmarks_path))


@cache
def benchmarks_at(path: Path | None) -> Benchmarks:
    """The benchmarks of a file, or the packaged ones. Raises ValueError or OSError when it is not usable."""
    return load_benchmarks(path)

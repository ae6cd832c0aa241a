"""What routes are given: the parts that ``create_app`` built, and sessions that end before the answer goes out."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import Depends, Path, Request
from starlette.convertors import Convertor, register_url_convertor

from app.api.turns import Turns
from app.services.idempotency import InFlight
from app.services.queue_watch import QueueWatch
from app.services.rate_limits import RateLimits
from app.services.watch import Watch
from app.settings import Settings
from app.storage.database import Database, Session
from app.telemetry.metrics import Metrics
from app.telemetry.traces import Traces
from optimizer.forecast.benchmarks import Benchmarks


class Desk(Protocol):
    """Work in processes of its own, a few at a time; ``app.main`` puts the real one in."""

    size: int

    def run(self, work: Callable[..., Any], *arguments: object) -> Any:
        """What ``work`` returns there, or its exception. Raises WorkFailed, Unavailable."""

    def prepare(self, work: Callable[..., Any], *arguments: object) -> None:
        """Let it do ``work`` if nothing was asked of it yet; nobody waits for that."""


class Queue(Protocol):
    """Whoever takes queued optimizations up, as far as requests know it."""

    def poke(self) -> None:
        """Something was queued, or shall be stopped."""


class Watched(Protocol):
    """What the health calls look at, in a server and in a worker."""

    @property
    def database(self) -> Database:
        """Where the queue is."""

    @property
    def draining(self) -> threading.Event:
        """Set once the process is about to end."""

    @property
    def metrics(self) -> Metrics:
        """What this process counts."""

    @property
    def queue_watch(self) -> QueueWatch:
        """What all of them have before them."""


@dataclass(frozen=True)
class Parts:
    """What one application is made of.

    reading, asking: where large bodies are read and where questions are answered. reading_turns, asking_turns: how
    many at a time, and whose turn it is; who waits holds no thread, so that every other call stays quick.
    watch: tells those who wait for an optimization. draining: set once the process is about to end.
    rate_limits: of keys; None where they have none. in_flight: idempotency keys that requests of this process hold.
    """

    settings: Settings
    database: Database
    benchmarks: Benchmarks
    reading: Desk
    asking: Desk
    reading_turns: Turns
    asking_turns: Turns
    watch: Watch
    queue: Queue
    draining: threading.Event
    metrics: Metrics
    queue_watch: QueueWatch
    traces: Traces
    rate_limits: RateLimits | None
    in_flight: InFlight


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


FromParts = Annotated[Parts, Depends(_parts)]


def _watched(request: Request) -> Watched:
    parts: Watched = request.app.state.parts
    return parts


FromWatched = Annotated[Watched, Depends(_watched)]
"""For routes that a worker has too."""


def _reading(parts: FromParts) -> Iterator[Session]:
    with parts.database.reading() as session:
        yield session


def _writing(parts: FromParts) -> Iterator[Session]:
    with parts.database.writing() as session:
        yield session


Reading = Annotated[Session, Depends(_reading, scope="function")]
"""A session for a route that only reads."""

Writing = Annotated[Session, Depends(_writing, scope="function")]
"""A session that commits after the route and before its answer."""

OptimizationId = Annotated[
    str,
    Path(
        description="The optimization's `id`, from the answer to `POST /v1/optimizations`. Swagger UI "
        "has it filled in after that call."
    ),
]


class _IdConvertor(Convertor[str]):
    """An id in a path, without the colon that begins a custom method: ``/{id}`` is not ``/{id}:replan``."""

    regex = "[^/:]+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("id", _IdConvertor())

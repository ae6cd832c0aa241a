"""A process that only solves, put together; beside ``app.main``, which puts the server together."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from socket import create_server

import uvicorn
from fastapi import FastAPI

from app.api import errors, health
from app.api.request_context import RequestContext
from app.jobs.chores import tidying
from app.jobs.ends import attempts_counted, counted
from app.jobs.runtime import MakePool, Runtime, solving_pool
from app.services import queue_watch, readiness
from app.services.queue_watch import QueueWatch
from app.services.resource import service_version
from app.settings import Settings
from app.storage.database import Database
from app.telemetry import traces as tracing
from app.telemetry.metrics import Metrics
from app.telemetry.traces import Traces

_log = logging.getLogger("creatormix")


@dataclass(frozen=True)
class Watched:
    """What the health calls of a worker look at, as ``app.api.dependencies`` has it."""

    database: Database
    draining: threading.Event
    metrics: Metrics
    queue_watch: QueueWatch


@contextmanager
def solving(settings: Settings, processes: MakePool = solving_pool, traces: Traces | None = None) -> Iterator[None]:
    """Solve what is queued while the block runs, and answer health calls where the settings give a port.

    At its end what runs may end in time, the rest goes back to the queue. processes, traces: as in ``create_app``.
    Raises OSError when the port is taken.
    """
    database = Database(settings.database_url)
    traces = traces or tracing.from_environment()
    watched = Watched(
        database=database,
        draining=threading.Event(),
        metrics=Metrics(readiness.version().model_dump(include={"service", "model", "solver", "python"})),
        queue_watch=QueueWatch(lambda: queue_watch.figures(database)),
    )
    runtime = Runtime(
        settings,
        database,
        "worker",
        on_end=counted(watched.metrics),
        on_attempt=attempts_counted(watched.metrics),
        chores=tidying(settings, database),
        processes=processes,
        traces=traces,
    )
    with _answering(health_app(watched), settings):
        runtime.start()
        _log.info("worker %s solves up to %d at a time", runtime.executor_id, settings.concurrent_solves)
        try:
            yield
        finally:
            watched.draining.set()
            runtime.close()
            database.close()
            traces.close()


def health_app(watched: Watched) -> FastAPI:
    """The health calls alone: /livez, /readyz, /metrics, /version."""
    app = FastAPI(title="creatormix worker", version=service_version(), openapi_url=None, redirect_slashes=False)
    app.state.parts = watched
    app.add_middleware(RequestContext, metrics=watched.metrics)
    errors.install(app)
    app.include_router(health.router)
    return app


@contextmanager
def _answering(app: FastAPI, settings: Settings) -> Iterator[None]:
    """Serve on the worker's port, in a thread; nothing where it has none."""
    if settings.worker_metrics_port is None:
        yield
        return
    with create_server((settings.host, settings.worker_metrics_port)) as taken:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, args=([taken],), name="health", daemon=True)
        thread.start()
        _log.info("health and metrics on http://%s:%d", *taken.getsockname()[:2])
        try:
            yield
        finally:
            server.should_exit = True
            thread.join()

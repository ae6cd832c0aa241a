"""The application, put together: the one place that builds its parts."""

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import IO

from anyio.to_thread import run_sync
from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from app.api import (
    access,
    alternatives,
    break_even,
    creators,
    errors,
    evaluation,
    events,
    frontier,
    health,
    idempotency,
    openapi,
    optimizations,
    reference,
    replan,
    report,
    start,
    strategies,
    swagger,
    webhook_deliveries,
    webhook_endpoints,
    webhook_events,
)
from app.api.caller import require_declared
from app.api.dependencies import Parts
from app.api.head import HeadAsGet
from app.api.request_context import RequestContext
from app.api.turns import Turns
from app.jobs.chores import letting_go, tidying
from app.jobs.desk import Desk
from app.jobs.ends import attempts_counted, counted
from app.jobs.runtime import ASKING_NICE, READING_NICE, MakePool, Runtime, new_executor_id, solving_pool
from app.services import keys, queue_watch, readiness
from app.services.idempotency import InFlight
from app.services.opened import benchmarks_at
from app.services.queue_watch import QueueWatch
from app.services.rate_limits import RateLimits
from app.services.resource import service_version
from app.services.watch import Watch
from app.settings import Settings
from app.storage import migrate, only_one
from app.storage.database import Database
from app.telemetry import traces as tracing
from app.telemetry.metrics import Metrics
from app.telemetry.traces import Traces

_log = logging.getLogger("creatormix")

_READERS = 1
"""Processes that read large bodies; started with the first one."""

_RESOURCES = (
    optimizations,
    events,
    evaluation,
    replan,
    report,
    creators,
    strategies,
    frontier,
    break_even,
    alternatives,
    webhook_endpoints,
    webhook_deliveries,
    reference,
    health,
    start,
    swagger,
)
"""In the order of the document, which is the order of use."""


def create_app(settings: Settings, processes: MakePool = solving_pool, traces: Traces | None = None) -> FastAPI:
    """The service for these settings. Its lifespan brings the schema to head and runs what goes on in the background.

    traces: where spans go, instead of where the OTEL_ variables say. processes: makes the pools of processes that
    read, solve and answer.
    Raises ValueError or OSError when the benchmarks file of the settings is not usable.
    """
    parts, runtime, desks = _parts(settings, processes, traces or tracing.from_environment())

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        lock = await run_sync(_prepare, parts)
        try:
            await run_sync(runtime.start)
            yield
        finally:
            drain(app)
            await run_sync(runtime.close)
            app.state.closing.cancel()
            await run_sync(_close_desks, app)
            parts.database.close()
            if lock is not None:
                lock.close()
            await run_sync(parts.traces.close)

    app = FastAPI(
        title="creatormix",
        version=service_version(),
        description=openapi.DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
        telemetry=_telemetry(parts.traces),
    )
    app.state.parts = parts
    app.state.runtime = runtime
    app.state.desks = desks
    idempotency.install(app, parts)
    app.add_middleware(HeadAsGet)
    app.add_middleware(RequestContext, metrics=parts.metrics)
    errors.install(app)
    for resource in _RESOURCES:
        app.include_router(resource.router)
    app.webhooks.include_router(webhook_events.router)
    swagger.mount_assets(app)
    require_declared(app, (app.openapi_url or "", swagger.ASSETS_PATH))
    _with_document(app)
    return app


def _parts(settings: Settings, processes: MakePool, traces: Traces) -> tuple[Parts, Runtime, tuple[Desk, ...]]:
    """What routes use, what goes on in the background, and the desks that are to be closed."""
    database = Database(settings.database_url)
    watch = Watch(database)
    metrics = Metrics(readiness.version().model_dump(include={"service", "model", "solver", "python"}))
    in_flight = InFlight(new_executor_id())
    runtime = Runtime(
        settings,
        database,
        "serve",
        on_end=counted(metrics, watch.poke),
        on_attempt=attempts_counted(metrics),
        chores=[*tidying(settings, database), letting_go(database, in_flight)],
        processes=processes,
        traces=traces,
        executor_id=in_flight.executor_id,
    )
    longest_s = (settings.max_time_limit + settings.solve_overrun).total_seconds()
    asking = Desk(processes(settings, settings.concurrent_questions, ASKING_NICE), longest_s)
    reading = Desk(processes(settings, _READERS, READING_NICE), longest_s)
    parts = Parts(
        settings=settings,
        database=database,
        benchmarks=benchmarks_at(settings.benchmarks_path),
        reading=reading,
        asking=asking,
        reading_turns=Turns(settings.concurrent_solves),
        asking_turns=Turns(settings.concurrent_questions),
        watch=watch,
        queue=runtime,
        draining=threading.Event(),
        metrics=metrics,
        queue_watch=QueueWatch(lambda: queue_watch.figures(database)),
        traces=traces,
        rate_limits=RateLimits(settings.rate_limit, settings.rate_limit_storage) if settings.rate_limit else None,
        in_flight=in_flight,
    )
    return parts, runtime, (asking, reading)


def _telemetry(traces: Traces) -> TelemetryConfig:
    """FastAPI's own spans, where they are asked for; metrics and logs go other ways."""
    return {
        "tracing": traces.provider is not None,
        "tracer_provider": traces.provider,
        "metrics": False,
        "logs": False,
        "operation_spans": False,
        "auto_configure": False,
        "exclude": lambda scope: scope.get("path") in access.QUIET_ROUTES,
    }


def _with_document(app: FastAPI) -> None:
    def document() -> openapi.Document:
        if app.openapi_schema is None:
            app.openapi_schema = openapi.build_document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def drain(app: FastAPI) -> None:
    """The process is about to end: nothing more is taken up, and nobody waits any longer. From the event loop."""
    parts: Parts = app.state.parts
    runtime: Runtime = app.state.runtime
    if not parts.draining.is_set():
        app.state.closing = threading.Timer(parts.settings.shutdown_grace.total_seconds(), _close_desks, [app])
        app.state.closing.daemon = True
        app.state.closing.start()
    parts.draining.set()
    runtime.drain()
    parts.watch.release()


def _close_desks(app: FastAPI) -> None:
    """Whoever still waits for an answer when the grace is over is told so, before the connection is closed."""
    desks: tuple[Desk, ...] = app.state.desks
    for desk in desks:
        desk.close()


def _prepare(parts: Parts) -> IO[str] | None:
    lock = only_one.lock(parts.settings.database_url)
    if parts.settings.migrate:
        migrate.upgrade(parts.settings.database_url)
    with parts.database.reading() as session:
        if migrate.current(session) == migrate.head() and not keys.any_made(session):
            _log.warning(
                "No API key has been made: only calls of this machine's own user are answered, with all scopes of "
                "tenant default. `creatormix keys create` makes a key, and from then on every call needs one."
            )
    return lock

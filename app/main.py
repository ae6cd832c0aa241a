"""The application, put together: the one place that builds its parts."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter
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
    frontier,
    health,
    openapi,
    optimizations,
    reference,
    replan,
    strategies,
    swagger,
)
from app.api.caller import require_declared
from app.api.dependencies import Parts
from app.api.request_context import RequestContext
from app.services import keys, queue_watch, readiness
from app.services.optimizations import abandon_unfinished
from app.services.queue_watch import QueueWatch
from app.services.rate_limits import RateLimits
from app.services.resource import service_version
from app.settings import Settings
from app.storage import migrate
from app.storage.database import Database
from app.telemetry import traces as tracing
from app.telemetry.metrics import Metrics
from app.telemetry.traces import Traces
from optimizer.forecast.benchmarks import load_benchmarks

_log = logging.getLogger("creatormix")


def create_app(settings: Settings, traces: Traces | None = None) -> FastAPI:
    """The service for these settings. Its lifespan brings the schema to head and tidies up after a dead process.

    traces: where spans go, instead of where the OTEL_ variables say.
    Raises ValueError or OSError when the benchmarks file of the settings is not usable.
    """
    database = Database(settings.database_url)
    parts = Parts(
        settings=settings,
        database=database,
        benchmarks=load_benchmarks(settings.benchmarks_path),
        reading_slots=CapacityLimiter(settings.concurrent_solves),
        solving_slots=CapacityLimiter(settings.concurrent_solves),
        metrics=Metrics(readiness.version().model_dump(include={"service", "model", "solver", "python"})),
        queue_watch=QueueWatch(lambda: queue_watch.figures(database)),
        traces=traces or tracing.from_environment(),
        rate_limits=RateLimits(settings.rate_limit, settings.rate_limit_storage) if settings.rate_limit else None,
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await run_sync(_prepare, parts)
        try:
            yield
        finally:
            parts.database.close()
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
    app.add_middleware(RequestContext, metrics=parts.metrics)
    errors.install(app)
    for resource in (
        optimizations,
        evaluation,
        replan,
        creators,
        break_even,
        frontier,
        strategies,
        alternatives,
        reference,
        health,
        swagger,
    ):
        app.include_router(resource.router)
    swagger.mount_assets(app)
    require_declared(app, (app.openapi_url or "", swagger.ASSETS_PATH))
    _with_document(app)
    return app


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


def _prepare(parts: Parts) -> None:
    if parts.settings.migrate:
        migrate.upgrade(parts.settings.database_url)
    with parts.database.reading() as session:
        if migrate.current(session) != migrate.head():
            return  # /readyz says so
        if not keys.any_made(session):
            _log.warning(
                "No API key has been made: only calls of this machine's own user are answered, with all scopes of "
                "tenant default. `creatormix keys create` makes a key, and from then on every call needs one."
            )
    for optimization_id in abandon_unfinished(parts.database, parts.settings):
        _log.warning("%s was left unfinished by a process that died; it is now failed", optimization_id)

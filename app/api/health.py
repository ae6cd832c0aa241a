"""Whether the service lives, whether it is ready, and which version it is."""

from fastapi import APIRouter, Response

from app.api.caller import ANYBODY
from app.api.dependencies import FromWatched
from app.api.documented import problems
from app.errors import Unavailable
from app.services import readiness
from app.telemetry.metrics import CONTENT_TYPE
from app.wire.health import Alive, Ready, Version

router = APIRouter(tags=["health"], dependencies=[ANYBODY])


@router.get("/livez", summary="Is the process alive?", responses=problems())
async def get_livez() -> Alive:
    """Say that the process answers. Needs no database and is quick whatever else goes on."""
    return Alive(status="alive")


@router.get("/readyz", summary="Can it serve requests?", responses=problems(Unavailable))
def get_readyz(watched: FromWatched) -> Ready:
    """Say whether requests can be served: the database answers, its schema is at head, somebody solves; 503 where not.

    A process that is shutting down says 503, so that a load balancer sends its requests elsewhere.
    """
    if watched.draining.is_set():
        raise Unavailable("This process is shutting down.")
    return readiness.check(watched.database)


@router.get("/version", summary="Which versions answer?", responses=problems())
async def get_version() -> Version:
    """Say which versions of service, model and solver answer here."""
    return readiness.version()


@router.get(
    "/metrics",
    summary="What does this process count?",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **problems()},
)
async def get_metrics(watched: FromWatched) -> Response:
    """Give the metrics of this process and the figures of the queue, as Prometheus reads them.

    Answers without a database too; `creatormix_database_up` is 0 then.
    """
    return Response(watched.metrics.exposition(await watched.queue_watch.figures()), media_type=CONTENT_TYPE)

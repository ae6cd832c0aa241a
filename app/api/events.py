"""The events of an optimization, as they happen."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from app.api.caller import MayRead
from app.api.dependencies import FromParts, OptimizationId, Parts
from app.api.documented import problems
from app.api.paging import NO_PARAMETERS
from app.errors import InvalidParameter, NotFound, Unavailable
from app.services import optimizations
from app.services.caller import Caller
from app.services.watch import NotYet
from app.storage.jobs import State
from app.wire.event import StatusEvent
from app.wire.optimization import Optimization, ProgressState

router = APIRouter(prefix="/v1/optimizations", tags=["optimizations"])

_LONGEST_S = 15.0
_RETRY_MS = 1000


async def _known(optimization_id: OptimizationId, parts: FromParts, caller: MayRead) -> Optimization:
    return await run_sync(partial(_get, parts, caller, optimization_id))


def _get(parts: Parts, caller: Caller, optimization_id: str) -> Optimization:
    with parts.database.reading() as session:
        return optimizations.get(session, caller.tenant_id, optimization_id)


@router.get(
    "/{optimization_id}/events",
    summary="Follow an optimization",
    dependencies=[NO_PARAMETERS],
    response_class=EventSourceResponse,
    response_description="Server-sent events: `status` and `progress` while it runs, `completed` when it has ended, "
    "which is the last one. Ids rise; after a break `Last-Event-ID` goes on where it was.",
    responses=problems(InvalidParameter, NotFound, Unavailable),
)
async def get_optimization_events(
    optimization: Annotated[Optimization, Depends(_known)],
    parts: FromParts,
    caller: MayRead,
    last_event_id: Annotated[str | None, Header(description="The id of the last event that was received.")] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Follow an optimization while it waits and runs: events `status`, `progress` and at the end `completed`.

    Of progress only the newest is told. One that has ended sends `completed` at once.
    """
    seen = int(last_event_id) if last_event_id and last_event_id.isdecimal() and len(last_event_id) < 10 else -1
    said: str | None = None
    while not parts.watch.is_over:
        state = await parts.watch.moved(optimization.id, seen, _LONGEST_S)
        if isinstance(state, NotYet):
            continue
        if state is None:
            return  # erased: there is nothing more to say
        for event in _events(state, said, seen):
            yield event
        if state.has_ended:
            ended = await run_sync(partial(_get, parts, caller, optimization.id))
            yield _event("completed", StatusEvent.of(ended), state.revision)
            return
        seen, said = state.revision, state.status


def _events(state: State, said: str | None, seen: int) -> list[ServerSentEvent]:
    """What is new in a state. A progress is a change of its own, so a status beside it came one change before.

    seen: the last id that was received; nothing is told under it or an earlier one.
    """
    if state.has_ended:
        return []
    events = []
    progress = None if state.progress_json is None else ProgressState.model_validate_json(state.progress_json)
    status_id = state.revision - (progress is not None)
    if state.status != said and status_id > seen:
        status = StatusEvent(
            id=state.id,
            status="running" if state.status == "running" else "queued",
            solution_status=None,
            stop_reason=None,
        )
        events.append(_event("status", status, status_id))
    if progress is not None:
        events.append(_event("progress", progress, state.revision))
    return events


def _event(name: str, data: StatusEvent | ProgressState, revision: int) -> ServerSentEvent:
    return ServerSentEvent(event=name, data=data, id=str(revision), retry=_RETRY_MS)

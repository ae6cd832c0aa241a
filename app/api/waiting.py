"""Answers about optimizations that may still be running: with the end when it comes in time, else with a 202."""

from functools import partial
from hashlib import sha256

from anyio.to_thread import run_sync
from fastapi import Request, Response

from app.api.body import JSON
from app.api.dependencies import Parts
from app.api.idempotency import begun
from app.api.prefer import Preference
from app.services import idempotency, optimizations, quotas
from app.services.caller import Caller
from app.services.idempotency import Begun
from app.services.optimizations import Posted
from app.telemetry.ids import note
from app.telemetry.traces import traceparent
from app.wire.optimization import Optimization

_RETRY_AFTER_S = 1


async def rejoined(request: Request, parts: Parts, caller: Caller, preference: Preference) -> Response | None:
    """The answer about what an earlier request with the same Idempotency-Key has made; None where it made nothing.

    Raises Unavailable, NotFound.
    """
    held = begun(request)
    if held is None or held.made_id is None:
        return None
    note(optimization_id=held.made_id)
    return await ended_or_not(request, parts, caller, held.made_id, preference, status=201)


async def queued(request: Request, parts: Parts, caller: Caller, posted: Posted, preference: Preference) -> Response:
    """Store a brief, let it be solved, and answer as is preferred.

    Raises QuotaReached, KeyInUse, Unavailable, NotFound.
    """
    optimization_id = await run_sync(partial(_add, parts, caller, posted, begun(request)))
    note(optimization_id=optimization_id)
    parts.queue.poke()
    return await ended_or_not(request, parts, caller, optimization_id, preference, status=201)


async def ended_or_not(
    request: Request, parts: Parts, caller: Caller, optimization_id: str, preference: Preference, *, status: int
) -> Response:
    """The optimization: with this status once it has ended, as a 202 when that takes longer than is preferred.

    Raises NotFound when it is erased meanwhile, Unavailable.
    """
    await parts.watch.ended(optimization_id, preference.wait_s)
    optimization = await run_sync(partial(_get, parts, caller, optimization_id))
    response = with_etag(request, optimization)
    response.headers.update(preference.headers)
    if status == 201 or not optimization.has_ended:
        response.headers["Location"] = f"{request.scope.get('root_path', '')}/v1/optimizations/{optimization.id}"
    response.status_code = status
    if not optimization.has_ended:
        response.status_code = 202
        response.headers["Retry-After"] = str(_RETRY_AFTER_S)
    return response


def with_etag(request: Request, optimization: Optimization) -> Response:
    """The optimization as an answer, with the tag that changes when it changes, and where its report is."""
    body = optimization.model_dump_json().encode()
    report = f"{request.scope.get('root_path', '')}/v1/optimizations/{optimization.id}/report"
    headers = {
        "ETag": f'"{sha256(body).hexdigest()[:32]}"',
        "Link": f'<{report}>; rel="alternate"; type="text/html"',
    }
    return Response(body, media_type=JSON, headers=headers)


def _add(parts: Parts, caller: Caller, posted: Posted, held: Begun | None) -> str:
    with parts.database.writing() as session:
        quotas.require_room(session, caller, parts.settings, posted.received_at)
        optimization_id = optimizations.add(session, caller, posted, traceparent=traceparent())
        idempotency.tie(session, held, optimization_id)
    return optimization_id


def _get(parts: Parts, caller: Caller, optimization_id: str) -> Optimization:
    with parts.database.reading() as session:
        return optimizations.get(session, caller.tenant_id, optimization_id)

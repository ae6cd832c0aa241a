"""Work that a request waits for: in a process of its own, so that every other call stays quick."""

from collections.abc import Callable
from functools import partial
from typing import Any

from fastapi import Response

from app.api.body import JSON
from app.api.dependencies import Parts
from app.errors import Unavailable
from app.services.caller import Caller
from app.services.questions import asked
from app.services.questions.asked import Asked
from app.wire.figures import Answer

SMALL_BODY_BYTES = 128 * 1024
"""Up to this size a body is read in a thread: it takes milliseconds, and less than sending it to a process."""


async def answered(parts: Parts, caller: Caller, optimization_id: str, question: Callable[[Asked], Answer]) -> Response:
    """The answer to a question about an optimization of the caller's. Raises NotFound, NotAnswerable, Unavailable."""
    return await answered_by(parts, caller, asked.answer, caller.tenant_id, optimization_id, question)


async def answered_by(parts: Parts, caller: Caller, work: Callable[..., bytes], *arguments: object) -> Response:
    """The JSON that ``work`` makes of the settings and the arguments. Raises what it raises, and Unavailable."""
    return Response(await asked_in_a_process(parts, caller.tenant_id, work, *arguments), media_type=JSON)


async def asked_in_a_process(parts: Parts, tenant_id: str, work: Callable[..., Any], *arguments: object) -> Any:
    """What ``work`` makes of the settings and the arguments. Raises what it raises, and Unavailable."""
    waiting = parts.asking_turns.waiting(tenant_id)
    if waiting >= parts.settings.waiting_questions:
        raise Unavailable(
            f"{waiting} questions of tenant {tenant_id} wait to be answered already; ask again in a moment."
        )
    return await parts.asking_turns.run(tenant_id, partial(parts.asking.run, work, parts.settings, *arguments))


async def read_by(parts: Parts, caller: Caller, size_bytes: int, work: Callable[..., Any], *arguments: object) -> Any:
    """What ``work`` makes of the settings and the arguments, of which the largest is a body of this size."""
    reading = partial(work, parts.settings, *arguments)
    if size_bytes > SMALL_BODY_BYTES:
        reading = partial(parts.reading.run, work, parts.settings, *arguments)
    return await parts.reading_turns.run(caller.tenant_id, reading)

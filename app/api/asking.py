"""Questions about a finished optimization: read it, then let it think in a thread with a solving slot."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from anyio.to_thread import run_sync

from app.api.dependencies import Parts
from app.services.questions import asked
from app.services.questions.asked import Asked

Answer = TypeVar("Answer")


async def answered(parts: Parts, optimization_id: str, question: Callable[[Asked], Answer]) -> Answer:
    """The answer to a question about a stored optimization. Raises NotFound, NotAnswerable."""
    read = partial(asked.of_stored, parts.database, optimization_id, parts.benchmarks)
    about = await run_sync(read, limiter=parts.reading_slots)
    return await run_sync(question, about, limiter=parts.solving_slots)

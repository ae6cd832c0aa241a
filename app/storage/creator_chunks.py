"""The rows of /creators: written in chunks of JSON, read by position."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import insert, select, tuple_
from sqlalchemy.orm import Session

from app.storage.tables import CreatorChunkRow

CHUNK_ROWS = 500
"""Rows of a chunk; only the last one of a decision has fewer."""

_ZLIB_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk as it is kept. number counts from 0 within a decision; content is a JSON list (zlib)."""

    decision: str
    number: int
    content: bytes


def packed(decision: str, documents: Iterable[bytes]) -> Iterator[Chunk]:
    """Chunks from JSON lists of ``CHUNK_ROWS`` rows; needs no database, so it can run before a transaction."""
    for number, document in enumerate(documents):
        yield Chunk(decision, number, zlib.compress(document, _ZLIB_LEVEL))


def add(session: Session, optimization_id: str, chunks: Iterable[Chunk]) -> None:
    """Add the chunks of an optimization."""
    rows = [
        {
            "optimization_id": optimization_id,
            "decision": chunk.decision,
            "number": chunk.number,
            "content": chunk.content,
        }
        for chunk in chunks
    ]
    if rows:
        session.execute(insert(CreatorChunkRow), rows)


def read(
    session: Session, optimization_id: str, decision: str | None, *, after: tuple[str, int] | None, limit: int
) -> list[tuple[str, int, bytes]]:
    """At most ``limit`` chunks from (decision, number) = ``after`` on, in order: decision, number, JSON list."""
    key = (CreatorChunkRow.decision, CreatorChunkRow.number)
    chunks = (
        select(*key, CreatorChunkRow.content)
        .where(CreatorChunkRow.optimization_id == optimization_id)
        .order_by(*key)
        .limit(limit)
    )
    if decision is not None:
        chunks = chunks.where(CreatorChunkRow.decision == decision)
    if after is not None:
        chunks = chunks.where(tuple_(*key) >= tuple_(*after))
    return [(kept, number, zlib.decompress(content)) for kept, number, content in session.execute(chunks)]

"""The creator rows of an optimization, page by page or as one table."""

import json
from collections.abc import Iterator
from typing import Any

from app.errors import NotFound
from app.services import cursors
from app.services.cursors import CreatorPosition
from app.storage import creator_chunks, optimizations
from app.storage.creator_chunks import CHUNK_ROWS
from app.storage.database import Database, Session
from app.wire import creator_csv
from app.wire.creator_row import CreatorRow
from app.wire.older import completed
from app.wire.pages import CreatorPage

Rows = list[dict[str, Any]]


def page(
    session: Session, tenant_id: str, optimization_id: str, *, decision: str | None, cursor: str | None, limit: int
) -> CreatorPage:
    """At most ``limit`` rows from ``cursor`` on: chosen before rejected, each by creator and offer id."""
    rows, following = rows_from(session, tenant_id, optimization_id, decision=decision, cursor=cursor, limit=limit)
    return CreatorPage(
        data=[CreatorRow.model_validate(row) for row in rows], has_more=following is not None, next_cursor=following
    )


def rows_from(
    session: Session, tenant_id: str, optimization_id: str, *, decision: str | None, cursor: str | None, limit: int
) -> tuple[Rows, str | None]:
    """The rows of one page as JSON objects, and the cursor of the next page. Raises NotFound, InvalidParameter."""
    require(session, tenant_id, optimization_id)
    start = cursors.read_creator(cursor) if cursor is not None else None
    chunks = creator_chunks.read(
        session,
        optimization_id,
        decision,
        after=(start.decision, start.number) if start else None,
        limit=limit // CHUNK_ROWS + 3,  # the first and the last in part, and each decision ends with a short one
    )
    rows: Rows = []
    for kept, number, document in chunks:
        content = _rows(document)
        begin = start.offset if start and (start.decision, start.number) == (kept, number) else 0
        if len(rows) == limit and begin < len(content):
            return rows, cursors.at_creator(CreatorPosition(kept, number, begin))
        end = begin + limit - len(rows)
        rows += content[begin:end]
        if end < len(content):
            return rows, cursors.at_creator(CreatorPosition(kept, number, end))
    return rows, None


def _rows(document: bytes) -> Rows:
    """The rows of a chunk, all of them of the version that stored it."""
    rows: Rows = json.loads(document)
    is_older = bool(rows) and not CreatorRow.model_fields.keys() <= rows[0].keys()
    return [completed(CreatorRow, row) for row in rows] if is_older else rows


def table(
    database: Database, tenant_id: str, optimization_id: str, *, decision: str | None, cursor: str | None
) -> Iterator[str]:
    """All rows from ``cursor`` on as CSV, a chunk at a time, each read in a session of its own.

    Raises NotFound and InvalidParameter before the first part.
    """
    with database.reading() as session:
        rows, following = rows_from(
            session, tenant_id, optimization_id, decision=decision, cursor=cursor, limit=CHUNK_ROWS
        )
        paths = _csv_columns(session, optimization_id)

    def parts(rows: Rows, following: str | None) -> Iterator[str]:
        yield creator_csv.lines(paths, rows, header=True)
        while following:
            with database.reading() as session:
                rows, following = rows_from(
                    session, tenant_id, optimization_id, decision=decision, cursor=following, limit=CHUNK_ROWS
                )
            yield creator_csv.lines(paths, rows, header=False)

    return parts(rows, following)


def csv_page(
    session: Session, tenant_id: str, optimization_id: str, *, decision: str | None, cursor: str | None, limit: int
) -> tuple[str, str | None]:
    """One page as CSV with its header, and the cursor of the next page. Raises NotFound, InvalidParameter."""
    rows, following = rows_from(session, tenant_id, optimization_id, decision=decision, cursor=cursor, limit=limit)
    return creator_csv.lines(_csv_columns(session, optimization_id), rows, header=True), following


def _csv_columns(session: Session, optimization_id: str) -> list[creator_csv.Path]:
    """The CSV columns of an optimization: the same for all its rows, whatever they are narrowed to."""
    first = creator_chunks.read(session, optimization_id, None, after=None, limit=1)
    segments = list(json.loads(first[0][2])[0]["forecast"]["engaged_by_segment"]) if first else []
    return creator_csv.columns(segments)


def require(session: Session, tenant_id: str, optimization_id: str) -> None:
    """Raise NotFound where the tenant has no such optimization."""
    if not cursors.OPTIMIZATION_ID.fullmatch(optimization_id) or not optimizations.exists(
        session, tenant_id, optimization_id
    ):
        raise unknown_optimization(optimization_id)


def unknown_optimization(optimization_id: str) -> NotFound:
    """What is said about an id that is not there."""
    return NotFound(f"There is no optimization '{optimization_id[:80]}'.")

"""Optimizations and their briefs: added, ended, found, listed, erased. Nothing here commits."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from app.storage.tables import BriefRow, ErasedOptimizationRow, OptimizationRow

_BRIEF_ZLIB_LEVEL = 1  # 64 MiB in a second; higher levels save little


Erasure = Literal["now", "before", "unknown"]


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list is narrowed to; None narrows nothing. label: equal. created_after: later than."""

    status: str | None = None
    label: str | None = None
    created_after: datetime | None = None


def add(session: Session, row: OptimizationRow, brief: bytes) -> None:
    """Add an optimization with the bytes that were posted."""
    session.add(row)
    session.flush()
    session.add(BriefRow(optimization_id=row.id, content=zlib.compress(brief, _BRIEF_ZLIB_LEVEL)))


def end(
    session: Session,
    optimization_id: str,
    claim: int,
    *,
    status: str,
    completed_at: datetime | None,
    solution_status: str | None = None,
    stop_reason: str | None = None,
    result_json: str | None = None,
    failure_json: str | None = None,
    warnings_json: str | None = None,
    reproducibility_json: str | None = None,
) -> bool:
    """Write how an optimization ended under this claim; False when it is erased, ended or somebody else's by now."""
    values = {
        "status": status,
        "completed_at": completed_at,
        "solution_status": solution_status,
        "stop_reason": stop_reason,
        "progress_json": None,
        "result_json": result_json,
        "failure_json": failure_json,
        "revision": OptimizationRow.revision + 1,
    }
    if warnings_json is not None:
        values["warnings_json"] = warnings_json
    if reproducibility_json is not None:
        values["reproducibility_json"] = reproducibility_json
    ended = session.execute(
        update(OptimizationRow)
        .where(
            OptimizationRow.id == optimization_id, OptimizationRow.claim == claim, OptimizationRow.status == "running"
        )
        .values(values)
        .returning(OptimizationRow.id)
        .execution_options(synchronize_session=False)
    )
    return ended.first() is not None


def find(session: Session, tenant_id: str, optimization_id: str) -> OptimizationRow | None:
    """The tenant's optimization, or None."""
    return session.scalar(select(OptimizationRow).where(*_own(tenant_id, optimization_id)))


def brief_of(session: Session, tenant_id: str, optimization_id: str) -> bytes | None:
    """The bytes that were posted, or None where the tenant has no such optimization."""
    content = session.scalar(select(BriefRow.content).join(OptimizationRow).where(*_own(tenant_id, optimization_id)))
    return None if content is None else zlib.decompress(content)


def brief_bytes(session: Session, optimization_id: str) -> int:
    """How large the brief of an optimization is as it is kept; 0 where it is erased."""
    return session.scalar(select(func.length(BriefRow.content)).where(BriefRow.optimization_id == optimization_id)) or 0


def page(
    session: Session, tenant_id: str, listing: Listing, *, before_id: str | None, limit: int
) -> Sequence[OptimizationRow]:
    """At most ``limit`` of the tenant's optimizations, newest first, older than ``before_id`` (ids sort by time)."""
    rows = select(OptimizationRow).where(OptimizationRow.tenant_id == tenant_id)
    rows = rows.order_by(OptimizationRow.id.desc()).limit(limit)
    if before_id is not None:
        rows = rows.where(OptimizationRow.id < before_id)
    if listing.status is not None:
        rows = rows.where(OptimizationRow.status == listing.status)
    if listing.label is not None:
        if "\x00" in listing.label:
            return []  # no label has it, and PostgreSQL does not even compare it
        rows = rows.where(OptimizationRow.label == listing.label)
    if listing.created_after is not None:
        rows = rows.where(OptimizationRow.created_at > listing.created_after)
    return session.scalars(rows).all()


def erase(session: Session, tenant_id: str, optimization_id: str, at: datetime) -> Erasure:
    """Erase an optimization of the tenant and all that belongs to it, and remember its id."""
    erased = session.execute(
        delete(OptimizationRow)
        .where(*_own(tenant_id, optimization_id))
        .returning(OptimizationRow.id)
        .execution_options(synchronize_session=False)
    )
    if erased.first() is None:
        before = session.get(ErasedOptimizationRow, optimization_id)
        return "unknown" if before is None or before.tenant_id != tenant_id else "before"
    session.add(ErasedOptimizationRow(id=optimization_id, tenant_id=tenant_id, erased_at=at))
    return "now"


def ended_before(session: Session, before: datetime, limit: int) -> list[tuple[str, str]]:
    """At most ``limit`` optimizations that ended before a moment, of all tenants: tenant and id; locked for erasure."""
    rows = (
        select(OptimizationRow.tenant_id, OptimizationRow.id)
        .where(OptimizationRow.completed_at < before, OptimizationRow.status.not_in(("queued", "running")))
        .order_by(OptimizationRow.completed_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(row.tenant_id, row.id) for row in session.execute(rows)]


def exists(session: Session, tenant_id: str, optimization_id: str) -> bool:
    """Whether the tenant has such an optimization."""
    return session.scalar(select(OptimizationRow.id).where(*_own(tenant_id, optimization_id))) is not None


def _own(tenant_id: str, optimization_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """What every query for one optimization asks for: an id alone gives nobody anything."""
    return OptimizationRow.tenant_id == tenant_id, OptimizationRow.id == optimization_id

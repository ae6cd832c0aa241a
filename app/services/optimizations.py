"""Optimizations: posted, found, listed, stopped, erased. ``app.services.solving`` solves them."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from app.services import audit, cursors
from app.services.answers.earlier import Earlier
from app.services.briefs import Accepted
from app.services.caller import Caller
from app.services.creators import unknown_optimization
from app.services.webhooks.events import announce
from app.storage import idempotency_keys, jobs, optimizations, webhook_deliveries
from app.storage.database import Session
from app.storage.ids import new_id
from app.storage.optimizations import Listing
from app.storage.tables import OptimizationRow
from app.wire.older import completed
from app.wire.optimization import Failure, Issue, Optimization, ProgressState, Result
from app.wire.pages import OptimizationPage


@dataclass(frozen=True, eq=False, slots=True)
class Posted:
    """A brief to be stored and solved. parent_id, earlier: what it was replanned from."""

    raw: bytes
    received_at: datetime
    accepted: Accepted
    parent_id: str | None = None
    earlier: Earlier | None = None


def add(session: Session, caller: Caller, posted: Posted, *, traceparent: str | None = None) -> str:
    """Store a brief and queue it, in one transaction: from its commit on it will be solved. Its id."""
    tenant_id = caller.tenant_id
    optimization_id = new_id("opt", posted.received_at)
    accepted = posted.accepted
    row = OptimizationRow(
        id=optimization_id,
        tenant_id=tenant_id,
        status="queued",
        parent_id=posted.parent_id,
        label=accepted.label,
        created_at=posted.received_at,
        time_limit_s=accepted.time_limit_s,
        warnings_json=issues_json(accepted.warnings),
        reproducibility_json=accepted.reproducibility.model_dump_json(),
        before_json=None if posted.earlier is None else posted.earlier.written(),
        traceparent=traceparent,
        webhook_url=accepted.webhook_url,
        revision=1,
        queue_tag=jobs.fair_tag(session, tenant_id),
    )
    optimizations.add(session, row, posted.raw)
    made: audit.Action = "optimization.created" if posted.parent_id is None else "optimization.replanned"
    audit.record(session, caller, made, optimization_id)
    return optimization_id


def stop(session: Session, caller: Caller, optimization_id: str) -> None:
    """Let it end with its best plan so far; one that waits is cancelled, one that has ended stays. Raises NotFound."""
    if get(session, caller.tenant_id, optimization_id).has_ended:
        return
    if jobs.request_stop(session, caller.tenant_id, optimization_id, at=datetime.now(UTC)):
        announce(session, [optimization_id])
    audit.record(session, caller, "optimization.stopped", optimization_id)


def get(session: Session, tenant_id: str, optimization_id: str) -> Optimization:
    """The tenant's optimization. Raises NotFound."""
    known = cursors.OPTIMIZATION_ID.fullmatch(optimization_id)
    row = optimizations.find(session, tenant_id, optimization_id) if known else None
    if row is None:
        raise unknown_optimization(optimization_id)
    return _resource(row)


def brief(session: Session, tenant_id: str, optimization_id: str) -> bytes:
    """The brief as it was posted. Raises NotFound."""
    known = cursors.OPTIMIZATION_ID.fullmatch(optimization_id)
    raw = optimizations.brief_of(session, tenant_id, optimization_id) if known else None
    if raw is None:
        raise unknown_optimization(optimization_id)
    return raw


def page(session: Session, tenant_id: str, listing: Listing, *, cursor: str | None, limit: int) -> OptimizationPage:
    """One page, newest first. Raises InvalidParameter for a cursor that is none."""
    before_id = cursors.read_optimization(cursor) if cursor is not None else None
    rows = optimizations.page(session, tenant_id, listing, before_id=before_id, limit=limit + 1)
    has_more = len(rows) > limit
    return OptimizationPage(
        data=[_resource(row) for row in rows[:limit]],
        has_more=has_more,
        next_cursor=cursors.after_optimization(rows[limit - 1].id) if has_more else None,
    )


def erase(session: Session, caller: Caller, optimization_id: str) -> None:
    """Erase it and all that belongs to it; fine when that was done before. Raises NotFound for an unknown id."""
    if not cursors.OPTIMIZATION_ID.fullmatch(optimization_id):
        raise unknown_optimization(optimization_id)
    told = webhook_deliveries.erase_about(session, caller.tenant_id, optimization_id)
    done = optimizations.erase(session, caller.tenant_id, optimization_id, datetime.now(UTC))
    if done == "unknown":
        raise unknown_optimization(optimization_id)
    if done == "now":
        idempotency_keys.forget(session, caller.tenant_id, [optimization_id, *told])
        audit.record(session, caller, "optimization.erased", optimization_id)


def issues_json(issues: list[Issue]) -> str:
    """Issues as they are stored."""
    return json.dumps([issue.model_dump() for issue in issues])


def _resource(row: OptimizationRow) -> Optimization:
    """The resource from its row; what is in the row was checked when it was written."""
    return Optimization.model_validate(
        {
            "id": row.id,
            "status": row.status,
            "solution_status": row.solution_status,
            "stop_reason": row.stop_reason,
            "parent_id": row.parent_id,
            "label": row.label,
            "created_at": row.created_at,
            "started_at": None if row.status == "queued" else row.started_at,  # it may have been handed back
            "completed_at": row.completed_at,
            "progress": ProgressState.model_validate_json(row.progress_json) if row.progress_json else None,
            "result": Result.model_validate(completed(Result, json.loads(row.result_json)))
            if row.result_json
            else None,
            "failure": Failure.model_validate_json(row.failure_json) if row.failure_json else None,
            "warnings": json.loads(row.warnings_json),
            "reproducibility": json.loads(row.reproducibility_json) if row.reproducibility_json else None,
        }
    )

"""Optimizations: solved and kept, found, listed, erased.

A solve has two transactions, before and after it, and none in between; whoever dies in between
leaves a row that says ``running``, which ``abandon_unfinished`` ends at the next start.
"""

import json
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from app.errors import Fault, InvalidBrief, SolveFailed
from app.services import cursors, resource
from app.services.answers.difference import Before, plan_difference
from app.services.creators import unknown_optimization
from app.services.questions import proof
from app.services.run import Outcome, run
from app.services.translate import Campaign, currency_in, translate, translate_columns, wanted_dimensions
from app.settings import Settings
from app.storage import creator_chunks, optimizations, proofs
from app.storage.creator_chunks import CHUNK_ROWS, Chunk
from app.storage.database import Database, Session
from app.storage.ids import new_id
from app.storage.optimizations import Listing
from app.storage.tables import DECISIONS, OptimizationRow
from app.wire.creator_row import Decision, rows_json
from app.wire.objective import Solver
from app.wire.older import completed
from app.wire.optimization import Failure, Issue, Optimization, ProgressState, Reproducibility, Result
from app.wire.pages import OptimizationPage
from app.wire.parse import parse_brief, parse_brief_head
from app.wire.problem import issue_of
from app.wire.validity import Validation
from optimizer.forecast.benchmarks import Benchmarks

_log = logging.getLogger("creatormix.optimizations")

_ABANDONED = Failure(code="service_stopped", detail="The service stopped while this was being solved; post it again.")
_DEFECT = Failure(code="solve_failed", detail="An internal error ended the solve; the service's log says more.")
_LONGEST_ANSWERS = timedelta(minutes=15)
"""What a solve may take beyond its time limit before it is taken for dead."""


@dataclass(frozen=True, eq=False, slots=True)
class Received:
    """A brief that can be solved. raw: its bytes as they came at received_at."""

    raw: bytes
    received_at: datetime
    campaign: Campaign
    reproducibility: Reproducibility
    read_s: float


@dataclass(frozen=True, eq=False, slots=True)
class Parent:
    """The optimization that another is replanned from. before: its plan, as offers of the new campaign."""

    id: str
    before: Before


def read(
    raw: bytes,
    received_at: datetime,
    settings: Settings,
    benchmarks: Benchmarks,
    *,
    max_candidates: int | None = None,
) -> Received:
    """Check and translate a brief. Raises MalformedJson, InvalidBrief, BodyTooLarge with all that is wrong.

    max_candidates: instead of the settings', for a brief that was accepted before.
    """
    start = perf_counter()
    brief = parse_brief(raw, max_candidates or settings.max_candidates)
    refuse_long(brief.solver, settings)
    read_s = perf_counter() - start
    campaign = translate(brief, benchmarks)
    reproduced_by = resource.reproducibility(raw, brief.solver.seed, benchmarks)
    return Received(raw, received_at, campaign, reproduced_by, read_s)


def read_with_file(
    raw: bytes, candidates: Path, received_at: datetime, settings: Settings, benchmarks: Benchmarks
) -> Received:
    """Check and translate a brief whose candidates are in a file.

    Raises MalformedJson, InvalidBrief, InvalidCandidateFile with all that is wrong, OSError for an unreadable file.
    """
    from app.services.candidate_files import read_candidates  # its reader takes longer to import than a brief to solve

    start = perf_counter()
    brief = parse_brief_head(raw)
    refuse_long(brief.solver, settings)
    made = read_candidates(candidates, currency_in(brief), wanted_dimensions(brief))
    read_s = perf_counter() - start
    campaign = translate_columns(brief, made, benchmarks)
    reproduced_by = resource.reproducibility(raw, brief.solver.seed, benchmarks, candidates)
    return Received(raw, received_at, campaign, reproduced_by, read_s)


def refuse_long(solver: Solver, settings: Settings) -> None:
    """Raise InvalidBrief when a solve may take longer than the service allows."""
    asked_s, longest_s = solver.limits().time_limit_s, settings.max_time_limit.total_seconds()
    if asked_s > longest_s:
        detail = f"The time limit is {asked_s:g} s; this service allows at most {longest_s:g} s."
        raise InvalidBrief(detail, [Fault("out_of_range", "/solver/time_limit", detail)])


def validate(raw: bytes, settings: Settings, benchmarks: Benchmarks) -> Validation:
    """Say what is wrong with a brief and what is noteworthy. Raises MalformedJson, BodyTooLarge."""
    try:
        faults = read(raw, datetime.now(UTC), settings, benchmarks).campaign.warnings
    except InvalidBrief as error:
        faults = error.faults
    issues = [issue_of(fault) for fault in faults]
    errors = [issue for issue in issues if issue.severity == "error"]
    return Validation(
        valid=not errors, errors=errors, warnings=[issue for issue in issues if issue.severity == "warning"]
    )


def solve(database: Database, received: Received, parent: Parent | None = None) -> Optimization:
    """Solve a brief and keep it with its result; one that is replanned says what is different from its parent.

    Raises SolveFailed when the solve meets a defect (kept as failed), NotFound when it was erased meanwhile.
    """
    optimization_id = new_id("opt", received.received_at)
    started_at = datetime.now(UTC)
    with database.writing() as session:
        optimizations.add(session, _running(optimization_id, received, started_at, parent), received.raw)
    try:
        outcome = _outcome(received, parent)
        chunks = _chunks(outcome)
        moments = resource.Moments(received.received_at, started_at, datetime.now(UTC))
        optimization = resource.finished(
            optimization_id,
            received.campaign.brief.label,
            moments,
            outcome,
            received.reproducibility,
            None if parent is None else parent.id,
        )
        with database.writing() as session:
            kept = _keep(session, optimization, outcome, chunks)
    except Exception as error:
        _log.exception("%s: the solve failed", optimization_id)
        with database.writing() as session:
            optimizations.end(
                session,
                optimization_id,
                status="failed",
                completed_at=datetime.now(UTC),
                failure_json=_DEFECT.model_dump_json(),
            )
        raise SolveFailed(optimization_id) from error
    if not kept:
        raise unknown_optimization(optimization_id)
    return optimization


def abandon_unfinished(database: Database, settings: Settings) -> list[str]:
    """Make failed what a dead process left unfinished; the ids.

    On SQLite one process serves, so at its start all of it is dead. PostgreSQL may have other
    processes that are alive: there only what is older than any solve can be.
    """
    now = datetime.now(UTC)
    before = None if database.is_sqlite else now - settings.max_time_limit - _LONGEST_ANSWERS
    with database.writing() as session:
        return optimizations.abandon(session, failure_json=_ABANDONED.model_dump_json(), at=now, started_before=before)


def get(session: Session, optimization_id: str) -> Optimization:
    """The optimization. Raises NotFound."""
    row = optimizations.find(session, optimization_id) if cursors.OPTIMIZATION_ID.fullmatch(optimization_id) else None
    if row is None:
        raise unknown_optimization(optimization_id)
    return _resource(row)


def brief(session: Session, optimization_id: str) -> bytes:
    """The brief as it was posted. Raises NotFound."""
    known = cursors.OPTIMIZATION_ID.fullmatch(optimization_id)
    raw = optimizations.brief_of(session, optimization_id) if known else None
    if raw is None:
        raise unknown_optimization(optimization_id)
    return raw


def page(session: Session, listing: Listing, *, cursor: str | None, limit: int) -> OptimizationPage:
    """One page, newest first. Raises InvalidParameter for a cursor that is none."""
    before_id = cursors.read_optimization(cursor) if cursor is not None else None
    rows = optimizations.page(session, listing, before_id=before_id, limit=limit + 1)
    has_more = len(rows) > limit
    return OptimizationPage(
        data=[_resource(row) for row in rows[:limit]],
        has_more=has_more,
        next_cursor=cursors.after_optimization(rows[limit - 1].id) if has_more else None,
    )


def erase(session: Session, optimization_id: str) -> None:
    """Erase it and all that belongs to it; fine when that was done before. Raises NotFound for an unknown id."""
    known = cursors.OPTIMIZATION_ID.fullmatch(optimization_id)
    if not known or not optimizations.erase(session, optimization_id, datetime.now(UTC)):
        raise unknown_optimization(optimization_id)


def _outcome(received: Received, parent: Parent | None) -> Outcome:
    outcome = run(received.campaign, received.read_s)
    if parent is None:
        return outcome
    difference = plan_difference(received.campaign, outcome.solution, parent.before)
    return replace(outcome, result=outcome.result.model_copy(update={"difference": difference}))


def _running(optimization_id: str, received: Received, started_at: datetime, parent: Parent | None) -> OptimizationRow:
    return OptimizationRow(
        id=optimization_id,
        status="running",
        parent_id=None if parent is None else parent.id,
        label=received.campaign.brief.label,
        created_at=received.received_at,
        started_at=started_at,
        warnings_json=_issues_json([issue_of(fault) for fault in received.campaign.warnings]),
        reproducibility_json=received.reproducibility.model_dump_json(),
    )


def _chunks(outcome: Outcome) -> list[Chunk]:
    """The creator rows as they are kept; made before the transaction, since there may be very many."""
    decisions: tuple[Decision, ...] = DECISIONS
    return [
        chunk
        for decision in decisions
        for chunk in creator_chunks.packed(
            decision, (rows_json(rows) for rows in outcome.creator_documents(decision, CHUNK_ROWS))
        )
    ]


def _keep(session: Session, optimization: Optimization, outcome: Outcome, chunks: list[Chunk]) -> bool:
    kept = optimizations.end(
        session,
        optimization.id,
        status=optimization.status,
        completed_at=optimization.completed_at,
        solution_status=optimization.solution_status,
        stop_reason=optimization.stop_reason,
        result_json=outcome.result.model_dump_json(),
        warnings_json=_issues_json(optimization.warnings),
    )
    if kept:
        creator_chunks.add(session, optimization.id, chunks)
        proofs.add(session, optimization.id, proof.written(outcome.solution))
    return kept


def _issues_json(issues: list[Issue]) -> str:
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
            "started_at": row.started_at,
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

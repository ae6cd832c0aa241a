"""The optimization: the resource that a posted brief becomes."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.wire.creator_row import CreatorRow, Decision, OfferForecast
from app.wire.figures import Answer
from app.wire.result import (
    AssumptionRow,
    Conflict,
    CostValue,
    MixRow,
    NetValue,
    Result,
    RuleRow,
    SegmentRow,
    SelectionRow,
    Sources,
    Timings,
    Totals,
)

__all__ = [
    "AssumptionRow",
    "Conflict",
    "CostValue",
    "CreatorRow",
    "Decision",
    "Failure",
    "Issue",
    "MixRow",
    "NetValue",
    "OfferForecast",
    "Optimization",
    "ProgressState",
    "Reproducibility",
    "Result",
    "RuleRow",
    "SegmentRow",
    "SelectionRow",
    "SolutionStatus",
    "Sources",
    "Status",
    "StopReason",
    "Timings",
    "Totals",
]

Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]
SolutionStatus = Literal["optimal", "feasible", "infeasible", "no_solution"]
StopReason = Literal["proven", "gap_limit", "time_limit", "stopped", "shutdown", "out_of_memory"]
Phase = Literal["greedy", "bound", "improve", "screen", "core", "judge", "conflicts"]


class Issue(Answer):
    """One thing that is wrong or noteworthy, at one place of the brief."""

    code: str = Field(description="Stable code, listed at /v1/problem-types.", examples=["shares_scaled"])
    severity: Literal["error", "warning"] = Field(description="Warnings do not keep a brief from being solved.")
    pointer: str = Field(description="JSON Pointer into the brief; empty for the whole.", examples=["/candidates/3"])
    detail: str = Field(description="One sentence for people.")


class ProgressState(Answer):
    """How far a solve is."""

    phase: Phase = Field(description="What the solver is doing.")
    value: float | None = Field(
        description="Value of the best plan so far: net value in engaged people, or, when the objective is cost, "
        "what it costs in the brief's currency; null before the first."
    )
    bound: float | None = Field(
        description="No plan is better than this, in the unit of value; null until something is proven."
    )
    relative_gap: float | None = Field(description="|bound - value| / max(|value|, 1e-9); null without both.")
    elapsed_s: float = Field(description="Seconds since the solve began.", ge=0)


class Failure(Answer):
    """Why an optimization failed: a defect or a lack of resources, never the brief's fault."""

    code: str = Field(description="Stable code.", examples=["internal_error"])
    detail: str = Field(description="One sentence for people.")


class Reproducibility(Answer):
    """What it takes to get the same plan again."""

    model: str = Field(description="Version of forecast, program and method: the same version, the same plan.")
    service: str = Field(description="Version of the creatormix package.")
    solver: str = Field(description="Solver library with its version.", examples=["ortools 9.15.6755"])
    brief_hash: str = Field(description="SHA-256 of the brief's bytes as they were received, in hex.")
    parameters_hash: str = Field(description="Hash of the benchmarks that were used, as at /v1/benchmarks.")
    seed: int = Field(description="Seed of the solver.")


class Optimization(Answer):
    """A brief that was posted, where its solve stands, and its result."""

    id: str = Field(description="Identifier of the optimization.", examples=["opt_01KAN5V8YH09D6M2X4QZ7C3WTB"])
    status: Status = Field(description="`succeeded` means that the question is answered; infeasible is an answer.")
    solution_status: SolutionStatus | None = Field(
        description="`optimal`: proven to solver.relative_gap; `feasible`: a plan that keeps all rules, proven to "
        "value.relative_gap; `infeasible`: no plan can keep all rules, see result.conflicts and result.relaxations; "
        "`no_solution`: none was found in time. Null until the solve has ended."
    )
    stop_reason: StopReason | None = Field(
        description="Why the solve ended: proven to its end, gap_limit (solver.relative_gap reached), time_limit, "
        "stopped on request, shutdown of the service, or out_of_memory. Null until the solve has ended."
    )
    parent_id: str | None = Field(description="The optimization that this one was replanned from, or null.")
    label: str | None = Field(description="The brief's label.")
    created_at: datetime = Field(description="When the brief was received, UTC.")
    started_at: datetime | None = Field(description="When work on it began, UTC; null while queued.")
    completed_at: datetime | None = Field(description="When it ended, UTC; null before.")
    progress: ProgressState | None = Field(description="How far the solve is; null when it is not running.")
    result: Result | None = Field(description="The answer; null until there is one.")
    failure: Failure | None = Field(description="Why it failed; null unless status is failed.")
    warnings: list[Issue] = Field(description="What is noteworthy about the brief; severity is always warning.")
    reproducibility: Reproducibility | None = Field(description="Versions, hashes and seed; null until started.")

    @property
    def has_ended(self) -> bool:
        """Whether it will not change any more."""
        return self.status not in ("queued", "running")

"""The optimization resource, the same for HTTP and for the command line."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from app.services.run import Outcome
from app.wire.optimization import Optimization, Reproducibility
from optimizer.forecast.benchmarks import Benchmarks

MODEL_VERSION = "1"
"""Raised whenever forecast, program or method change so that the same brief may get another plan."""


_BYTES_AT_A_TIME = 1 << 20


@dataclass(frozen=True, slots=True)
class Moments:
    """When a brief was received, when work on it began and when it ended; all with a time zone."""

    created_at: datetime
    started_at: datetime
    completed_at: datetime


def service_version() -> str:
    """Version of the installed creatormix package."""
    return version("creatormix")


def solver_version() -> str:
    """Solver library and its version."""
    return f"ortools {version('ortools')}"


def reproducibility(raw: bytes, seed: int, benchmarks: Benchmarks, candidates: Path | None = None) -> Reproducibility:
    """What it takes to get the same plan again. raw: the brief's bytes as they were received; seed: its own.

    candidates: the file that holds its candidates; its bytes count as following those of the brief.
    """
    brief_hash = hashlib.sha256(raw)
    if candidates is not None:
        with candidates.open("rb") as file:
            while part := file.read(_BYTES_AT_A_TIME):
                brief_hash.update(part)
    return Reproducibility(
        model=MODEL_VERSION,
        service=service_version(),
        solver=solver_version(),
        brief_hash=brief_hash.hexdigest(),
        parameters_hash=benchmarks.hash,
        seed=seed,
    )


def finished(
    optimization_id: str,
    label: str | None,
    moments: Moments,
    outcome: Outcome,
    reproduced_by: Reproducibility,
    parent_id: str | None = None,
) -> Optimization:
    """The resource of a solve that has answered, whether with a plan or with a conflict."""
    return Optimization(
        id=optimization_id,
        status="succeeded",
        solution_status=outcome.solution_status,
        stop_reason=outcome.stop_reason,
        parent_id=parent_id,
        label=label,
        created_at=moments.created_at,
        started_at=moments.started_at,
        completed_at=moments.completed_at,
        progress=None,
        result=outcome.result,
        failure=None,
        warnings=outcome.warnings,
        reproducibility=reproduced_by,
    )

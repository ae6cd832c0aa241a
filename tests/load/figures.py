"""What is told of a run: percentiles and tables."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One call. Milliseconds, and calls per second."""

    name: str
    calls: int
    failures: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    per_s: float


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown."""
    lines = ["| call | calls | errors | p50 ms | p95 ms | p99 ms | per s |", "|---|---:|---:|---:|---:|---:|---:|"]
    for row in rows:
        times = f"{row.p50_ms:.0f} | {row.p95_ms:.0f} | {row.p99_ms:.0f}"
        lines.append(f"| {row.name} | {row.calls} | {row.failures} | {times} | {row.per_s:.1f} |")
    return "\n".join(lines)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of the values do not exceed; values need not be sorted."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

"""Commands that ask about a brief: it is read and solved first, watched as ``creatormix solve`` is."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.cli.edge import read_bytes
from app.cli.solving import watch
from app.services.briefs import Received, read, read_with_file
from app.services.questions.asked import Asked
from app.settings import Settings
from optimizer.forecast.benchmarks import load_benchmarks
from optimizer.solve import solve

BriefArgument = Annotated[str, typer.Argument(metavar="BRIEF.json", help="The brief, or - for standard input.")]
CandidatesOption = Annotated[
    Path | None,
    typer.Option(
        "--candidates",
        metavar="FILE",
        help="CSV, NDJSON (both also .gz) or Parquet file with the candidates of a brief that has none.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the answer as the API would, as JSON.")]


def received(raw: bytes, settings: Settings, candidates: Path | None) -> Received:
    """The brief, checked and translated; its candidates are its own or those of a file."""
    benchmarks, received_at = load_benchmarks(settings.benchmarks_path), datetime.now(UTC)
    if candidates is None:
        return read(raw, received_at, settings, benchmarks)
    return read_with_file(raw, candidates, received_at, settings, benchmarks)


def ask(brief: str, candidates: Path | None, settings: Settings) -> Asked:
    """Read and solve a brief. Raises what ``reported`` turns into messages."""
    campaign = received(read_bytes(brief, settings.max_body_bytes), settings, candidates).campaign
    limits = campaign.brief.solver.limits()
    solution = watch(
        lambda on_progress, should_stop: solve(campaign.problem, limits, on_progress, should_stop),
        Console(stderr=True, highlight=False),
    )
    return Asked(campaign, solution)

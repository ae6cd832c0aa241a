"""The commands of ``creatormix``."""

import json
import platform
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from app.cli import asking
from app.cli.alternatives import alternatives
from app.cli.asking import BriefArgument, CandidatesOption, JsonOption
from app.cli.compare import compare
from app.cli.edge import (
    EXIT_INFEASIBLE,
    EXIT_NO_PLAN,
    STDIN,
    OutputConsole,
    read_bytes,
    reported,
    write,
)
from app.cli.evaluating import evaluate_plan
from app.cli.explain import explain
from app.cli.frontier import frontier
from app.cli.keys import audit, keys
from app.cli.serving import serve, worker
from app.cli.solving import watch
from app.cli.tables import Asked, show, show_next_steps
from app.services import demo_briefs, resource
from app.services.briefs import Received
from app.services.run import run
from app.settings import Settings, load_settings
from app.storage.ids import new_id
from app.wire.optimization import Optimization

commands = typer.Typer(
    name="creatormix",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
database = typer.Typer(help="The database of the service.", no_args_is_help=True)
commands.add_typer(database, name="db")
commands.add_typer(keys, name="keys")
commands.command()(audit)
commands.command("evaluate")(evaluate_plan)
commands.command()(frontier)
commands.command()(compare)
commands.command()(alternatives)
commands.command()(explain)
commands.command()(serve)
commands.command()(worker)


def _print_version(asked: bool) -> None:
    if asked:
        version()
        raise typer.Exit


_Version = Annotated[
    bool, typer.Option("--version", help="Print the versions and exit.", is_eager=True, callback=_print_version)
]


@commands.callback()
def options(version: _Version = False) -> None:
    """Choose the creators of a campaign: the most engaged people for the budget, with proof."""
    del version  # its callback has done the work


@commands.command()
def solve(
    brief: BriefArgument,
    as_json: JsonOption = False,
    candidates: CandidatesOption = None,
) -> None:
    """Solve a brief and print the plan with its proof.

    Ctrl-C stops and keeps the best plan so far.
    Exit codes: 0 a plan, 2 invalid (problem details on stderr), 3 infeasible, 4 no plan in time.
    """
    with reported("stdin" if brief == STDIN else brief):
        settings = load_settings()
        raw = read_bytes(brief, settings.max_body_bytes)
        _solve(raw, settings, as_json, candidates=candidates)


@commands.command()
def demo(
    name: Annotated[str, typer.Argument(help="minimal, realistic, infeasible or pinned.")] = "realistic",
    as_json: JsonOption = False,
    brief: Annotated[bool, typer.Option("--brief", help="Print the brief instead of solving it.")] = False,
) -> None:
    """Solve a built-in brief, as a first look."""
    with reported(f"/v1/demo-briefs/{name}"):
        raw = demo_briefs.raw(name)
        if brief:
            write(raw.decode())
            return
        _solve(raw, load_settings(), as_json, demo=name)


@database.command()
def upgrade() -> None:
    """Bring the schema of CREATORMIX_DATABASE_URL to the newest version."""
    from app.storage import migrate

    with reported("db upgrade"):
        migrate.upgrade(load_settings().database_url)
        write(f"The schema is at {migrate.head()}.\n")


@commands.command()
def openapi() -> None:
    """Print the OpenAPI document of the service."""
    from app.main import create_app

    with reported("openapi"):
        document = create_app(load_settings()).openapi()
        write(f"{json.dumps(document, indent=2, ensure_ascii=False)}\n")


@commands.command()
def version() -> None:
    """Print the versions of service, model, solver and Python."""
    with reported("version"):
        solver, python = resource.solver_version(), platform.python_version()
        write(f"creatormix {resource.service_version()} (model {resource.MODEL_VERSION}, {solver}, Python {python})\n")


def _solve(
    raw: bytes, settings: Settings, as_json: bool, demo: str | None = None, candidates: Path | None = None
) -> NoReturn:
    """Solve and print, and exit with the code that says how it ended."""
    received = asking.received(raw, settings, candidates)
    started_at = datetime.now(UTC)
    outcome = watch(
        lambda on_progress, should_stop: run(received.campaign, received.read_s, on_progress, should_stop),
        Console(stderr=True, highlight=False),
    )
    moments = resource.Moments(received.received_at, started_at, datetime.now(UTC))
    optimization = resource.finished(
        new_id("opt", received.received_at), received.campaign.brief.label, moments, outcome, received.reproducibility
    )
    if as_json:
        write(f"{optimization.model_dump_json()}\n")
    else:
        _print(optimization, received, demo)
    sys.stdout.flush()
    raise typer.Exit(_exit_code(optimization))


def _print(optimization: Optimization, received: Received, demo: str | None) -> None:
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a handle that the terminal's encoding lacks is no reason to fail
    console = OutputConsole()
    show(console, optimization, Asked.of(received.campaign, optimization.result))
    if demo is not None:
        show_next_steps(console, _next_steps(demo))


_NAME = "creatormix"


def _next_steps(demo: str) -> list[tuple[str, str]]:
    """What to try after this demo: commands, each with what it is for."""
    me = _called_as()
    another = (f"{me} demo infeasible", "what a clash of rules looks like")
    if demo == "infeasible":
        another = (f"{me} demo", "what a plan looks like")
    this = f"{me} demo" if demo == "realistic" else f"{me} demo {demo}"
    return [
        (f"{this} --brief > brief.json", "the brief behind this answer"),
        (f"{me} solve brief.json --json", "the whole answer as JSON"),
        another,
        (f"{me} serve", "the HTTP API, docs at /docs"),
    ]


def _called_as() -> str:
    """The command as it can be typed here: by its name where that is found, else by the path it was started with."""
    program = Path(sys.argv[0])
    return str(program) if program.name == _NAME and not shutil.which(_NAME) else _NAME


def _exit_code(optimization: Optimization) -> int:
    codes = {"infeasible": EXIT_INFEASIBLE, "no_solution": EXIT_NO_PLAN}
    return codes.get(optimization.solution_status or "", 0)

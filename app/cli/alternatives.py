"""``creatormix alternatives``: other good plans."""

from typing import Annotated

import typer
from rich.console import Console

from app.cli.asking import BriefArgument, CandidatesOption, JsonOption, ask
from app.cli.edge import STDIN, OutputConsole, reported, write
from app.cli.sheet import Column, print_sheet
from app.cli.words import NONE, figure, money, people, percent, plain
from app.services.questions.alternatives import alternatives as best_plans
from app.settings import load_settings
from app.wire.alternatives import (
    DEFAULT_DIFFERENCE,
    DEFAULT_NUMBER,
    MOST_DIFFERENCE,
    MOST_NUMBER,
    AlternativeRow,
    Alternatives,
)
from app.wire.optimization import NetValue

_NAMED = 6
"""Creators of a change that are named in a table."""


def alternatives(
    brief: BriefArgument,
    k: Annotated[int, typer.Option(min=1, max=MOST_NUMBER, help="Number of plans.")] = DEFAULT_NUMBER,
    min_difference: Annotated[
        int,
        typer.Option(
            min=1,
            max=MOST_DIFFERENCE,
            help="Creators that must at least be in exactly one of any two of the plans; a swap makes 2.",
        ),
    ] = DEFAULT_DIFFERENCE,
    candidates: CandidatesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Solve a brief and print its best plans that differ from each other, each proven."""
    with reported("stdin" if brief == STDIN else brief):
        found = best_plans(ask(brief, candidates, load_settings()), k, min_difference)
        if as_json:
            write(f"{found.model_dump_json()}\n")
        else:
            show(OutputConsole(), found, k)


def show(console: Console, found: Alternatives, asked: int) -> None:
    """Print the plans as a table, each as a change of the best one."""
    rows = found.data
    columns = [
        Column("plan", [str(place) for place in range(1, len(rows) + 1)]),
        Column("net value", [figure(row.value.net) if isinstance(row.value, NetValue) else NONE for row in rows]),
        Column("lost", [_lost(row) for row in rows]),
        Column("creators", [str(row.totals.creators) for row in rows], rank=3),
        Column("spend", [money(row.totals.spend) for row in rows], rank=2),
        Column("engaged", [people(row.totals.engaged_reach) for row in rows], rank=1),
        Column("waste", [percent(row.totals.waste_share) for row in rows], rank=4),
        Column("instead of", [_named(row.dropped) for row in rows], figures=False, wraps=True),
        Column("takes", [_named(row.added) for row in rows], figures=False, wraps=True),
    ]
    if not any(isinstance(row.value, NetValue) for row in rows):
        del columns[1]
    if rows:
        print_sheet(console, "The best plans that differ", columns)
    else:
        console.print("There is no plan that keeps the rules, or none was found in time.")
    if 0 < len(rows) < asked:
        console.print("There is no further plan that keeps the rules and differs by enough, or none was found in time.")


def _lost(row: AlternativeRow) -> str:
    return money(row.distance) if isinstance(row.distance, str) else figure(row.distance)


def _named(creators: list[str]) -> str:
    more = f" and {len(creators) - _NAMED} more" if len(creators) > _NAMED else ""
    return (", ".join(plain(creator) for creator in creators[:_NAMED]) + more) or NONE

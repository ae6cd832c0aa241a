"""``creatormix frontier``: what every budget would bring."""

from typing import Annotated

import typer
from rich.console import Console

from app.cli.asking import BriefArgument, CandidatesOption, JsonOption, ask
from app.cli.edge import STDIN, OutputConsole, reported, write
from app.cli.sheet import Column, print_sheet
from app.cli.words import NONE, figure, money, people, percent
from app.services.questions.frontier import frontier as curve
from app.settings import load_settings
from app.wire.frontier import DEFAULT_POINTS, MOST_POINTS, Frontier, FrontierPoint
from app.wire.optimization import CostValue, NetValue

_BAR = 24


def frontier(
    brief: BriefArgument,
    points: Annotated[int, typer.Option(min=1, max=MOST_POINTS, help="Number of budgets up to twice the brief's.")] = (
        DEFAULT_POINTS
    ),
    budgets: Annotated[
        str | None, typer.Option(metavar="A,B,...", help="The budgets to solve for instead, separated by commas.")
    ] = None,
    candidates: CandidatesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Solve a brief for a row of budgets and print what each would bring, each plan proven."""
    with reported("stdin" if brief == STDIN else brief):
        asked = ask(brief, candidates, load_settings())
        found = curve(asked, points, None if budgets is None else [text.strip() for text in budgets.split(",")])
        if as_json:
            write(f"{found.model_dump_json()}\n")
        else:
            show(OutputConsole(), found, asked.campaign.currency.code)


def show(console: Console, found: Frontier, currency: str) -> None:
    """Print the curve as a table with bars, and what its knee says."""
    rows = found.points
    most = max((_net(row) or 0.0 for row in rows), default=0.0)
    columns = [
        Column(f"budget {currency}", [money(row.budget) for row in rows]),
        Column("spend", [NONE if row.totals is None else money(row.totals.spend) for row in rows], rank=3),
        Column("creators", [NONE if row.totals is None else str(row.totals.creators) for row in rows], rank=2),
        Column("engaged", [NONE if row.totals is None else people(row.totals.engaged_reach) for row in rows]),
        Column("waste", [NONE if row.totals is None else percent(row.totals.waste_share) for row in rows], rank=1),
        Column("per engaged", [_per_person(row) for row in rows], rank=4),
        Column("net value", [figure(_net(row)) for row in rows]),
        Column("gap", [_gap(row) for row in rows], rank=5),
        Column("", [_bar(row, most, found.knee) for row in rows], rank=6, figures=False),
    ]
    print_sheet(console, "What each budget brings", columns)
    if found.knee is not None:
        console.print(f"More money begins to bring much less at about {money(found.knee)} {currency}.")
    if any(row.solution_status == "infeasible" for row in rows):
        console.print("Where nothing is shown no plan can keep the rules within the budget.")


def _net(row: FrontierPoint) -> float | None:
    return row.value.net if isinstance(row.value, NetValue) else None


def _per_person(row: FrontierPoint) -> str:
    return NONE if row.totals is None else money(row.totals.cost_per_engaged_person)


def _gap(row: FrontierPoint) -> str:
    gap = row.value.relative_gap if isinstance(row.value, NetValue | CostValue) else None
    return NONE if gap is None else f"{gap:.1g}"


def _bar(row: FrontierPoint, most: float, knee: str | None) -> str:
    net = _net(row)
    bar = "" if net is None or most <= 0 else "#" * max(round(_BAR * net / most), 0)
    return f"{bar}  knee" if row.budget == knee else bar

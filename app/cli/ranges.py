"""How sure the figures of a plan are, for people."""

from collections.abc import Callable
from typing import Any

from rich.console import Console

from app.cli.sheet import Column, print_sheet
from app.cli.words import money, people, percent
from app.services.answers.ranges import above_the_draws
from app.wire.ranges import CountRange, MoneyRange, PeopleRange, PriceRange, Ranges, RatioRange
from app.wire.result import Totals

Row = tuple[str, str, str, str, str]
"""What it is, expected, p10, p50 and p90."""


def show_ranges(console: Console, ranges: Ranges, totals: Totals, currency: str) -> None:
    """Print p10, p50 and p90 of the plan's figures, and the chance of the goal where there is one."""
    price, bought = ranges.cost_per_engaged_person, ranges.conversion
    rows = [
        _row("engaged reach", people, ranges.engaged_reach),
        _row("waste", people, ranges.waste),
        _row(f"{currency} per engaged person", money, price),
    ]
    if bought is not None:
        rows += [_row("orders", people, bought.orders), _row(f"revenue {currency}", money, bought.revenue)]
        if bought.roas is not None:
            rows.append(_row("ROAS", "{:,.2f}".format, bought.roas))
    names, expected, *quantiles = zip(*rows, strict=True)
    columns = [Column("", names, figures=False, wraps=True)]
    if bought is not None:
        columns.append(Column("expected", expected, rank=2))
    for level, rank, cells in zip((10, 50, 90), (0, 1, 0), quantiles, strict=True):
        columns.append(Column(f"p{level}", cells, rank))
    print_sheet(console, "How sure", columns, apart=False)
    console.print(
        f"Of {ranges.draws:,} draws of rates, reach and delivery one in ten is at most p10, half p50, nine in ten p90."
    )
    if above_the_draws(totals, ranges):
        console.print(
            f"The {people(totals.engaged_reach)} engaged people above are what expected rates, reach and delivery "
            "give, well above the middle of the draws: promise by this table."
        )
    if ranges.goal is not None:
        goal = f"{people(ranges.goal.engaged_reach)} engaged people"
        console.print(f"The goal of {goal} is reached in {percent(ranges.goal.chance)} of them.")
    console.print()


def _row(
    name: str, said: Callable[[Any], str], of: PeopleRange | PriceRange | CountRange | MoneyRange | RatioRange
) -> Row:
    expected = getattr(of, "expected", None)
    return name, "" if expected is None else said(expected), said(of.p10), said(of.p50), said(of.p90)

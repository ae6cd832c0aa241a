"""Tables that give up columns, the least needed first, rather than tear figures apart on a narrow terminal."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

GAP = 2
SHORTEST_TEXT = 14
"""Columns that wrap are squeezed down to this width; figures never are."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of plain text cells.

    rank: 0 is always shown, the highest is given up first. figures: stands to the right. wraps: may take several lines.
    """

    header: str
    cells: Sequence[str]
    rank: int = 0
    figures: bool = True
    wraps: bool = False

    @property
    def least_width(self) -> int:
        """Terminal cells that the column needs at least."""
        natural = max(len(self.header), *(len(cell) for cell in self.cells), 1)
        return min(natural, SHORTEST_TEXT) if self.wraps else natural


def print_sheet(console: Console, title: str, columns: Sequence[Column], apart: bool = True) -> None:
    """Print the columns that fit side by side, and an empty line where nothing belongs to them any more."""
    shown = fitting(columns, console.width)
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for column in shown:
        table.add_column(
            column.header,
            justify="right" if column.figures else "left",
            no_wrap=not column.wraps,
            min_width=min(column.least_width, console.width),
            overflow="fold",
        )
    for row in zip(*(column.cells for column in shown), strict=True):
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
    if apart:
        console.print()


def fitting(columns: Sequence[Column], width: int) -> list[Column]:
    """The columns to show within ``width``, in their order."""
    shown = list(columns)
    while sum(column.least_width + GAP for column in shown) - GAP > width:
        last = max(shown, key=lambda column: column.rank)
        if not last.rank:
            break
        shown.remove(last)
    return shown

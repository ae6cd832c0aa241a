"""Tables on narrow terminals, and figures in words."""

import io

import pytest
from rich.console import Console

from app.cli.sheet import Column, fitting, print_sheet
from app.cli.words import counted, figure, money, people, percent, plain


def printed(columns: list[Column], width: int) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_sheet(console, "Title", columns)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert isinstance(text, str)
    return text


COLUMNS = [
    Column("name", ["a name of some length"], figures=False, wraps=True),
    Column("cost", ["1,234.00"]),
    Column("alone", ["12,345"], rank=2),
    Column("share", ["12.3%"], rank=1),
]


def test_all_columns_are_shown_where_they_fit() -> None:
    assert fitting(COLUMNS, 80) == COLUMNS
    assert "12,345" in printed(COLUMNS, 80)


def test_columns_of_the_highest_rank_go_first() -> None:
    assert [column.header for column in fitting(COLUMNS, 34)] == ["name", "cost", "share"]
    assert [column.header for column in fitting(COLUMNS, 26)] == ["name", "cost"]
    assert [column.header for column in fitting(COLUMNS, 5)] == ["name", "cost"]


@pytest.mark.parametrize("width", range(24, 81, 4))
def test_figures_are_never_torn_apart_and_no_line_is_too_long(width: int) -> None:
    text = printed(COLUMNS, width)
    assert "1,234.00" in text
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width


def test_a_table_without_rows_has_its_headers() -> None:
    assert "name" in printed([Column("name", [])], 40)


def test_markup_in_a_cell_is_text() -> None:
    assert "[red]x[/nonsense]" in printed([Column("name", ["[red]x[/nonsense]"])], 40)


def test_figures_in_words() -> None:
    assert [money(text) for text in ("24931.20", "0.05", "1000000", "-12.30", None)] == [
        *("24,931.20", "0.05", "1,000,000", "-12.30", "-"),
    ]
    assert [people(count) for count in (123456.7, 42.25, 0.125, 0.0, None)] == ["123,457", "42.2", "0.12", "0", "-"]
    assert [percent(share) for share in (0.4461, 0.0, 1.0, 0.00066, None)] == ["44.6%", "0.0%", "100.0%", "0.066%", "-"]
    assert [figure(value) for value in (10400.44, None)] == ["10,400.4", "-"]
    assert [counted(number, "creator") for number in (1, 2000)] == ["1 creator", "2,000 creators"]


def test_what_could_steer_a_terminal_is_replaced() -> None:
    assert plain("a\x1b[2Jb\u202ec\u200dd\nö") == "a?[2Jb?c?d?ö"

"""Plans as tables: what spreadsheets make of two columns, and what is said about a table that cannot be read."""

import pytest

from app.errors import InvalidPlanFile
from app.wire import creator_csv
from app.wire.plan_csv import PlanRow, read_plan, unguarded


def rows(text: str) -> list[tuple[int, str, str | None]]:
    return [(row.line, row.creator_id, row.offer_id) for row in read_plan(text.encode(), "plan.csv")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_usual_shapes_say_the_same(delimiter: str, ending: str, mark: str) -> None:
    lines = [["note", "offer_id", "creator_id"], ["a", "1 reel", "c1"], ["", '"2, 3; reels"', "c2"], ["", "", " c3 "]]
    text = mark + ending.join(delimiter.join(cells) for cells in lines)
    assert rows(text) == [(2, "c1", "1 reel"), (3, "c2", "2, 3; reels"), (4, "c3", None)]


def test_one_column_is_enough_and_empty_lines_do_not_count() -> None:
    assert rows("\ncreator_id\n\nc1\n \nc2\n") == [(4, "c1", None), (6, "c2", None)]
    assert rows("creator_id") == []


def test_a_row_is_known_by_the_line_where_it_begins() -> None:
    assert rows('note,creator_id\n"two\nlines",c1\nx,c2\n') == [(2, "c1", None), (4, "c2", None)]


def test_of_an_export_of_all_offers_only_the_chosen_count() -> None:
    assert rows("creator_id,offer_id,decision\nc1,a,chosen\nc2,b,rejected\n,,rejected\n") == [(2, "c1", "a")]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "creator_id"),
        ("name,offer\nc1,a\n", 1, "it has name, offer"),
        ("creator_id,creator_id\nc1,c2\n", 1, "twice"),
        ('creator_id,offer_id\nc1,"a\n', 2, "quote"),
        ("creator_id,offer_id\nc1,a\n,b\n", 3, "empty"),
        (f"creator_id\n{'x' * 300}\n", 2, "300 characters"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(InvalidPlanFile) as caught:
        read_plan(text.encode(), "plan.csv")
    assert f"plan.csv, line {line}: " in caught.value.detail
    assert said in caught.value.detail
    assert [fault.line for fault in caught.value.faults] == [line]


@pytest.mark.parametrize("raw", ["creator_id\nc1\nü\n".encode("latin-1"), "creator_id\nc1\n".encode("utf-16")])
def test_other_encodings_are_named(raw: bytes) -> None:
    with pytest.raises(InvalidPlanFile, match="UTF-8"):
        read_plan(raw, "plan.csv")


@pytest.mark.parametrize("name", ["=1+1", "+49", "-x", "@handle", "'quoted", "plain"])
def test_the_apostrophe_of_the_export_can_be_taken_off_again(name: str) -> None:
    exported = creator_csv.lines([("creator_id",)], [{"creator_id": name}], header=True)
    (row,) = read_plan(exported.encode(), "plan.csv")
    assert isinstance(row, PlanRow)
    assert name in (row.creator_id, unguarded(row.creator_id))

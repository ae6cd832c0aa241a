"""Charts are drawn without a network, say what they show, and whatever stands in a brief stays text."""

import re
from xml.etree import ElementTree

import pytest

from app.web import charts, drawing
from app.web.drawing import Caption
from app.web.languages import Language
from app.wire.report_parts import Bubble

HOSTILE = "</svg><script>alert(\"x\")</script> & <b title='y'>"
HREF = "{http://www.w3.org/1999/xlink}href"


def pictures(drawn: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(f'<all xmlns="http://www.w3.org/2000/svg">{drawn}</all>'))


def bars(name: str, language: Language = "en") -> str:
    rows = [{"name": name, "kind": kind, "value": value} for kind, value in (("a", 1234567.0), ("b", 3.0))]
    chart = charts.grouped_bars(rows, ["a", "b"], "axis", ",.0f")
    return drawing.figure("x", Caption(name, name), chart, language)


def test_a_chart_is_drawn_wide_and_narrow_with_its_title_and_description() -> None:
    wide, narrow = pictures(bars("nano"))
    ids = [element.get("id") for picture in (wide, narrow) for element in picture.iter() if element.get("id")]
    assert len(ids) == len(set(ids)) == 4
    for picture in (wide, narrow):
        assert picture.get("role") == "img"
        title, described = picture[0], picture[1]
        assert (picture.get("aria-labelledby") or "").split() == [title.get("id"), described.get("id")]
        assert title.text == described.text == "nano"
        assert not [part for part in picture.iter() if part is not picture and part.get("role")]


def test_what_stands_in_a_brief_stays_text() -> None:
    for picture in pictures(bars(HOSTILE)):
        assert {part.tag.rpartition("}")[2] for part in picture.iter()} <= {
            "svg", "title", "desc", "g", "path", "rect", "line", "text",
        }  # fmt: skip
        assert not [part for part in picture.iter() if part.get("href") or part.get(HREF) or part.get("style")]


def test_numbers_are_written_in_the_language_of_the_page() -> None:
    assert "1,000,000" in bars("nano", "en")
    assert "1.000.000" in bars("nano", "de")


def test_every_colour_of_a_chart_has_a_dark_one_in_the_style_sheet() -> None:
    style = (charts.__file__ or "").replace("charts.py", "assets/report.css")
    with open(style, encoding="utf-8") as file:
        known = set(re.findall(r'\.chart \[(?:fill|stroke)="(#[0-9a-f]{6})"\]', file.read()))
    rows = [Bubble(reach=10.0**n, waste=5.0**n, cost=100, chosen=n % 2 == 0) for n in range(6)]
    drawn = bars("nano") + drawing.figure("y", Caption("t", "d"), charts.bubbles(rows, ("in", "out"), "x", "y"), "en")
    used = set(re.findall(r'(?:fill|stroke)="(#[0-9a-fA-F]{3,6})"', drawn))
    assert used <= known
    assert not re.search(r'="(?:white|black|rgb)', drawn)


@pytest.mark.parametrize("rows", [[], [Bubble(reach=0, waste=0, cost=0, chosen=True)]])
def test_a_chart_of_next_to_nothing_is_drawn(rows: list[Bubble]) -> None:
    assert pictures(drawing.figure("z", Caption("t", "d"), charts.bubbles(rows, ("in", "out"), "x", "y"), "en"))

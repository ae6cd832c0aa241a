"""From a chart to SVG that stands in a page: drawn here, without a browser, a script or a network.

Colours are the light ones; the page's style sheet has the dark ones, by the value of the attribute. Each chart is drawn
twice, wide and narrow, and the style sheet shows one: text that shrinks with its chart cannot be read on a phone.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import escape

from app.web.languages import Language

if TYPE_CHECKING:
    import altair as alt

INK, QUIET, GRID = "#1b2733", "#52606d", "#d9e0e7"
ACCENT, WARM, FAINT, PALE = "#0b6b8f", "#c2560c", "#8795a3", "#a9cfdd"
"""The colours of charts; ``assets/report.css`` knows each of them."""
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
WIDTHS = {"wide": 720, "narrow": 340}
"""Widths of the whole picture, in pixels."""

_NUMBERS: dict[Language, dict[str, Any]] = {
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""]},
    "de": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", ""], "percent": "\N{NO-BREAK SPACE}%"},
}
_OPENING = re.compile(r"^<svg[^>]*?viewBox=\"(?P<box>[0-9. -]+)\"[^>]*>")
_TAG = re.compile(r"<[a-z][^<>]*>")
_SAID = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
"""What the drawing says of its own parts; the picture as a whole is described, and its parts are no pictures."""
_CONFIG = {
    "aria": False,
    "background": None,
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": QUIET, "titleColor": QUIET, "gridColor": GRID, "domainColor": FAINT, "tickColor": FAINT,
        "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "titlePadding": 8, "labelLimit": 150,
    },
    "legend": {
        "labelColor": INK, "labelFontSize": 12, "labelLimit": 300, "orient": "top", "title": None,
        "symbolType": "square",
    },
    "text": {"color": INK, "fontSize": 12},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Caption:
    """What a chart says, for whom cannot see it: its title, and its content in a sentence."""

    title: str
    description: str


def figure(name: str, caption: Caption, charts: "dict[str, alt.TopLevelMixin]", language: Language) -> str:
    """The chart in each of ``WIDTHS`` as inline SVG; ids begin with ``name``."""
    return "".join(_inline(name, width, caption, svg(chart, language)) for width, chart in charts.items())


def svg(chart: "alt.TopLevelMixin", language: Language) -> str:
    """The chart drawn, numbers in the form of the language."""
    import vl_convert

    document: dict[str, Any] = chart.to_dict(validate=False)
    document["config"] = _CONFIG
    drawn: str = vl_convert.vegalite_to_svg(document, format_locale=_NUMBERS[language], allowed_base_urls=[])
    return drawn


def get_ready() -> None:
    """Load what draws, so that the first chart takes no longer than the second."""
    import altair as alt

    svg(alt.Chart(alt.Data(values=[])).mark_point(), "en")


def _inline(name: str, width: str, caption: Caption, drawn: str) -> str:
    opening = _OPENING.match(drawn)
    if opening is None or " id=" in drawn or "<script" in drawn:
        raise ValueError("a drawing that cannot stand in a page")
    label, described = f"{name}-{width}-title", f"{name}-{width}-desc"
    return (
        f'<svg class="chart {width}" viewBox="{opening["box"]}" role="img" focusable="false" '
        f'aria-labelledby="{label} {described}">'
        f'<title id="{label}">{escape(caption.title)}</title>'
        f'<desc id="{described}">{escape(caption.description)}</desc>'
        f"{_TAG.sub(lambda tag: _SAID.sub('', tag[0]), drawn[opening.end() :])}"
    )

"""The charts of the report, as Altair describes them. Every text in them is a value of the data or of our own."""

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from app.web.drawing import ACCENT, FAINT, GRID, INK, PALE, QUIET, WARM, WIDTHS
from app.wire.frontier import Frontier
from app.wire.report_parts import Bubble

if TYPE_CHECKING:
    import altair as alt

Rows = list[dict[str, Any]]
_NARROW_BELOW = 500
_LINE = 19
"""Letters of a name in one line of a narrow picture."""
_PEOPLE = ",.0f"
_ROOM = {"left": 22, "right": 8, "top": 4, "bottom": 4}
"""Around bars, in pixels: a reader's font may be wider than the one that the names were measured with."""


def grouped_bars(rows: Rows, kinds: Sequence[str], axis: str, form: str) -> "dict[str, alt.TopLevelMixin]":
    """Horizontal bars by ``name``, one per kind. rows: {name, kind, value}; kinds: in the order of the bars."""
    import altair as alt

    colours = [ACCENT, WARM, FAINT][: len(kinds)]
    names = list(dict.fromkeys(row["name"] for row in rows))

    def drawn(width: int) -> alt.TopLevelMixin:
        return (
            alt.Chart(alt.Data(values=rows))
            .mark_bar(height={"band": 0.92})
            .encode(
                y=alt.Y("name:N", sort=names, title=None, axis=_names(width), scale=alt.Scale(paddingInner=0.28)),
                yOffset=alt.YOffset("kind:N", sort=list(kinds)),
                x=alt.X("value:Q", title=axis, axis=_figures(width, form)),
                color=alt.Color("kind:N", scale=alt.Scale(domain=list(kinds), range=colours), legend=_legend(width)),
            )
            .properties(
                width=width, autosize=_fit(), padding=_ROOM, height=max(60, len(names) * (14 * len(kinds) + 14))
            )
        )

    return _both(drawn)


def ranked_bars(rows: Rows, axis: str) -> "dict[str, alt.TopLevelMixin]":
    """Horizontal bars, the first one stands out. rows: {name, value, label, best}; names that differ in two lines."""
    import altair as alt

    largest = max([row["value"] for row in rows if row["value"] is not None] or [0.0])

    def drawn(width: int) -> alt.TopLevelMixin:
        narrow = width < _NARROW_BELOW
        lines = [
            {**row, "name": "\n".join(wrap(row["name"], _LINE, max_lines=2, placeholder=" …"))} if narrow else row
            for row in rows
        ]
        names = [row["name"] for row in lines]
        axis_of_names = _names(width)
        axis_of_names.labelExpr = r"split(datum.label, '\n')"
        base = alt.Chart(alt.Data(values=lines)).encode(
            y=alt.Y("name:N", sort=names, title=None, axis=axis_of_names, scale=alt.Scale(paddingInner=0.3)),
            x=alt.X(
                "value:Q",
                title=axis,
                axis=_figures(width, _PEOPLE),
                scale=alt.Scale(domainMax=(largest or 1) * (1.4 if narrow else 1.16), nice=False),
            ),
        )
        bars = base.mark_bar().encode(
            color=alt.Color("best:N", scale=alt.Scale(domain=[True, False], range=[ACCENT, PALE]), legend=None)
        )
        labels = base.mark_text(align="left", dx=5).encode(text="label:N")
        return alt.layer(bars, labels).properties(
            width=width, autosize=_fit(), padding=_ROOM, height=max(60, len(rows) * (40 if narrow else 34))
        )

    return _both(drawn)


def curve(frontier: Frontier, marks: Rows, x_axis: str, y_axis: str) -> "dict[str, alt.TopLevelMixin]":
    """Net value over budget. marks: {budget, value, label, kind, left}, the points that are named."""
    import altair as alt

    points = [
        {"budget": float(point.budget), "value": getattr(point.value, "net", None)}
        for point in frontier.points
        if point.value is not None
    ]

    def drawn(width: int) -> alt.TopLevelMixin:
        x = alt.X("budget:Q", title=x_axis, axis=_figures(width, _PEOPLE), scale=alt.Scale(zero=True))
        y = alt.Y("value:Q", title=y_axis, axis=alt.Axis(format=_PEOPLE, tickCount=5, domain=False, ticks=False))
        data = alt.Data(values=points)
        line = alt.Chart(data).mark_line(color=ACCENT, strokeWidth=2.5, interpolate="monotone").encode(x=x, y=y)
        dots = alt.Chart(data).mark_circle(color=ACCENT, size=36, opacity=1).encode(x=x, y=y)
        named = alt.Data(values=marks)
        kinds = alt.Color("kind:N", scale=alt.Scale(domain=["own", "knee"], range=[ACCENT, WARM]), legend=None)
        rules = alt.Chart(named).mark_rule(strokeDash=[4, 3], strokeWidth=1.5).encode(x=x, color=kinds)
        stand = alt.Chart(named).mark_circle(size=150, opacity=1).encode(x=x, y=y, color=kinds)
        tell = [
            alt.Chart(alt.Data(values=[mark]))
            .mark_text(**_beside(mark, width), fontWeight="bold")
            .encode(
                x=alt.value("width") if width < _NARROW_BELOW else x,
                y=alt.value(-12 - 16 * place if width < _NARROW_BELOW else _height(width) - 12 - 18 * place),
                text="label:N",
                color=kinds,
            )
            for place, mark in enumerate(marks)
        ]
        return alt.layer(rules, line, dots, stand, *tell).properties(
            width=width, autosize=_fit(), height=_height(width)
        )

    return _both(drawn)


def bubbles(rows: Sequence[Bubble], kinds: tuple[str, str], x_axis: str, y_axis: str) -> "dict[str, alt.TopLevelMixin]":
    """Waste over reach, both on a scale that shows small and large ones; chosen offers on top."""
    import altair as alt

    values = [
        {"x": row.reach, "y": row.waste, "size": row.cost, "kind": kinds[0] if row.chosen else kinds[1]}
        for row in sorted(rows, key=lambda row: row.chosen)
    ]

    def drawn(width: int) -> alt.TopLevelMixin:
        narrow = width < _NARROW_BELOW
        scale = alt.Scale(type="symlog", constant=1000, nice=True)
        ticks = [0, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8]
        along = alt.Axis(values=ticks, format=_PEOPLE, labelOverlap="greedy", labelSeparation=6, gridColor=GRID)
        return (
            alt.Chart(alt.Data(values=values))
            .mark_circle(strokeWidth=0.6)
            .encode(
                x=alt.X("x:Q", title=x_axis, scale=scale, axis=along),
                y=alt.Y("y:Q", title=y_axis, scale=scale, axis=along),
                size=alt.Size("size:Q", scale=alt.Scale(range=[14, 260 if narrow else 620]), legend=None),
                color=alt.Color(
                    "kind:N", scale=alt.Scale(domain=list(kinds), range=[ACCENT, FAINT]), legend=_legend(width)
                ),
                opacity=alt.Opacity("kind:N", scale=alt.Scale(domain=list(kinds), range=[0.8, 0.4]), legend=None),
                stroke=alt.Stroke("kind:N", scale=alt.Scale(domain=list(kinds), range=[INK, QUIET]), legend=None),
            )
            .properties(width=width, autosize=_fit(), height=300 if narrow else 380)
        )

    return _both(drawn)


def _beside(mark: dict[str, Any], width: int) -> dict[str, Any]:
    """On which side of its line a mark is named; a narrow picture has room for names above it alone."""
    if width < _NARROW_BELOW:
        return {"align": "right", "dx": -2}
    return {"align": "right", "dx": -8} if mark["left"] else {"align": "left", "dx": 8}


def _both(drawn: Any) -> "dict[str, alt.TopLevelMixin]":
    return {name: drawn(width) for name, width in WIDTHS.items()}


def _fit() -> "alt.AutoSizeParams":
    """The whole picture has the width, whatever its labels take, so that all charts of a page are drawn alike."""
    import altair as alt

    return alt.AutoSizeParams(type="fit-x", contains="padding")


def _height(width: int) -> int:
    return 230 if width < _NARROW_BELOW else 300


def _names(width: int) -> "alt.Axis":
    import altair as alt

    narrow = width < _NARROW_BELOW
    return alt.Axis(labelColor=INK, labelLimit=120 if narrow else 220, domain=False, ticks=False, labelPadding=8)


def _figures(width: int, form: str) -> "alt.Axis":
    import altair as alt

    return alt.Axis(format=form, tickCount=3 if width < _NARROW_BELOW else 6, domain=False, ticks=False)


def _legend(width: int) -> "alt.Legend":
    import altair as alt

    return alt.Legend(columns=1 if width < _NARROW_BELOW else 0, columnPadding=20)

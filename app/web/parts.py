"""The parts of a report that are made on request and kept: what is solved for it, and its drawings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal, get_args

from app.services.opened import opened
from app.services.questions import report
from app.services.questions.report import BASIS, FRONTIER, STRATEGIES, Stored
from app.settings import Settings
from app.web import charts
from app.web.drawing import Caption, figure
from app.web.languages import Language, Words
from app.wire.frontier import Frontier
from app.wire.optimization import CostValue, NetValue, Result
from app.wire.report_parts import ReportBasis
from app.wire.strategies import Strategies

Part = Literal["tiers", "overlap", "creators", "strategies", "frontier"]
PARTS: tuple[Part, ...] = get_args(Part)
"""The quick ones first, as they are made for the whole page."""
SOLVED: dict[Part, str] = {"strategies": STRATEGIES, "frontier": FRONTIER}
"""Parts that are solved before they are drawn -> what is kept of them."""
_STYLE = "3"
"""Rises when charts look different, so that kept ones are drawn anew."""
MOST_SEGMENTS = 12


@dataclass(frozen=True, eq=False, slots=True)
class Shown:
    """A plan with what its report is made of. kept: by name, as far as it has been made."""

    stored: Stored
    result: Result
    basis: ReportBasis
    words: Words
    kept: Mapping[str, bytes]

    @property
    def frontier(self) -> Frontier | None:
        """The budget curve, once it has been made."""
        content = self.kept.get(FRONTIER)
        return None if content is None else Frontier.model_validate_json(content)

    @property
    def strategies(self) -> Strategies | None:
        """The comparison, once it has been made."""
        content = self.kept.get(STRATEGIES)
        return None if content is None else Strategies.model_validate_json(content)

    @property
    def several_platforms(self) -> bool:
        """Whether the page names creators of more than one platform."""
        return len({known.platform for known in self.basis.names.values()}) > 1

    def drawing(self, part: Part) -> str | None:
        """The drawing of a part in the language of the page: "" where there is nothing to draw, None before."""
        content = self.kept.get(drawing_name(part, self.words.language))
        return None if content is None else content.decode()

    def is_made(self, part: Part) -> bool:
        """Whether the part can be shown."""
        return self.drawing(part) is not None and (part not in SOLVED or SOLVED[part] in self.kept)

    def money(self, amount: str | float | None) -> str:
        """An amount in the brief's currency."""
        return self.words.money(amount, self.basis.currency)


def drawing_name(part: Part, language: Language) -> str:
    """The name under which a drawing is kept."""
    return f"drawing/{_STYLE}/{part}/{language}"


def basis_of(parts: Mapping[str, bytes]) -> ReportBasis | None:
    """What was picked for the report, once that was done."""
    content = parts.get(BASIS)
    return None if content is None else ReportBasis.model_validate_json(content)


def make(settings: Settings, tenant_id: str, optimization_id: str, part: Part, language: Language) -> dict[str, bytes]:
    """Make a part and keep it; the drawing and what it shows, by name. Runs in a process of its own.

    What another call has kept meanwhile is among it, since the caller may have looked before that.

    Raises NotFound, NotAnswerable.
    """
    at = opened(settings)
    made: dict[str, bytes] = {}
    stored = report.stored(at.database, tenant_id, optimization_id)
    if BASIS not in stored.parts:
        made |= report.basis(settings, tenant_id, optimization_id)
    if part in SOLVED and SOLVED[part] not in stored.parts:
        made |= report.solved(settings, tenant_id, optimization_id, SOLVED[part])
    kept = {**stored.parts, **made}
    basis, result = basis_of(kept), stored.optimization.result
    if basis is None or result is None:
        raise ValueError("a part of a report of what has no plan")
    drawn = _DRAWN[part](Shown(stored, result, basis, Words(language), kept))
    drawing = {drawing_name(part, language): drawn.encode()}
    report.keep(at.database, optimization_id, drawing)
    used = {name: kept[name] for name in (BASIS, SOLVED.get(part)) if name is not None}
    return made | used | drawing


def value_of(value: NetValue | CostValue | None) -> float | None:
    """The figure that plans are compared by."""
    if value is None:
        return None
    return value.net if isinstance(value, NetValue) else float(value.cost)


def value_text(shown: Shown, value: NetValue | CostValue | None) -> str | None:
    """The same for people."""
    if value is None:
        return None
    return shown.words.whole(value.net) if isinstance(value, NetValue) else shown.money(value.cost)


def _tiers(shown: Shown) -> str:
    words, mix = shown.words, shown.result.mix
    if not mix:
        return ""
    kinds = [words.plain(f"tiers.{key}") for key in ("of_spend", "of_engaged", "of_waste")]
    columns = [
        [float(row.spend) for row in mix],
        [row.engaged_reach for row in mix],
        [row.waste for row in mix],
    ]
    rows = [
        {"name": row.tier, "kind": kind, "value": column[place] / (sum(column) or 1.0)}
        for place, row in enumerate(mix)
        for kind, column in zip(kinds, columns, strict=True)
    ]
    first = max(mix, key=lambda row: row.spend_share or 0.0)
    told = words.plain("tiers.chart_text", tier=first.tier, share=words.share(first.spend_share))
    caption = Caption(words.plain("tiers.chart"), told)
    return figure("tiers", caption, charts.grouped_bars(rows, kinds, words.plain("tiers.axis"), ".0%"), words.language)


def _overlap(shown: Shown) -> str:
    words = shown.words
    segments = sorted(shown.result.segments, key=lambda row: -row.additive_would_claim)[:MOST_SEGMENTS]
    if not segments:
        return ""
    kinds = [words.plain("overlap.promised"), words.plain("overlap.real")]
    rows = [
        {"name": row.name, "kind": kind, "value": value}
        for row in segments
        for kind, value in zip(kinds, (row.additive_would_claim, row.engaged_reach), strict=True)
    ]
    first = segments[0]
    told = words.plain(
        "overlap.chart_text",
        segment=first.name,
        promised=words.whole(first.additive_would_claim),
        real=words.whole(first.engaged_reach),
    )
    drawn = charts.grouped_bars(rows, kinds, words.plain("overlap.axis"), ",.0f")
    return figure("overlap", Caption(words.plain("overlap.chart"), told), drawn, words.language)


@dataclass(frozen=True, slots=True)
class Middle:
    """The median of some offers."""

    number: int
    reach: float
    waste: float


def middle(shown: Shown, *, chosen: bool) -> Middle:
    """The median of the offers that are in the plan, or of those that are not."""
    rows = [row for row in shown.basis.bubbles if row.chosen == chosen]
    if not rows:
        return Middle(0, 0.0, 0.0)
    return Middle(len(rows), median(row.reach for row in rows), median(row.waste for row in rows))


def _creators(shown: Shown) -> str:
    words = shown.words
    ours, others = middle(shown, chosen=True), middle(shown, chosen=False)
    told = words.plain(
        "creators.chart_text",
        shown=words.whole(ours.number + others.number),
        chosen=words.whole(ours.number),
        reach=words.whole(ours.reach),
        waste=words.whole(ours.waste),
        other_reach=words.whole(others.reach),
        other_waste=words.whole(others.waste),
    )
    drawn = charts.bubbles(
        shown.basis.bubbles,
        (words.plain("creators.chosen"), words.plain("creators.rejected")),
        words.plain("creators.x"),
        words.plain("creators.y"),
    )
    return figure("creators", Caption(words.plain("creators.chart"), told), drawn, words.language)


def _strategies(shown: Shown) -> str:
    words, found = shown.words, shown.strategies
    rows = [] if found is None else [row for row in found.data if row.value is not None]
    if len(rows) < 2:
        return ""
    bars = [
        {
            "name": words.plain(f"strategy.{row.name}"),
            "value": max(value_of(row.value) or 0.0, 0.0),
            "label": value_text(shown, row.value),
            "best": row.name == "optimum",
        }
        for row in rows
    ]
    others = sorted(rows[1:], key=lambda row: value_of(row.value) or 0.0)
    told = words.plain(
        "strategies.chart_text",
        best=words.plain("strategy.optimum"),
        value=value_text(shown, rows[0].value),
        low=value_text(shown, others[0].value),
        high=value_text(shown, others[-1].value),
    )
    axis = words.plain("strategies.axis" if isinstance(rows[0].value, NetValue) else "strategies.axis_cost")
    caption = Caption(words.plain("strategies.chart"), told)
    return figure("strategies", caption, charts.ranked_bars(bars, axis), words.language)


def _frontier(shown: Shown) -> str:
    words, found = shown.words, shown.frontier
    points = [] if found is None else [point for point in found.points if isinstance(point.value, NetValue)]
    if found is None or len(points) < 2:
        return ""
    by_budget = {point.budget: point for point in points}
    most = float(points[-1].budget)
    marks: list[dict[str, Any]] = [
        {
            "budget": float(budget),
            "value": value_of(by_budget[budget].value),
            "label": words.plain(f"frontier.{kind}", budget=shown.money(budget)),
            "kind": kind,
        }
        for kind, budget in (("own", shown.basis.budget), ("knee", found.knee))
        if budget in by_budget
    ]
    for mark in marks:  # names of two stand outside of them, that of one where there is room
        others = [other["budget"] for other in marks if other is not mark] or [most / 2]
        mark["left"] = mark["budget"] < others[0] if len(marks) > 1 else mark["budget"] > others[0]
    told = words.plain(
        "frontier.chart_text",
        low=value_text(shown, points[0].value),
        from_=shown.money(points[0].budget),
        high=value_text(shown, points[-1].value),
        to=shown.money(points[-1].budget),
        own=value_text(shown, shown.result.value),
    )
    axes = words.plain("frontier.x", currency=shown.basis.currency), words.plain("frontier.y")
    caption = Caption(words.plain("frontier.chart"), told)
    return figure("frontier", caption, charts.curve(found, marks, *axes), words.language)


_DRAWN: dict[Part, Callable[[Shown], str]] = {
    "tiers": _tiers,
    "overlap": _overlap,
    "creators": _creators,
    "strategies": _strategies,
    "frontier": _frontier,
}

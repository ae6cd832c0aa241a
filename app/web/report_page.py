"""The report as a page: what is known goes into templates that escape it."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup

from app.services.answers.less_is_more import Verdict, books_somebody, less_is_more, share
from app.services.answers.ranges import above_the_draws
from app.services.questions.report import CURVE_GAP, CURVE_TIME_S, Stored
from app.web.languages import NO_FIGURE, Words
from app.web.parts import MOST_SEGMENTS, PARTS, SOLVED, Part, Shown, middle, value_text
from app.web.rendering import asset, digest, rendered
from app.wire.report_parts import NearMiss, ReportBasis
from app.wire.result import NetValue, RuleRow
from app.wire.strategies import Strategies, StrategyRow

MEDIA_TYPE = "text/html"
MOST_BOOKED = 300
"""Rows of the table of what to book; the CSV file has all."""
FILTERS = frozenset(
    {"min_on_target_share", "min_genuine_share", "min_reply_rate", "min_followers", "max_followers"}
    | {"max_cost_per_creator", "require", "exclude", "only_with"}
)
"""Rules whose activity is no figure that a reader could use."""
SHARES = frozenset({"spend_share", "waste_share", "min_on_target_share", "min_genuine_share", "min_reply_rate"})
_VERDICTS: dict[Verdict, str] = {
    "alike": "both_even",
    "less": "both_less",
    "more": "both_big",
    "mix": "both_mixed",
}


@cache
def content_security_policy() -> str:
    """What the page may do: its own style and script, by their hashes, and calls to where it came from."""
    return (
        f"default-src 'none'; style-src 'sha256-{digest(_style())}'; script-src 'sha256-{digest(_script())}'; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _style() -> str:
    return asset("report.css")


@cache
def _script() -> str:
    return "\n".join(asset(name) for name in ("report.js", "report_alone.js"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where the page is. root: the path under which the service is reached, such as "" or /creatormix."""

    root: str
    optimization_id: str
    words: Words

    @property
    def address(self) -> str:
        """Of the optimization, as the browser sees it."""
        return f"{self.root}/v1/optimizations/{self.optimization_id}"


def plan_page(shown: Shown, place: Place) -> str:
    """The report of a plan; parts that are not made yet are left open."""
    return _page("plan.html", place, shown.stored, **_of_plan(shown))


def part_of_page(shown: Shown, place: Place, part: Part) -> str:
    """One part alone, to be put into the page. It has been made."""
    return _page(f"part_{part}.html", place, shown.stored, **_of_plan(shown))


def other_page(stored: Stored, place: Place, basis: ReportBasis | None = None) -> str:
    """The page of what has no plan: not yet, or none at all. basis: of one that ended infeasible."""
    return _page(f"{_kind(stored)}.html", place, stored, b=basis)


def needs_basis(stored: Stored) -> bool:
    """Whether the page of what has no plan shows amounts, whose currency the basis knows."""
    return _kind(stored) == "infeasible"


def _kind(stored: Stored) -> str:
    optimization = stored.optimization
    name = {"queued": "live", "running": "live"}.get(optimization.status, optimization.status)
    return str(optimization.solution_status) if name == "succeeded" else name


def _page(template: str, place: Place, stored: Stored, **values: Any) -> str:
    words = place.words
    return rendered(
        template,
        o=stored.optimization,
        r=stored.optimization.result,
        w=words,
        t=words.text,
        address=place.address,
        root=place.root,
        css=Markup(_style()),
        js=Markup(_script()),
        parts=PARTS,
        **values,
    )


def _of_plan(shown: Shown) -> dict[str, Any]:
    result = shown.result
    return {
        "s": shown,
        "b": shown.basis,
        "money": shown.money,
        "value_text": lambda value: value_text(shown, value),
        "is_net": isinstance(result.value, NetValue),
        "selection": sorted(result.selection, key=lambda row: -row.contribution),
        "verdict": verdict,
        "lacking": lacking,
        "above": above_the_draws(result.totals, result.ranges),
        "rule_figure": lambda rule, figure: rule_figure(shown, rule, figure),
        "rule_unit": lambda rule: rule_unit(shown, rule),
        "reason": lambda code: reason(shown.words, code),
        "discount": discount,
        "most_telling": most_telling,
        "is_own_default": is_own_default,
        "middle": middle,
        "solved": SOLVED,
        "made": [part for part in PARTS if shown.is_made(part)],
        "most_booked": MOST_BOOKED,
        "most_segments": MOST_SEGMENTS,
        "curve_gap": CURVE_GAP,
        "curve_time_s": CURVE_TIME_S,
        "drawing": lambda part: Markup(shown.drawing(part) or ""),
    }


def verdict(words: Words, found: Strategies) -> Markup:
    """Is less more? One sentence, from the plans of small creators alone and of big names alone."""
    rows = {row.name: row for row in found.data}
    small, big = rows["nano_and_micro_only"], rows["macro_and_mega_only"]
    one = rows["single_largest_creator"]
    told = {"small": words.share(share(small)), "big": words.share(max(share(big), share(one)))}
    if not books_somebody(rows["optimum"]):
        return words.text("book.nobody")
    match books_somebody(small), books_somebody(big):
        case False, False:
            return words.text("strategies.neither")
        case True, False:
            return words.text("strategies.small_only", **told)
        case False, True:
            return words.text("strategies.big_only", **told)
        case _:
            return words.text(f"strategies.{_VERDICTS[less_is_more(found)]}", **told)


def lacking(words: Words, row: StrategyRow) -> Markup:
    """Why a way to plan has no plan, or nobody in it; "" where it has."""
    if row.why is None:
        return Markup(row.reason or "")
    rules = words.plain("strategies.and").join(
        f"„{name}“" if words.language == "de" else f"“{name}”" for name in row.rules
    )
    return words.of("lacking", row.why, rules=rules or words.plain("strategies.all_rules"))


def rule_figure(shown: Shown, rule: RuleRow, figure: str | float | None) -> str:
    """What a rule measures, or a limit of it, for people."""
    if figure is None or rule.kind in FILTERS:
        return NO_FIGURE
    if isinstance(figure, str):
        return shown.money(figure)
    return shown.words.share(figure, 1) if rule.kind in SHARES else shown.words.whole(figure)


def rule_unit(shown: Shown, rule: RuleRow) -> Markup:
    """What one more unit of a rule's limit would bring."""
    words, unit = shown.words, rule.next_unit
    if unit is None:
        return Markup(NO_FIGURE)
    is_money = isinstance(unit, str)
    value = (
        Markup.escape(shown.money(unit))
        if is_money
        else words.text("binds.people_more", value=words.estimate(float(unit)))
    )
    if rule.kind in SHARES:
        return words.text("binds.per_point", value=value)
    if isinstance(rule.activity, str):
        return words.text("binds.per_money", value=value, amount=shown.money("1"))
    return words.text("binds.per_creator", value=value)


def reason(words: Words, code: str) -> Markup:
    """A reason code in words; what follows its colon is the name of a rule."""
    name, colon, rule = code.partition(":")
    return (
        words.of("reason", name, rule=f"„{rule}“" if words.language == "de" else f"“{rule}”")
        if colon
        else words.of("reason", code)
    )


def most_telling(reasons: list[str]) -> list[str]:
    """The reasons without the one that is true of almost every offer, unless it is the only one."""
    return [code for code in reasons if code != "better_value_elsewhere"] or reasons


def discount(miss: NearMiss) -> float | None:
    """The share of its price by which an offer is too dear."""
    price = float(miss.price)
    if miss.entry_price is None or not price:
        return None
    return max(price - float(miss.entry_price), 0.0) / price


def is_own_default(source: str) -> bool:
    """Whether a default is the service's own, without a published figure behind it."""
    return source == "brief setting"

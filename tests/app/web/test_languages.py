"""Both languages say the same things, nothing is said that no page shows, and figures are written as people do."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest

import app.web
from app.services import demo_briefs
from app.web.languages import LANGUAGES, Words, catalogue, wanted
from app.wire.optimization import Phase, SolutionStatus, Status, StopReason
from app.wire.rules import Rule
from app.wire.strategies import StrategyName, Why

HOME = Path(app.web.__file__).parent
SOURCES = "\n".join(path.read_text("utf-8") for path in [*HOME.glob("*.py"), *HOME.glob("templates/*.html")])
FIELD = re.compile(r"{([a-z_]*)}")


def kinds_of_rules() -> set[str]:
    union: Any = get_args(Rule)[0]
    return {name for kind in get_args(union) for name in get_args(kind.model_fields["kind"].annotation)}


REASONS = {
    "price_above_budget", "filtered", "other_offer_chosen", "rule", "low_on_target_share",
    "audience_already_reached", "better_value_elsewhere",
}  # fmt: skip
FAMILIES: dict[str, set[str]] = {
    "strategy": set(get_args(StrategyName)),
    "kind": kinds_of_rules() | {"budget", "goal"},
    "lacking": set(get_args(Why)),
    "stop": set(get_args(StopReason)),
    "phase": set(get_args(Phase)),
    "badge": {*get_args(SolutionStatus), *get_args(Status)} - {"succeeded"},
    "reason": REASONS,
    "language": set(LANGUAGES),
    "side": {"min", "max"},
    "demo": {demo.name for demo in demo_briefs.all_briefs()},
}
"""Names of the API, each of which has a text."""


def test_both_languages_have_the_same_texts_with_the_same_values_in_them() -> None:
    english, german = catalogue("en"), catalogue("de")
    assert english.keys() == german.keys()
    for key, text in english.items():
        assert sorted(set(FIELD.findall(text))) == sorted(set(FIELD.findall(german[key]))), key


@pytest.mark.parametrize("family", FAMILIES)
def test_every_name_of_the_api_has_a_text_and_no_other(family: str) -> None:
    told = {key.partition(".")[2] for key in catalogue("en") if key.startswith(f"{family}.")}
    assert told == FAMILIES[family]


def test_every_text_is_used() -> None:
    unused = [
        key
        for key in catalogue("en")
        if key.partition(".")[0] not in FAMILIES and not is_used(key.removesuffix(".one").removesuffix(".other"))
    ]
    assert unused == []


def is_used(key: str) -> bool:
    """Whether the key, or its last name where the section is put before it, stands in a page's source."""
    section, _, name = key.rpartition(".")
    together = f'"{section}." ~' in SOURCES or f'f"{section}.' in SOURCES or name in ("title", "wait")
    return f'"{key}"' in SOURCES or (together and (f'"{name}"' in SOURCES or name in ("title", "wait")))


@pytest.mark.parametrize(
    ("chosen", "header", "tag"),
    [
        (None, None, "en"),
        (None, "", "en"),
        (None, "de", "de"),
        (None, "de-AT,de;q=0.9,en;q=0.8", "de-AT"),
        (None, "fr-FR, en-GB;q=0.8, de;q=0.7", "en-GB"),
        (None, "fr, es", "en"),
        (None, "de;q=0, en;q=0.1", "en"),
        (None, "en;q=0.2, de;q=0.3", "de"),
        (None, "DE-ch", "de-CH"),
        (None, "de-ZZ", "de"),
        (None, "*", "en"),
        ("de", "en-US", "de"),
        ("en", "de-DE, en-IE;q=0.5", "en-IE"),
        (None, "de;q=2, \x00, " + "x" * 5000 + ",,;q=", "en"),
        (None, "de-" + "a" * 8 + "-CH", "de-CH"),
    ],
)
def test_the_language_is_the_one_that_was_chosen_or_that_the_browser_likes_best(
    chosen: Any, header: str | None, tag: str
) -> None:
    assert wanted(chosen, header).tag == tag


def test_numbers_and_money_are_written_as_people_there_write_them() -> None:
    english, german, austrian = Words("en"), Words("de"), Words("de", "AT")
    assert english.whole(1234567.5) == "1,234,568"
    assert german.whole(1234567.4) == "1.234.567"
    assert english.money("24985.86", "EUR") == "€24,985.86"
    assert german.money("24985.86", "EUR") == "24.985,86\N{NO-BREAK SPACE}€"
    assert austrian.money("24985.86", "EUR").startswith("€")
    assert english.money("51705", "JPY") == "¥51,705"
    assert english.share(0.665, 1) == "66.5%"
    assert german.share(0.665, 1).replace("\N{NO-BREAK SPACE}", " ") == "66,5 %"
    assert english.exact(4.9999e-7) == "5E-7"


def test_a_bound_is_never_rounded_to_less_than_it_is() -> None:
    assert Words("en").at_most(4.9999e-7, 4) == "0.0001%"
    assert Words("en").at_most(0.07, 2) == "7.00%"
    assert Words("en").at_most(0.070001, 2) == "7.01%"


def test_a_gap_is_a_percentage_that_people_can_read() -> None:
    assert Words("en").gap(4.9999e-7) == "0.00005%"
    assert Words("de").gap(1e-6).replace("\N{NO-BREAK SPACE}", " ") == "0,0001 %"
    assert Words("en").gap(0.0231) == "2.31%"
    assert Words("en").gap(0.0) == "0%"


def test_an_estimate_has_no_more_digits_than_it_is_worth() -> None:
    assert [Words("en").estimate(value) for value in (0.0, 0.384, -2267.19, 9538.7)] == ["0", "0.38", "-2,267", "9,539"]


def test_no_decimal_of_an_amount_is_lost_whatever_is_usual_for_its_currency() -> None:
    assert "517.05" in Words("en").money("517.05", "RSD")
    assert "1.234" in Words("en").money("1.234", "KWD")


def test_what_is_put_into_a_text_is_escaped() -> None:
    assert "<b>" not in Words("en").text("binds.people_more", value="<b>")
    assert "<b>" not in Words("en").of("reason", "<b>")

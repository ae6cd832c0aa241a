"""The page at / in a real browser: from a brief to its report, with what is wrong in it shown at its place."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from app.services import demo_briefs
from tests.browser.conftest import SIZES, Opened, sticks_out, violations
from tests.hard_brief import hard_brief

TITLES = {"en-GB": "Which creators are worth the budget?", "de-DE": "Welche Creator sind das Budget wert?"}
RUN = {"en-GB": "Run", "de-DE": "Lösen"}


@pytest.fixture
def start(browser: Browser, base_url: str) -> Iterator[Opened]:
    opened = Opened(browser, f"{base_url}/", locale="en-GB", viewport=SIZES["desktop"])
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("locale", "size", "scheme"),
    [
        ("en-GB", "desktop", "light"),
        ("de-DE", "phone", "dark"),
        ("de-DE", "desktop", "dark"),
        ("en-GB", "phone", "light"),
    ],
)
def test_a_brief_becomes_a_report(browser: Browser, base_url: str, locale: str, size: str, scheme: Any) -> None:
    start = Opened(browser, f"{base_url}/", locale=locale, viewport=SIZES[size], color_scheme=scheme)
    page = start.page
    expect(page.locator("h1")).to_have_text(TITLES[locale])
    name = f"{locale[:2]}-{size}-{scheme}"
    start.picture(f"start-{name}")
    assert violations(page) == []
    assert not sticks_out(page)
    brief = page.locator("#brief").input_value()
    assert json.loads(brief) == json.loads(demo_briefs.raw("realistic"))
    page.get_by_role("button", name=RUN[locale]).click()
    start.complete()
    expect(page.locator("svg.chart:visible")).to_have_count(5)
    expect(page.locator("main:visible")).to_be_focused()
    assert urlsplit(page.url).path.endswith("/report")
    assert page.title().startswith(json.loads(brief)["label"])
    start.picture(f"start-report-{name}")
    assert violations(page) == []
    assert not sticks_out(page)
    page.go_back()
    expect(page.locator("h1")).to_have_text(TITLES[locale])
    assert page.locator("#brief").input_value() == brief
    assert start.complaints == []
    assert start.hosts == {urlsplit(base_url).netloc}
    start.close()


def test_the_report_stays_when_the_page_is_loaded_again(start: Opened) -> None:
    start.page.locator("#demo").select_option("minimal")
    expect(start.page.locator("#brief")).to_have_value(demo_briefs.raw("minimal").decode())
    start.page.locator("#brief").press("Control+Enter")
    start.complete()
    start.page.reload()
    start.complete()
    expect(start.page.locator("#start")).to_have_count(0)
    start.page.go_back()
    expect(start.page.locator("#brief")).to_have_value(demo_briefs.raw("minimal").decode())


def test_what_is_wrong_leads_to_its_place(start: Opened) -> None:
    brief = json.loads(demo_briefs.raw("realistic"))
    brief["candidates"][7]["offers"][1]["price"] = -3
    brief["candidates"][3]["folowers"] = brief["candidates"][3].pop("followers")
    page = start.page
    paste(start, json.dumps(brief, indent=2))
    page.get_by_role("button", name="Validate").click()
    expect(page.locator("#outcome")).to_be_focused()
    expect(page.locator("#outcome h3")).to_contain_text("3 faults")
    start.picture("start-faults")
    assert violations(page) == []
    for pointer, selected in {
        "/candidates/7/offers/1/price": '"price": -3',
        "/candidates/3/folowers": f'"folowers": {brief["candidates"][3]["folowers"]}',
    }.items():
        page.get_by_role("button", name=pointer, exact=True).click()
        expect(page.locator("#brief")).to_be_focused()
        assert selection(start) == selected
    page.get_by_role("button", name="/candidates/3/followers").click()
    assert selection(start).startswith("{"), "what is missing is shown by what it is missing in"
    assert page.evaluate("document.getElementById('brief').scrollTop") > 0
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#outcome h3")).to_contain_text("3 faults")
    assert urlsplit(page.url).path == "/"


def paste(start: Opened, text: str) -> None:
    """As the keyboard would, over all that is there."""
    start.page.locator("#brief").evaluate(
        """(brief, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            brief.select();
            brief.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}));
        }""",
        text,
    )
    expect(start.page.locator("#brief")).to_have_value(text)


def selection(start: Opened) -> Any:
    return start.page.evaluate(
        "(() => { const brief = document.getElementById('brief');"
        " return brief.value.slice(brief.selectionStart, brief.selectionEnd); })()"
    )


def test_text_that_is_no_json_is_shown_where_it_ceases_to_be(start: Opened) -> None:
    start.page.locator("#brief").fill('{"label": "x",\n "budget": }')
    start.page.get_by_role("button", name="Run").click()
    start.page.get_by_role("button", name="in the text").click()
    assert selection(start) == "}"


def test_every_place_of_a_brief_is_found(start: Opened) -> None:
    brief = json.loads(demo_briefs.raw("realistic"))
    brief["candidates"] = brief["candidates"][:3]
    brief["odd/~name"] = {"": [{}, [], None, True, -1.5e-7, 'text with "quotes", \\ and ü\u2028'], "0": {"0": [[1]]}}
    for text in (json.dumps(brief, indent=2), json.dumps(brief, ensure_ascii=False, separators=(",", ":"))):
        wanted = dict(walk(brief))
        found = start.page.evaluate(
            "([text, pointers]) => pointers.map((pointer) => text.slice(...places.find(text, pointer)))",
            [text, list(wanted)],
        )
        assert [json.loads(slice_) if not key else json.loads(f"{{{slice_}}}") for key, slice_ in
                zip((key for key, _ in wanted.values()), found, strict=True)] == [
            value if not key else {key[0]: value} for key, value in wanted.values()
        ]  # fmt: skip


def walk(value: Any, pointer: str = "") -> Iterator[tuple[str, tuple[tuple[str, ...], Any]]]:
    """JSON Pointer -> (the key, where it is a member of an object; the value)."""
    if isinstance(value, dict):
        for key, inner in value.items():
            place = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
            yield place, ((key,), inner)
            yield from walk(inner, place)
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield f"{pointer}/{number}", ((), inner)
            yield from walk(inner, f"{pointer}/{number}")


def test_a_file_is_opened_and_a_draft_outlives_a_change_of_language(start: Opened, tmp_path: Path) -> None:
    file = tmp_path / "brief.json"
    file.write_bytes(demo_briefs.raw("pinned"))
    start.page.locator("#file").set_input_files(file)
    expect(start.page.locator("#brief")).to_have_value(demo_briefs.raw("pinned").decode())
    start.page.get_by_role("link", name="Deutsch").click()
    expect(start.page.locator("h1")).to_have_text(TITLES["de-DE"])
    expect(start.page.locator("#brief")).to_have_value(demo_briefs.raw("pinned").decode())
    start.page.get_by_role("button", name="Prüfen").click()
    expect(start.page.locator("#outcome h3")).to_contain_text("Das Briefing ist gültig")


def test_a_brief_without_a_plan_says_what_clashes(start: Opened) -> None:
    start.page.locator("#demo").select_option("infeasible")
    expect(start.page.locator("#brief")).to_have_value(demo_briefs.raw("infeasible").decode())
    start.page.get_by_role("button", name="Run").click()
    expect(start.page.locator(".conflicts li")).not_to_have_count(0)
    assert violations(start.page) == []
    start.page.get_by_role("link", name="Change the brief").click()
    expect(start.page.locator("#brief")).to_be_visible()


def test_a_long_solve_is_followed_and_stopped(start: Opened) -> None:
    paste(start, json.dumps(hard_brief(60)))
    start.page.get_by_role("button", name="Run").click()
    expect(start.page.locator('[data-field="elapsed_s"]')).not_to_have_text("–")
    start.picture("start-running")
    assert violations(start.page) == []
    start.page.get_by_role("button", name="Stop").click()
    expect(start.page.locator("h2:visible").first).to_have_text("No plan was found")
    assert len([url for url in start.asked if url.endswith("/events")]) == 1


def test_a_service_that_went_away_is_told(start: Opened) -> None:
    start.page.route("**/v1/**", lambda route: route.abort())
    start.page.get_by_role("button", name="Run").click()
    expect(start.page.locator("#said")).to_contain_text("did not answer")

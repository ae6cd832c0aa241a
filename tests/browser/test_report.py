"""The report in a real browser without a network: complete, silent, readable by everybody, on screen and on paper."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, expect

from app.services import demo_briefs
from tests.browser.conftest import PICTURES, SIZES, Opened, sticks_out, violations
from tests.hard_brief import hard_brief

PATH = "/v1/optimizations"
TITLES = {"en-GB": "What to book", "de-DE": "Was zu buchen ist"}


@pytest.fixture(scope="module")
def addresses(base_url: str) -> dict[str, str]:
    """Reports of the demo briefs, by name."""
    return {name: post(base_url, json.loads(demo_briefs.raw(name))) for name in ("realistic", "infeasible")}


def post(base_url: str, brief: Any, prefer: str = "wait=60") -> str:
    answer = httpx.post(f"{base_url}{PATH}", json=brief, headers={"Prefer": prefer}, trust_env=False, timeout=90)
    assert answer.status_code in (201, 202), answer.text
    return f"{base_url}{PATH}/{answer.json()['id']}/report"


# The other four ways to look at it are those of test_start.py, which ends at a report too.
@pytest.mark.parametrize(
    ("locale", "size", "scheme"),
    [
        ("en-GB", "desktop", "dark"),
        ("de-DE", "phone", "light"),
        ("de-DE", "desktop", "light"),
        ("en-GB", "phone", "dark"),
    ],
)
def test_the_report_is_complete_silent_and_accessible(
    browser: Browser, addresses: dict[str, str], locale: str, size: str, scheme: Any
) -> None:
    address = addresses["realistic"]
    report = Opened(browser, address, locale=locale, viewport=SIZES[size], color_scheme=scheme)
    page = report.complete()
    expect(page.locator("#book h2")).to_have_text(TITLES[locale])
    expect(page.locator("svg.chart:visible")).to_have_count(5)
    assert not sticks_out(page)
    if size == "desktop":
        cut = page.locator(".scroll").evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth).length")
        assert cut == 0, "every column is seen without scrolling"
    report.picture(f"report-{locale[:2]}-{size}-{scheme}")
    assert violations(page) == []
    assert report.complaints == []
    assert report.hosts == {urlsplit(address).netloc}
    report.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_infeasible_brief_has_an_accessible_page(browser: Browser, addresses: dict[str, str], scheme: Any) -> None:
    report = Opened(browser, addresses["infeasible"], color_scheme=scheme, viewport=SIZES["phone"])
    expect(report.page.locator(".conflicts li")).not_to_have_count(0)
    expect(report.page.locator("tbody")).to_contain_text("€")
    report.picture(f"report-infeasible-{scheme}")
    assert violations(report.page) == []
    assert report.complaints == []
    report.close()


def test_the_table_is_sorted_with_the_keyboard(browser: Browser, addresses: dict[str, str]) -> None:
    report = Opened(browser, addresses["realistic"], locale="en-GB")
    head = report.page.locator("#book th[data-sort]", has_text="Followers")
    head.locator("button").focus()
    report.page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    cells = report.page.locator("#book tbody td:last-child").all_inner_texts()
    followers = [int(cell.replace(",", "")) for cell in cells]
    assert followers == sorted(followers, reverse=True)
    report.page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending")
    report.close()


def test_the_first_thing_that_the_keyboard_meets_leads_past_the_head(
    browser: Browser, addresses: dict[str, str]
) -> None:
    report = Opened(browser, addresses["realistic"])
    report.page.keyboard.press("Tab")
    expect(report.page.locator(".skip")).to_be_focused()
    report.page.keyboard.press("Enter")
    expect(report.page.locator("main")).to_be_focused()
    report.close()


def test_it_prints_to_a4_with_everything_that_is_folded_away(browser: Browser, addresses: dict[str, str]) -> None:
    report = Opened(browser, addresses["realistic"], color_scheme="dark")
    pdf = report.complete().pdf(path=PICTURES / "report.pdf", prefer_css_page_size=True)
    widths = {(round(float(w)), round(float(h))) for w, h in re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", pdf)}
    assert widths == {(595, 842)}, "A4 in points"
    expect(report.page.locator("#assumptions details")).to_have_attribute("open", "")
    report.close()


def test_without_javascript_one_link_leads_to_everything(browser: Browser, addresses: dict[str, str]) -> None:
    report = Opened(browser, f"{addresses['realistic']}?part=whole", java_script_enabled=False)
    expect(report.page.locator("svg.chart:visible")).to_have_count(5)
    report.close()


def test_a_solve_is_followed_and_stopped(browser: Browser, base_url: str) -> None:
    address = post(base_url, hard_brief(30), "respond-async")
    report = Opened(browser, address, locale="en-GB")
    expect(report.page.locator('[data-field="elapsed_s"]')).to_contain_text(re.compile(r"[0-9] s"))
    assert violations(report.page) == []
    report.page.get_by_role("button", name="Stop").click()
    expect(report.page.locator("h2").first).to_have_text("No plan was found")
    assert report.complaints == []
    assert len([url for url in report.asked if url.endswith("/events")]) == 1, "one stream, and none once it has ended"
    report.close()


def test_a_solve_whose_stream_is_cut_is_asked_for_instead(browser: Browser, base_url: str) -> None:
    report = Opened(browser, f"{base_url}/docs", locale="en-GB")
    report.page.route("**/events", lambda route: route.abort())
    address = post(base_url, hard_brief(30), "respond-async")
    report.page.goto(address)
    expect(report.page.locator('[data-field="elapsed_s"]')).to_contain_text(re.compile(r"[0-9] s"))
    httpx.post(address.replace("/report", ":stop"), trust_env=False, timeout=60)
    expect(report.page.locator("h2").first).to_have_text("No plan was found")
    report.close()

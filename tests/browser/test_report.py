"""The report in a real browser without a network: complete, silent, readable by everybody, on screen and on paper."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.main import create_app
from app.services import demo_briefs
from app.settings import load_settings
from tests.hard_brief import hard_brief
from tests.serving import served

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PICTURES = Path(__file__).parents[2] / "test-artifacts"
WAIT_MS = 60_000
PATH = "/v1/optimizations"
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
TITLES = {"en-GB": "What to book", "de-DE": "Was zu buchen ist"}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found: run `apt-get install chromium`")


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url = f"sqlite:///{tmp_path_factory.mktemp('service') / 'test.db'}"
    with served(create_app(load_settings(database_url=url))) as base_url:
        yield base_url


@pytest.fixture(scope="module")
def addresses(base_url: str) -> dict[str, str]:
    """Reports of the demo briefs, by name."""
    return {name: post(base_url, json.loads(demo_briefs.raw(name))) for name in ("realistic", "infeasible")}


def post(base_url: str, brief: Any, prefer: str = "wait=60") -> str:
    answer = httpx.post(f"{base_url}{PATH}", json=brief, headers={"Prefer": prefer}, trust_env=False, timeout=90)
    assert answer.status_code in (201, 202), answer.text
    return f"{base_url}{PATH}/{answer.json()['id']}/report"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; every name but the loopback address resolves to nowhere."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        )
        yield browser
        browser.close()


class Opened:
    """A report in a window of its own, what it asked for and complained of."""

    def __init__(self, browser: Browser, address: str, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.goto(address)

    def complete(self) -> Page:
        """The page with all of its parts."""
        expect(self.page.locator("[data-missing]")).to_have_count(0, timeout=WAIT_MS)
        return self.page

    def close(self) -> None:
        self.context.close()


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds."""
    found: list[Any] = Axe().run(page).response["violations"]
    return [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("locale", TITLES)
def test_the_report_is_complete_silent_and_accessible(
    browser: Browser, addresses: dict[str, str], locale: str, size: str, scheme: Any
) -> None:
    address = addresses["realistic"]
    report = Opened(browser, address, locale=locale, viewport=SIZES[size], color_scheme=scheme)
    page = report.complete()
    expect(page.locator("#book h2")).to_have_text(TITLES[locale])
    expect(page.locator("svg.chart:visible")).to_have_count(5)
    assert page.locator("html").bounding_box() == {**box(page), "width": SIZES[size]["width"]}, "nothing sticks out"
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"report-{locale[:2]}-{size}-{scheme}.png", full_page=True)
    assert violations(page) == []
    assert report.complaints == []
    assert report.hosts == {urlsplit(address).netloc}
    report.close()


def box(page: Page) -> Any:
    return {**(page.locator("html").bounding_box() or {}), "x": 0}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_infeasible_brief_has_an_accessible_page(browser: Browser, addresses: dict[str, str], scheme: Any) -> None:
    report = Opened(browser, addresses["infeasible"], color_scheme=scheme, viewport=SIZES["phone"])
    expect(report.page.locator(".conflicts li")).not_to_have_count(0)
    report.page.screenshot(path=PICTURES / f"report-infeasible-{scheme}.png", full_page=True)
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


def test_a_solve_is_followed_until_it_has_ended(browser: Browser, base_url: str) -> None:
    address = post(base_url, hard_brief(30), "respond-async")
    report = Opened(browser, address, locale="en-GB")
    expect(report.page.locator("[data-events]")).to_be_visible()
    expect(report.page.locator('[data-field="elapsed_s"]')).to_contain_text(re.compile(r"[0-9] s"), timeout=WAIT_MS)
    assert violations(report.page) == []
    stopped = httpx.post(address.replace("/report", ":stop"), trust_env=False, timeout=60)
    assert stopped.status_code in (200, 202)
    expect(report.page.locator("h2").first).to_have_text("No plan was found", timeout=WAIT_MS)
    assert report.complaints == []
    report.close()

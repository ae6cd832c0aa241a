"""A service with API keys, below a path, in a real browser: reports are opened with a key, which is in no address."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, expect

from app.main import create_app
from app.services import demo_briefs
from app.services.caller import READ
from app.settings import load_settings
from tests.app.api.keyed import bearer, make_key
from tests.browser.conftest import Opened, below, violations
from tests.serving import served

ROOT = "/mix"
REFUSED = "the server responded with a status of 401"
"""What Chromium itself notes in its console; not a page's complaint."""


@dataclass
class Keyed:
    """A service with keys. address: of a report of the tenant's."""

    url: str
    key: str
    reader: str
    other: str
    address: str


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyed]:
    database_url = f"sqlite:///{tmp_path_factory.mktemp('keyed') / 'test.db'}"
    key, reader, other = (make_key(database_url, *of) for of in (("mine",), ("mine", READ), ("other",)))
    with served(below(create_app(load_settings(database_url=database_url)), ROOT)) as origin:
        url = f"{origin}{ROOT}"
        made = httpx.post(
            f"{url}/v1/optimizations",
            content=demo_briefs.raw("realistic"),
            headers={"Content-Type": "application/json", "Prefer": "wait=60", **bearer(key)},
            trust_env=False,
            timeout=90,
        )
        assert made.status_code == 201, made.text
        yield Keyed(url, key, reader, other, f"{url}/v1/optimizations/{made.json()['id']}/report")


def give(opened: Opened, key: str) -> None:
    opened.page.get_by_label("Key", exact=True).fill(key)
    opened.page.keyboard.press("Enter")


def assert_secret(opened: Opened, key: str) -> None:
    """The key is in no address, nothing outside of the service was asked, and only refused calls were complained of."""
    paths = [urlsplit(url).path for url in opened.asked if not url.startswith(("data:", "blob:"))]
    assert [path for path in paths if not path.startswith(f"{ROOT}/")] == []
    secret = key.rpartition("_")[2]
    assert not [url for url in opened.asked if secret in url]
    assert secret not in opened.page.url
    assert [text for text in opened.complaints if REFUSED not in text] == []


def test_a_run_asks_for_the_key_and_goes_on_with_it(browser: Browser, service: Keyed) -> None:
    start = Opened(browser, f"{service.url}/", locale="en-GB")
    expect(start.page.locator("#key")).to_be_hidden()
    start.page.get_by_role("button", name="Run").click()
    expect(start.page.get_by_label("Key", exact=True)).to_be_focused()
    expect(start.page.locator("#key-why")).to_contain_text("needs an API key")
    start.picture("start-key")
    assert violations(start.page) == []
    give(start, "cbo_wrong_key")
    expect(start.page.locator("#key-why")).not_to_contain_text("needs an API key")
    give(start, service.key)
    start.complete()
    expect(start.page.locator("svg.chart:visible")).to_have_count(5)
    assert violations(start.page) == []
    start.page.get_by_role("link", name="Change the brief").click()
    expect(start.page.locator("#brief")).to_be_visible()
    assert_secret(start, service.key)
    start.close()


def test_a_link_to_a_report_asks_for_the_key_and_shows_it_there(browser: Browser, service: Keyed) -> None:
    report = Opened(browser, service.address, locale="en-GB")
    page = report.page
    expect(page.locator("h1:visible")).to_have_text("This report needs an API key")
    assert violations(page) == []
    report.picture("report-key")
    give(report, service.reader)
    report.complete()
    assert page.url == service.address
    report.picture("report-with-key")
    assert violations(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    text = Path(download.value.path()).read_text("utf-8")
    assert text.startswith("creator_id,")
    with page.expect_download() as download:
        page.get_by_role("link", name="Brief (JSON)").click()
    assert Path(download.value.path()).read_bytes() == demo_briefs.raw("realistic")
    page.get_by_role("link", name="Deutsch").click()
    expect(page.locator("#book h2")).to_have_text("Was zu buchen ist")
    page.reload()
    expect(page.locator("#book h2")).to_have_text("Was zu buchen ist")
    page.get_by_role("button", name="API-Schlüssel vergessen").click()
    expect(page.locator("#brief")).to_be_visible()
    page.goto(service.address)
    expect(page.get_by_label("Key", exact=True)).to_be_visible()
    assert_secret(report, service.reader)
    report.close()


def test_a_key_stays_in_its_window(browser: Browser, service: Keyed) -> None:
    report = Opened(browser, service.address, locale="en-GB")
    give(report, service.key)
    report.complete()
    another = report.context.new_page()
    another.goto(service.address)
    expect(another.get_by_label("Key", exact=True)).to_be_visible()
    expect(another.locator("#book")).to_have_count(0)
    report.close()


def test_anothers_key_opens_nothing(browser: Browser, service: Keyed) -> None:
    report = Opened(browser, service.address, locale="en-GB")
    give(report, service.other)
    expect(report.page.locator("#said")).to_contain_text("The service refused")
    expect(report.page.locator("#book")).to_have_count(0)
    report.close()


def test_a_key_that_may_only_read_is_told_what_it_lacks(browser: Browser, service: Keyed) -> None:
    start = Opened(browser, f"{service.url}/", locale="en-GB")
    start.page.get_by_role("button", name="Run").click()
    give(start, service.reader)
    expect(start.page.locator("#outcome h3")).to_contain_text("optimizations:write")
    assert violations(start.page) == []
    start.close()


def test_only_who_opens_a_page_is_asked_for_a_key(service: Keyed) -> None:
    def get(**headers: str) -> httpx.Response:
        return httpx.get(service.address, headers=headers, trust_env=False)

    person = get(Accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert (person.status_code, person.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert person.headers["Content-Type"].startswith("text/html")
    assert person.headers["Cache-Control"] == "no-store"
    for refused in (
        get(),
        get(Accept="application/json"),
        get(Accept="text/html, application/problem+json"),
        get(Accept="text/html", Authorization="Bearer cbo_wrong_key"),
    ):
        assert (refused.status_code, refused.headers["Content-Type"]) == (401, "application/problem+json")

"""What browser tests share: Chromium without a network, pages that are watched, and services to look at."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from starlette.types import ASGIApp, Receive, Scope, Send

from app.main import create_app
from app.settings import load_settings
from tests.serving import served

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PICTURES = Path(__file__).parents[2] / "test-artifacts"
"""Where screenshots go, for whoever changes a page."""
WAIT_MS = 60_000
SIZES: dict[str, Any] = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; every name but the loopback address resolves to nowhere."""
    if CHROMIUM is None:
        pytest.skip("no Chromium found: run `apt-get install chromium`")
    PICTURES.mkdir(exist_ok=True)
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service without keys."""
    url = f"sqlite:///{tmp_path_factory.mktemp('service') / 'test.db'}"
    with served(create_app(load_settings(database_url=url))) as base_url:
        yield base_url


def below(app: ASGIApp, path: str) -> ASGIApp:
    """The same service under a path, as behind a proxy."""

    async def moved(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "root_path": path} if scope["type"] == "http" else scope, receive, send)

    return moved


class Opened:
    """A page in a window of its own, what it asked for and complained of."""

    def __init__(self, browser: Browser, address: str, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(address)

    @property
    def hosts(self) -> set[str]:
        """Whom the page asked; "" is itself."""
        return {urlsplit(address).netloc for address in self.asked} - {""}

    def complete(self) -> Page:
        """The page with all parts of the report."""
        expect(self.page.locator("#book")).to_be_visible()
        expect(self.page.locator("[data-missing]")).to_have_count(0)
        return self.page

    def picture(self, name: str) -> None:
        """Keep what the whole page looks like."""
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    def close(self) -> None:
        """Close the window."""
        self.context.close()


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds."""
    found: list[Any] = Axe().run(page).response["violations"]
    return [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found]


def sticks_out(page: Page) -> bool:
    """Whether something is wider than the window."""
    viewport = page.viewport_size
    wide: int = page.evaluate("document.documentElement.scrollWidth")
    return viewport is None or wide > viewport["width"]

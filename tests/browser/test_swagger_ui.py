"""Swagger UI in a real browser without a network: it shows the API, and an example runs as it stands."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, Request, expect

from app.main import create_app
from app.services import demo_briefs
from app.settings import load_settings
from tests.app.api.keyed import make_key
from tests.browser.conftest import PICTURES, WAIT_MS
from tests.serving import served


class Watched:
    """A page of Swagger UI, and what it asked for and complained of."""

    def __init__(self, browser: Browser, base_url: str) -> None:
        self.page: Page = browser.new_page(viewport={"width": 1400, "height": 1600})
        self.page.set_default_timeout(WAIT_MS)
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self._hear(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._note)
        self.page.goto(f"{base_url}/docs")
        expect(self.page.locator("#operations-optimizations-create_optimization")).to_be_visible(timeout=WAIT_MS)

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def _note(self, request: Request) -> None:
        if not request.url.startswith("data:"):
            self.requests.append(request.url)

    def execute(self, operation: str, example: str, **parameters: str) -> tuple[int, Any]:
        """Open a POST, choose an example, press Execute: status and body that the page shows."""
        block = self.page.locator(f"#operations-optimizations-{operation}")
        block.locator(".opblock-summary-control").first.click()
        block.locator("select.examples-select-element, .examples-select select").first.select_option(example)
        for name, value in parameters.items():
            block.locator(f'tr[data-param-name="{name}"] input').fill(value)
        block.locator("button.execute").click()
        live = block.locator(".live-responses-table")
        expect(live).to_be_visible(timeout=WAIT_MS)
        status = int(live.locator("tr.response .response-col_status").first.inner_text().split()[0])
        return status, json.loads(live.locator(".response-col_description .microlight, pre").nth(0).inner_text())


@pytest.fixture
def docs(browser: Browser, base_url: str) -> Iterator[Watched]:
    watched = Watched(browser, base_url)
    yield watched
    watched.page.close()


def test_the_page_asks_only_its_own_server_and_complains_of_nothing(docs: Watched, base_url: str) -> None:
    docs.page.wait_for_load_state("networkidle")
    docs.page.screenshot(path=PICTURES / "swagger-ui.png")
    assert {urlsplit(url).netloc for url in docs.requests} == {urlsplit(base_url).netloc}
    assert docs.complaints == []
    shown = docs.page.locator(".opblock").count()
    document: dict[str, Any] = httpx.get(f"{base_url}/openapi.json", trust_env=False).json()
    told = [*document["paths"].values(), *document["webhooks"].values()]
    assert shown == sum(len(methods) for methods in told)


@pytest.mark.parametrize("example", ["minimal", "realistic", "infeasible", "pinned"])
def test_an_example_runs_as_it_stands_and_gives_the_plan_of_the_api(docs: Watched, base_url: str, example: str) -> None:
    status, shown = docs.execute("create_optimization", example)
    docs.page.screenshot(path=PICTURES / f"swagger-ui-{example}.png", full_page=True)
    assert status == 201
    posted = httpx.post(
        f"{base_url}/v1/optimizations",
        content=demo_briefs.raw(example),
        headers={"Content-Type": "application/json"},
        trust_env=False,
    ).json()
    for told in ("solution_status", "stop_reason", "warnings"):
        assert shown[told] == posted[told]
    for part in ("value", "totals", "mix", "segments", "selection", "rules", "conflicts", "assumptions"):
        assert shown["result"][part] == posted["result"][part]
    assert docs.complaints == []
    assert {urlsplit(url).netloc for url in docs.requests} == {urlsplit(base_url).netloc}


def test_validating_runs_from_the_page_too(docs: Watched) -> None:
    status, shown = docs.execute("validate_optimization", "minimal")
    assert (status, shown["valid"], shown["errors"]) == (200, True, [])


def test_a_plan_of_ones_own_is_evaluated_from_the_page(docs: Watched) -> None:
    status, shown = docs.execute("evaluate_plan", "realistic")
    assert status == 200
    assert shown["violations"]
    assert 0 < shown["share_of_optimum"] < 1
    assert docs.complaints == []


def test_a_plan_is_replanned_from_the_page(docs: Watched, base_url: str) -> None:
    posted = httpx.post(
        f"{base_url}/v1/optimizations",
        content=demo_briefs.raw("realistic"),
        headers={"Content-Type": "application/json"},
        trust_env=False,
    ).json()
    status, shown = docs.execute("replan_optimization", "realistic", optimization_id=posted["id"])
    assert (status, shown["parent_id"], shown["solution_status"]) == (201, posted["id"], "optimal")
    assert [row["creator_id"] for row in shown["result"]["difference"]["dropped"] if row["reasons"] == ["declined"]]
    assert docs.complaints == []


def test_the_page_takes_a_key(browser: Browser, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'test.db'}"
    key = make_key(url, "acme")
    with served(create_app(load_settings(database_url=url))) as keyed_url:
        docs = Watched(browser, keyed_url)
        docs.page.locator("button.authorize").first.click()
        bearer = docs.page.locator(".auth-container", has_text="bearer").first
        bearer.locator("input").fill(key)
        bearer.locator("button.authorize").click()
        docs.page.locator("button.btn-done").first.click()
        status, shown = docs.execute("validate_optimization", "minimal")
        docs.page.close()
    assert (status, shown["valid"]) == (200, True)
    assert docs.complaints == []

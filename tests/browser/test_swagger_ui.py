"""Swagger UI in a real browser without a network: it shows the API, and an example runs as it stands."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from app.main import create_app
from app.services import demo_briefs
from app.settings import load_settings
from tests.app.api.keyed import make_key
from tests.browser.conftest import PICTURES, WAIT_MS
from tests.serving import served

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text())
POSTS: dict[str, Any] = {
    methods["post"]["operationId"]: methods["post"] for methods in DOCUMENT["paths"].values() if "post" in methods
}


def examples_of(operation: str) -> dict[str, str]:
    """The examples of a POST's body: name to what the drop-down says."""
    body = POSTS[operation].get("requestBody", {"content": {"": {"examples": {}}}})
    shown = next(iter(body["content"].values()))["examples"]
    shared = DOCUMENT["components"]["examples"]
    return {name: example.get("summary") or shared[name]["summary"] for name, example in shown.items()}


def promised(operation: str, summary: str) -> int:
    """The status that an example leads to: the one that its summary names, or the call's own."""
    named = re.search(r"\((\d{3})\)$", summary)
    return int(named[1]) if named else int(min(POSTS[operation]["responses"]))


class Watched:
    """A page of Swagger UI, and what it asked for and complained of."""

    def __init__(self, browser: Browser, base_url: str, width: int = 1400) -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": 1600})
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

    def block(self, operation: str) -> Locator:
        """The block of an operation, opened."""
        block = self.page.locator(f'.opblock[id$="-{operation}"]')
        if not block.locator("button.execute").count():
            block.locator(".opblock-summary-control").first.click()
        return block

    def execute(self, operation: str, example: str | None = None, **parameters: str) -> tuple[int, Any]:
        """Open a call, choose an example, press Execute: status and body that the page shows."""
        block = self.block(operation)
        if example is not None:
            block.locator(".opblock-section-request-body select.examples-select-element").select_option(example)
        for name, value in parameters.items():
            row = block.locator(f'tr[data-param-name="{name}"]')
            if row.locator("select").count():
                row.locator("select").first.select_option(value)
            else:
                row.locator("input").fill(value)
        with self.page.expect_response(lambda answer: "/v1/" in answer.url) as answered:
            block.locator("button.execute").click()
        live = block.locator(".live-responses-table")
        shown = live.locator("tr.response .response-col_status").first
        expect(shown).to_contain_text(str(answered.value.status), timeout=WAIT_MS)
        expect(block.locator(".loading-container")).to_have_count(0, timeout=WAIT_MS)
        text = live.locator(".response-col_description .microlight, pre").nth(0).inner_text()
        return answered.value.status, json.loads(text)

    def value(self, operation: str, parameter: str) -> str:
        """What stands in a parameter of a call."""
        return self.block(operation).locator(f'tr[data-param-name="{parameter}"] input').input_value()


@pytest.fixture
def docs(browser: Browser, base_url: str) -> Iterator[Watched]:
    watched = Watched(browser, base_url)
    yield watched
    watched.page.close()


def post(base_url: str, name: str) -> Any:
    """The optimization of a demo brief, made without the page."""
    return httpx.post(
        f"{base_url}/v1/optimizations",
        content=demo_briefs.raw(name),
        headers={"Content-Type": "application/json", "Prefer": "wait=60"},
        timeout=90,
        trust_env=False,
    ).json()


@pytest.mark.parametrize("width", [1400, 390])
def test_the_page_asks_only_its_own_server_and_complains_of_nothing(
    browser: Browser, base_url: str, width: int
) -> None:
    docs = Watched(browser, base_url, width)
    docs.page.wait_for_load_state("networkidle")
    docs.page.screenshot(path=PICTURES / f"swagger-ui-{width}.png", full_page=True)
    assert {urlsplit(url).netloc for url in docs.requests} == {urlsplit(base_url).netloc}
    assert docs.complaints == []
    shown = docs.page.locator(".opblock").count()
    document: dict[str, Any] = httpx.get(f"{base_url}/openapi.json", trust_env=False).json()
    told = [*document["paths"].values(), *document["webhooks"].values()]
    assert shown == sum(len(methods) for methods in told)
    assert docs.page.evaluate("document.documentElement.scrollWidth") <= width, "nothing sticks out"
    docs.page.close()


@pytest.mark.parametrize("operation", [name for name in POSTS if examples_of(name)])
def test_every_example_runs_as_it_stands_with_the_status_that_it_promises(
    docs: Watched, base_url: str, operation: str
) -> None:
    made: dict[str, str] = {}
    for name, summary in examples_of(operation).items():
        parameters = {}
        if any(parameter["in"] == "path" for parameter in POSTS[operation]["parameters"]):
            brief = re.search(r"after the (\w+) brief", summary)
            brief_name = brief[1] if brief else "minimal"
            made.setdefault(brief_name, post(base_url, brief_name)["id"])
            parameters = {"optimization_id": made[brief_name]}
        status, shown = docs.execute(operation, name, **parameters)
        assert status == promised(operation, summary), (name, shown)
        if operation == "create_optimization":
            docs.page.screenshot(path=PICTURES / f"swagger-ui-{name}.png")
            direct = post(base_url, name)
            for told in ("solution_status", "stop_reason", "warnings"):
                assert shown[told] == direct[told]
            for part in ("value", "totals", "mix", "segments", "selection", "rules", "conflicts", "assumptions"):
                assert shown["result"][part] == direct["result"][part]
    assert docs.complaints == [] or operation == "ask_break_even_prices", "the browser logs answers of 422"
    assert {urlsplit(url).netloc for url in docs.requests} == {urlsplit(base_url).netloc}


def test_the_tour_runs_from_link_to_link_with_the_id_filled_in(docs: Watched) -> None:
    page = docs.page
    page.locator(".info").get_by_role("link", name="Solve a brief").first.click()
    expect(page.locator("#operations-optimizations-create_optimization button.execute")).to_be_visible(timeout=WAIT_MS)
    assert page.url.endswith("#/optimizations/create_optimization")
    status, solved = docs.execute("create_optimization", "realistic")
    assert (status, solved["result"]["value"]["relative_gap"] <= 1e-6) == (201, True)
    expect(page.locator("#newest code")).to_have_text(solved["id"])
    with page.expect_popup() as opened:
        page.locator("#newest").get_by_role("link").click()
    expect(opened.value.locator("#book h2")).to_be_visible(timeout=WAIT_MS)
    opened.value.close()
    status, rejected = docs.execute("list_optimization_creators", decision="rejected")
    assert (status, {row["decision"] for row in rejected["data"]}) == (200, {"rejected"})
    status, strategies = docs.execute("get_optimization_strategies")
    assert (status, strategies["data"][0]["name"]) == (200, "optimum")
    status, prices = docs.execute("ask_break_even_prices", "realistic")
    assert status == 200
    assert any(row["drop_out_price"] for row in prices["data"])
    assert any(row["entry_price"] for row in prices["data"])
    status, replanned = docs.execute("replan_optimization", "realistic")
    assert (status, replanned["parent_id"]) == (201, solved["id"])
    assert [row for row in replanned["result"]["difference"]["dropped"] if row["reasons"] == ["declined"]]
    expect(page.locator("#newest code")).to_have_text(replanned["id"])
    page.screenshot(path=PICTURES / "swagger-ui-tour.png")
    status, stopped = docs.execute("stop_optimization")
    assert (status, stopped["id"], stopped["status"]) == (200, replanned["id"], "succeeded")
    assert docs.complaints == []


def test_webhook_calls_run_one_after_the_other_with_the_ids_filled_in(docs: Watched) -> None:
    status, endpoint = docs.execute("create_webhook_endpoint", "minimal")
    assert status == promised("create_webhook_endpoint", "")
    for operation in ("rotate_webhook_secret", "enable_webhook_endpoint"):
        status, shown = docs.execute(operation)
        assert (status, shown["id"]) == (promised(operation, ""), endpoint["id"])
    status, delivery = docs.execute("ping_webhook_endpoint")
    assert (status, delivery["endpoint_id"]) == (202, endpoint["id"])
    status, replayed = docs.execute("replay_webhook_delivery")
    assert (status, replayed["id"]) == (202, delivery["id"])
    assert docs.complaints == []


def test_every_post_has_examples_or_takes_nothing_but_an_id_that_is_filled_in() -> None:
    for name, operation in POSTS.items():
        own = [each for each in operation["parameters"] if each["in"] == "path"]
        assert examples_of(name) or all("Swagger UI" in each["description"] for each in own), name


def test_the_page_takes_a_key(browser: Browser, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'test.db'}"
    key = make_key(url, "acme")
    with served(create_app(load_settings(database_url=url))) as keyed_url:
        docs = Watched(browser, keyed_url)
        status, refused = docs.execute("create_optimization", "minimal")
        assert (status, refused["title"]) == (401, "API key needed")
        assert docs.complaints == ["Failed to load resource: the server responded with a status of 401 (Unauthorized)"]
        docs.page.locator("button.authorize").first.click()
        bearer = docs.page.locator(".auth-container", has_text="bearer").first
        bearer.locator("input").fill(key)
        docs.page.screenshot(path=PICTURES / "swagger-ui-authorize.png")
        bearer.locator("button.authorize").click()
        docs.page.locator("button.btn-done").first.click()
        status, shown = docs.execute("create_optimization", "minimal")
        assert (status, shown["solution_status"]) == (201, "optimal")
        expect(docs.page.locator("#newest")).to_contain_text("asks for the key")
        status, prices = docs.execute("ask_break_even_prices", "minimal")
        assert (status, prices["data"][0]["creator_id"]) == (200, "anna")
        docs.page.close()
    assert len(docs.complaints) == 1

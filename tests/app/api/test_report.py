"""The report over HTTP: complete, closed to the outside, and of nobody else's."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from app.services import demo_briefs
from app.services.questions.report import BASIS
from app.settings import load_settings
from app.storage.database import Database
from app.storage.tables import DEFAULT_TENANT, OptimizationRow, ReportPartRow
from app.web import parts
from tests.app.api.conftest import Body, OpenClient

PATH = "/v1/optimizations"
SECTIONS = ["book", "brings", "strategies", "tiers", "frontier", "creators", "overlap", "near", "binds", "assumptions"]
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)> {{ 7 * 7 }} &amp;'


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def solved(client: httpx.Client) -> Body:
    return post(client, json.loads(demo_briefs.raw("realistic")))


def post(client: httpx.Client, body: Any) -> Body:
    answer = client.post(PATH, json=body)
    assert answer.status_code == 201, answer.text
    made: Body = answer.json()
    return made


def get(client: httpx.Client, optimization: Body, query: str = "", **headers: str) -> httpx.Response:
    answer = client.get(f"{PATH}/{optimization['id']}/report{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def test_the_whole_report_answers_every_question_in_order(client: httpx.Client, solved: Body) -> None:
    page = Page(get(client, solved, "?part=whole").text)
    sections = [attributes["id"] for attributes in page.all("section")]
    assert sections == [*SECTIONS, "proof"]
    assert not [attributes for attributes in page.all("div") if "data-missing" in attributes]
    assert len([svg for svg in page.all("svg") if svg.get("role") == "img"]) == 2 * 5
    for row in solved["result"]["selection"]:
        assert row["creator_id"] in page.text
    for rule in solved["result"]["rules"]:
        assert rule["name"] in page.text
    for default in solved["result"]["assumptions"]:
        assert default["name"] in page.text
    assert solved["reproducibility"]["brief_hash"] in page.text
    assert "15,841" in page.text.replace(f"{solved['result']['totals']['engaged_reach']:,.0f}", "15,841")


def test_the_page_comes_at_once_and_its_parts_one_by_one(serve: OpenClient, tmp_path: Any) -> None:
    client = serve(load_settings(database_url=f"sqlite:///{tmp_path / 'parts.db'}"))
    made = post(client, json.loads(demo_briefs.raw("realistic")))
    missing = [one["data-part"] for one in Page(get(client, made).text).all("div") if "data-missing" in one]
    assert missing == ["strategies", "tiers", "frontier", "creators", "overlap"]
    for part in missing:
        piece = get(client, made, f"?part={part}").text
        assert "<svg" in piece
        assert "<html" not in piece
        assert "<script" not in piece
    assert "data-missing" not in get(client, made).text.partition("<script>")[0].partition("</style>")[2]


def test_a_part_that_was_kept_since_the_page_was_read_is_shown_too(serve: OpenClient, tmp_path: Any) -> None:
    settings = load_settings(database_url=f"sqlite:///{tmp_path / 'twice.db'}")
    client = serve(settings)
    made = post(client, json.loads(demo_briefs.raw("minimal")))
    get(client, made, "?part=strategies&lang=en")
    found = parts.make(settings, DEFAULT_TENANT, made["id"], "strategies", "de")
    assert {parts.drawing_name("strategies", "de"), parts.SOLVED["strategies"], BASIS} <= found.keys()


def test_what_is_kept_goes_with_the_optimization(serve: OpenClient, tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path / 'kept.db'}"
    client = serve(load_settings(database_url=url))
    made = post(client, json.loads(demo_briefs.raw("minimal")))
    get(client, made, "?part=whole")
    database = Database(url)
    with database.reading() as session:
        assert session.query(ReportPartRow).count() > 0
    assert client.delete(f"{PATH}/{made['id']}").status_code == 204
    with database.reading() as session:
        assert session.query(ReportPartRow).count() == 0
    database.close()


def test_nothing_comes_from_outside_and_only_the_page_s_own_script_runs(client: httpx.Client, solved: Body) -> None:
    answer = get(client, solved, "?part=whole")
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", policy["script-src"])
    assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", policy["style-src"])
    page = Page(answer.text)
    assert len(page.all("script")) == len(page.all("style")) == 1
    for tag, attributes in page.tags:
        assert tag not in ("iframe", "object", "embed", "img", "base", "form", "image", "use")
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "src")]
        assert not (attributes.get("href") or "").startswith(("http", "//", "javascript:"))


def test_what_a_brief_says_is_text_and_never_code(client: httpx.Client) -> None:
    body = json.loads(demo_briefs.raw("realistic"))
    body["label"] = HOSTILE
    body["target"]["segments"][0]["name"] = HOSTILE
    for place, rule in enumerate(body["rules"]):
        rule["name"] = f"{place} {HOSTILE}"
    for candidate in body["candidates"]:
        candidate["handle"] = HOSTILE
        candidate["offers"][0]["id"] = f"=cmd|{HOSTILE}"
    made = post(client, body)
    for language in ("en", "de"):
        page = Page(get(client, made, f"?part=whole&lang={language}").text)
        assert page.text.count(HOSTILE) > 10
        assert len(page.all("script")) == 1
        assert page.all("img") == []
    (link,) = [one["href"] for one in page.all("a") if "decision=chosen" in (one["href"] or "")]
    table = client.get(link or "").text
    assert '"=cmd' not in table
    assert ",=cmd" not in table


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_language_is_chosen_by_query_or_header(client: httpx.Client, solved: Body, language: str) -> None:
    words = {"en": "What to book", "de": "Was zu buchen ist"}
    by_query = get(client, solved, f"?lang={language}")
    by_header = get(client, solved, **{"Accept-Language": f"{language}-CH, fr;q=0.5"})
    for answer in (by_query, by_header):
        assert words[language] in answer.text
        assert f'<html lang="{answer.headers["Content-Language"]}">' in answer.text
        assert answer.headers["Vary"] == "Accept-Language"


def test_every_answer_with_an_optimization_names_its_report(client: httpx.Client, solved: Body) -> None:
    link = f'<{PATH}/{solved["id"]}/report>; rel="alternate"; type="text/html"'
    assert client.get(f"{PATH}/{solved['id']}").headers["Link"] == link


def test_an_infeasible_brief_says_what_clashes_and_what_would_help(client: httpx.Client) -> None:
    made = post(client, json.loads(demo_briefs.raw("infeasible")))
    page = Page(get(client, made).text)
    assert made["result"]["conflicts"]
    assert made["result"]["relaxations"]
    for row in made["result"]["conflicts"]:
        assert row["name"] in page.text
    for row in made["result"]["relaxations"]:
        assert row["name"] in page.text
    refused = client.get(f"{PATH}/{made['id']}/report?part=frontier")
    assert (refused.status_code, refused.headers["Content-Type"]) == (409, "application/problem+json")


def test_of_two_clashes_the_first_is_not_said_to_be_all(client: httpx.Client) -> None:
    """Without the first clash the brief still has no plan, so no sentence may promise one."""
    body = json.loads(demo_briefs.raw("minimal"))
    body["rules"] = [
        {"kind": "count", "min": 10},
        {"kind": "require", "creator_id": "anna"},
        {"kind": "exclude", "creator_id": "anna"},
    ]
    made = post(client, body)
    assert made["result"]["conflicts"]
    assert made["result"]["relaxations"] == []
    for language, promise, advice in (("en", "there is", "other rules may clash"), ("de", "gibt es", "andere Regeln")):
        page = Page(get(client, made, f"?lang={language}").text)
        assert promise not in page.text
        assert advice in page.text


def test_a_goal_for_the_least_cost_has_a_report(client: httpx.Client) -> None:
    body = json.loads(demo_briefs.raw("realistic"))
    body["objective"] = {"minimise": "cost", "min_engaged_reach": 6000}
    page = Page(get(client, post(client, body), "?part=whole").text)
    assert "asks for the least cost" in page.text


def test_a_plan_that_books_nobody_has_a_report(client: httpx.Client, brief: Body) -> None:
    made = post(client, brief | {"budget": "0.00"})
    page = Page(get(client, made, "?part=whole").text)
    assert "books nobody" in page.text


def test_a_replanned_one_says_what_changed(client: httpx.Client, solved: Body) -> None:
    chosen = solved["result"]["selection"][0]["creator_id"]
    again = client.post(f"{PATH}/{solved['id']}:replan", json={"declined": [chosen]}).json()
    page = Page(get(client, again).text)
    assert "What changed" in page.text
    assert f"{PATH}/{solved['id']}/report" in [one["href"] for one in page.all("a")]


@pytest.fixture
def ended(serve: OpenClient, tmp_path: Any, brief: Body) -> Iterator[Any]:
    """Make an optimization end, or stand, in a way that is hard to come by."""
    url = f"sqlite:///{tmp_path / 'ended.db'}"
    client = serve(load_settings(database_url=url))
    made, database = post(client, brief), Database(url)

    def change(**values: object) -> str:
        with database.writing() as session:
            row = session.get(OptimizationRow, made["id"])
            for name, value in values.items():
                setattr(row, name, value)
        return Page(get(client, made).text).text

    yield change
    database.close()


def test_a_solve_that_failed_says_so(ended: Any) -> None:
    failure = json.dumps({"code": "solve_failed", "detail": "An internal error ended the solve."})
    text = ended(status="failed", solution_status=None, result_json=None, failure_json=failure)
    assert "The solve failed" in text
    assert "An internal error ended the solve." in text


def test_a_solve_without_a_plan_in_time_says_so(ended: Any, serve: OpenClient) -> None:
    result: Body = {"value": None, "totals": None, "ranges": None, "next_1000": None, "mix": [], "segments": []}
    result |= {"timings": dict.fromkeys(("read_s", "forecast_s", "solve_s", "answers_s", "total_s"), 0.0)}
    text = ended(solution_status="no_solution", stop_reason="time_limit", result_json=json.dumps(result))
    assert "No plan was found" in text
    assert "time limit" in text


def test_one_that_was_cancelled_says_so(ended: Any) -> None:
    assert "stopped while it waited" in ended(status="cancelled", solution_status=None, result_json=None)


def test_one_that_runs_shows_how_far_it_is(ended: Any) -> None:
    progress = {"phase": "core", "value": 1234.0, "bound": 1250.0, "relative_gap": 0.013, "elapsed_s": 2.5}
    text = ended(
        status="running", solution_status=None, result_json=None, completed_at=None, progress_json=json.dumps(progress)
    )
    for told in ("This plan is being made", "1,234", "1,250", "1.30%", "2.5 s", "solving the core"):
        assert told in text

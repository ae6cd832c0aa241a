"""An optimization through its life over HTTP: posted, read, listed, erased."""

import json
import time
from datetime import datetime

import httpx
import pytest

from app.services import demo_briefs
from app.services.resource import reproducibility
from app.services.run import run
from app.services.translate import translate
from app.settings import load_settings
from app.wire.parse import parse_brief
from optimizer.forecast.benchmarks import load_benchmarks
from tests.app.api.conftest import Body, OpenClient

PATH = "/v1/optimizations"


def post(client: httpx.Client, brief: Body) -> Body:
    response = client.post(PATH, json=brief)
    assert response.status_code == 201, response.text
    optimization: Body = response.json()
    return optimization


def without_times(result: Body) -> Body:
    return {name: value for name, value in result.items() if name != "timings"}


def test_a_posted_brief_comes_back_solved_and_stays(client: httpx.Client, brief: Body) -> None:
    response = client.post(PATH, json={**brief, "label": "first"})
    assert response.status_code == 201
    posted = response.json()
    assert posted["status"] == "succeeded"
    assert posted["solution_status"] == "optimal"
    assert posted["label"] == "first"
    assert posted["result"]["totals"]["creators"] == len(posted["result"]["selection"]) > 0
    assert response.headers["Location"] == f"{PATH}/{posted['id']}"
    found = client.get(response.headers["Location"])
    assert found.json() == posted
    assert found.headers["ETag"] == response.headers["ETag"]


def test_the_moments_are_in_order_and_in_utc(client: httpx.Client, brief: Body) -> None:
    posted = post(client, brief)
    moments = [datetime.fromisoformat(posted[name]) for name in ("created_at", "started_at", "completed_at")]
    assert moments == sorted(moments)
    assert all(posted[name].endswith("Z") for name in ("created_at", "started_at", "completed_at"))


@pytest.mark.parametrize("demo", demo_briefs.all_briefs(), ids=lambda demo: demo.name)
def test_http_gives_what_the_product_gives_in_process(client: httpx.Client, demo: demo_briefs.DemoBrief) -> None:
    benchmarks = load_benchmarks()
    campaign = translate(parse_brief(demo.raw), benchmarks)
    outcome = run(campaign, read_s=0.0)
    response = client.post(PATH, content=demo.raw, headers={"Content-Type": "application/json"})
    posted = response.json()
    assert posted["solution_status"] == outcome.solution_status
    assert without_times(posted["result"]) == without_times(json.loads(outcome.result.model_dump_json()))
    expected = reproducibility(demo.raw, campaign.brief.solver.seed, benchmarks)
    assert posted["reproducibility"] == expected.model_dump()


def test_an_infeasible_brief_is_an_answer(client: httpx.Client) -> None:
    posted = post(client, json.loads(demo_briefs.raw("infeasible")))
    assert (posted["status"], posted["solution_status"]) == ("succeeded", "infeasible")
    assert len(posted["result"]["conflicts"]) >= 1
    assert posted["result"]["selection"] == []


def test_an_unchanged_optimization_is_not_sent_again(client: httpx.Client, brief: Body) -> None:
    path = f"{PATH}/{post(client, brief)['id']}"
    etag = client.get(path).headers["ETag"]
    for known in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == etag
    lines = [("If-None-Match", '"other"'), ("If-None-Match", f'W/"a,b", W/{etag}')]
    assert client.get(path, headers=lines).status_code == 304
    for unknown in ('"other"', f'"{etag}"', etag.strip('"'), "", "W/*", f"w/{etag}"):
        assert client.get(path, headers={"If-None-Match": unknown}).status_code == 200


def test_a_tag_changes_when_the_optimization_does(client: httpx.Client, brief: Body) -> None:
    waiting = client.post(PATH, json=brief, headers={"Prefer": "respond-async"})
    path, before = waiting.headers["Location"], waiting.headers["ETag"]
    changed = waiting
    for _ in range(600):
        changed = client.get(path, headers={"If-None-Match": before})
        if changed.status_code == 200 and changed.json()["status"] == "succeeded":
            break
        time.sleep(0.05)
    assert (changed.status_code, changed.json()["status"]) == (200, "succeeded")
    assert changed.headers["ETag"] != before
    again = client.get(path, headers={"If-None-Match": changed.headers["ETag"]})
    assert (again.status_code, again.headers["ETag"]) == (304, changed.headers["ETag"])


def test_a_list_is_the_same_from_page_to_page_while_others_are_added_and_erased(
    serve: OpenClient, brief: Body, empty_database_url: str
) -> None:
    client = serve(load_settings(database_url=empty_database_url))
    made = [post(client, brief)["id"] for _ in range(7)]
    seen: list[str] = []
    url: str | None = f"{PATH}?limit=2"
    for erased in ((made[5], made[4]), (), ()):  # the last of the page that was read, and the first of the next
        assert url is not None
        response = client.get(url)
        seen += [row["id"] for row in response.json()["data"]]
        url = response.links.get("next", {}).get("url")
        post(client, brief)
        for gone in erased:
            assert client.delete(f"{PATH}/{gone}").status_code == 204
    assert url is None
    assert seen == [made[6], made[5], made[3], made[2], made[1], made[0]]


def test_the_brief_comes_back_byte_for_byte(client: httpx.Client, brief: Body) -> None:
    raw = b"\xef\xbb\xbf " + json.dumps({**brief, "label": "Übung\\"}, indent=3).encode() + b"\n\n"
    posted = client.post(PATH, content=raw, headers={"Content-Type": "application/json; charset=UTF-8"})
    assert posted.status_code == 201, posted.text
    kept = client.get(f"{PATH}/{posted.json()['id']}/brief")
    assert kept.content == raw
    assert kept.headers["Content-Type"] == "application/json"


def test_the_list_pages_through_everything_newest_first(
    serve: OpenClient, brief: Body, empty_database_url: str
) -> None:
    client = serve(load_settings(database_url=empty_database_url))
    made = [post(client, {**brief, "label": f"number {number % 2}"}) for number in range(5)]
    seen: list[Body] = []
    url: str | None = f"{PATH}?limit=2"
    while url:
        response = client.get(url)
        page = response.json()
        seen += page["data"]
        assert page["has_more"] == (page["next_cursor"] is not None) == ("Link" in response.headers)
        url = response.links["next"]["url"] if page["has_more"] else None
    assert seen == made[::-1]
    odd = client.get(PATH, params={"label": "number 1"}).json()["data"]
    assert odd == [made[3], made[1]]
    later = client.get(PATH, params={"created_after": made[2]["created_at"]}).json()["data"]
    assert later == [made[4], made[3]]
    unescaped = made[2]["created_at"].replace("Z", "+00:00")
    assert client.get(f"{PATH}?created_after={unescaped}").json()["data"] == later
    assert client.get(PATH, params={"status": "failed"}).json() == {"data": [], "has_more": False, "next_cursor": None}


def test_the_link_keeps_the_filters(client: httpx.Client, brief: Body) -> None:
    for _ in range(2):
        post(client, {**brief, "label": "a & b"})
    link = client.get(PATH, params={"label": "a & b", "limit": 1}).links["next"]["url"]
    assert [row["label"] for row in client.get(link).json()["data"]] == ["a & b"]


def test_erased_means_gone_for_everybody(serve: OpenClient, brief: Body, empty_database_url: str) -> None:
    client = serve(load_settings(database_url=empty_database_url))
    path = f"{PATH}/{post(client, brief)['id']}"
    assert client.delete(path).status_code == 204
    assert client.delete(path).status_code == 204
    for gone in (path, f"{path}/brief", f"{path}/creators", f"{path}/creators?format=csv"):
        assert client.get(gone).status_code == 404
    assert client.get(PATH).json()["data"] == []


def test_validating_stores_nothing(serve: OpenClient, brief: Body, empty_database_url: str) -> None:
    client = serve(load_settings(database_url=empty_database_url))
    assert client.post(f"{PATH}:validate", json=brief).json()["valid"] is True
    wrong = client.post(f"{PATH}:validate", json={**brief, "budget": "-1", "colour": "red"})
    assert wrong.status_code == 200
    answer = wrong.json()
    assert answer["valid"] is False
    assert {error["pointer"] for error in answer["errors"]} == {"/budget", "/colour"}
    noted = client.post(
        f"{PATH}:validate", json={**brief, "rules": [{"kind": "count", "where": {"country": "FR"}, "max": 1}]}
    ).json()
    assert noted["valid"] is True
    assert "/rules/0/where" in [warning["pointer"] for warning in noted["warnings"]]
    assert client.get(PATH).json()["data"] == []


def test_warnings_are_part_of_the_optimization(client: httpx.Client, brief: Body) -> None:
    posted = post(client, {**brief, "rules": [{"kind": "count", "where": {"country": "FR"}, "max": 1}]})
    assert ("warning", "/rules/0/where") in [(noted["severity"], noted["pointer"]) for noted in posted["warnings"]]
    assert client.get(f"{PATH}/{posted['id']}").json()["warnings"] == posted["warnings"]

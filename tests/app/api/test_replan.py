"""Replanning over HTTP: a new optimization with a parent, its difference, and what cannot be replanned."""

import json
from typing import Any

import httpx
import pytest

from app.services import demo_briefs

Body = dict[str, Any]


@pytest.fixture(scope="module")
def parent(client: httpx.Client) -> Body:
    found: Body = client.post("/v1/optimizations", json=json.loads(demo_briefs.raw("realistic"))).json()
    return found


def replanned(client: httpx.Client, parent: Body, **request: Any) -> httpx.Response:
    return client.post(f"/v1/optimizations/{parent['id']}:replan", json=request)


def test_a_replan_is_an_optimization_of_its_own(client: httpx.Client, parent: Body) -> None:
    signed, out = (row["creator_id"] for row in parent["result"]["selection"][:2])
    answer = replanned(client, parent, accepted=[signed], declined=[out])
    assert answer.status_code == 201, answer.text
    child = answer.json()
    assert child["parent_id"] == parent["id"]
    assert child["id"] != parent["id"]
    assert client.get(answer.headers["Location"]).json() == child
    assert answer.headers["ETag"] == client.get(answer.headers["Location"]).headers["ETag"]
    assert child["result"]["difference"]["dropped"][0] | {"reasons": []} == {
        "creator_id": out,
        "offer_id": parent["result"]["selection"][1]["offer_id"],
        "landed_cost": parent["result"]["selection"][1]["landed_cost"],
        "contribution": parent["result"]["selection"][1]["contribution"],
        "reasons": [],
    }
    assert parent["result"]["difference"] is None
    assert parent["parent_id"] is None
    listed = client.get("/v1/optimizations").json()["data"]
    assert [one["parent_id"] for one in listed if one["id"] == child["id"]] == [parent["id"]]


def test_the_brief_of_a_replan_can_be_posted(client: httpx.Client, parent: Body) -> None:
    child = replanned(client, parent, declined=[parent["result"]["selection"][0]["creator_id"]], max_changes=2).json()
    raw = client.get(f"/v1/optimizations/{child['id']}/brief").content
    fresh = client.post("/v1/optimizations", content=raw, headers={"Content-Type": "application/json"}).json()
    for part in ("value", "totals", "selection", "rules"):
        assert fresh["result"][part] == child["result"][part]


def test_a_parent_may_be_erased_and_the_replan_stays(client: httpx.Client, brief: Body) -> None:
    parent = client.post("/v1/optimizations", json=brief).json()
    child = replanned(client, parent).json()
    assert client.delete(f"/v1/optimizations/{parent['id']}").status_code == 204
    assert client.get(f"/v1/optimizations/{child['id']}").json()["parent_id"] == parent["id"]
    assert replanned(client, child).status_code == 201
    assert replanned(client, parent).status_code == 404


def test_what_has_no_plan_cannot_be_replanned(client: httpx.Client) -> None:
    infeasible = client.post("/v1/optimizations", json=json.loads(demo_briefs.raw("infeasible"))).json()
    answer = replanned(client, infeasible)
    assert (answer.status_code, answer.json()["type"]) == (409, "/v1/problem-types#not_answerable")
    assert replanned(client, {"id": "opt_x"}).status_code == 404


def test_it_is_a_path_of_its_own(client: httpx.Client, parent: Body) -> None:
    answer = client.get(f"/v1/optimizations/{parent['id']}:replan")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert client.post(f"/v1/optimizations/{parent['id']}:plan", json={}).status_code == 404


@pytest.mark.parametrize(
    ("request_body", "code", "pointer"),
    [
        ([], "wrong_type", ""),
        ({"accepted": "c1"}, "wrong_type", "/accepted"),
        ({"accepted": [""]}, "too_short", "/accepted/0"),
        ({"declined": ["nobody"]}, "unknown_creator", "/declined/0"),
        ({"budget": -1}, "money_negative", "/budget"),
        ({"max_changes": -1}, "out_of_range", "/max_changes"),
        ({"max_changes": 1.5}, "wrong_type", "/max_changes"),
        ({"prices": [{"creator_id": "c1"}]}, "missing_field", "/prices/0/price"),
        ({"accept": []}, "unknown_field", "/accept"),
    ],
)
def test_a_wrong_body_is_told_with_its_place(
    client: httpx.Client, parent: Body, request_body: Any, code: str, pointer: str
) -> None:
    answer = client.post(f"/v1/optimizations/{parent['id']}:replan", json=request_body)
    assert answer.status_code == 422, answer.text
    assert [(error["code"], error["pointer"]) for error in answer.json()["errors"]] == [(code, pointer)]


def test_null_is_absent_and_money_is_read_by_its_digits(client: httpx.Client, parent: Body) -> None:
    nothing = dict.fromkeys(("accepted", "declined", "prices", "budget", "max_changes"))
    assert replanned(client, parent, **nothing).status_code == 201
    answer = client.post(
        f"/v1/optimizations/{parent['id']}:replan",
        content='{"budget": 80071992547409.07}',
        headers={"Content-Type": "application/json"},
    )
    brief = client.get(f"{answer.headers['Location']}/brief").json()
    assert brief["budget"] == "80071992547409.07"


def test_the_examples_run_after_the_brief_that_they_name(client: httpx.Client, parent: Body) -> None:
    document = client.get("/openapi.json").json()
    path = "/v1/optimizations/{optimization_id}:replan"
    body = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    assert list(body["examples"]) == ["minimal", "realistic", "infeasible", "pinned"]
    for name, example in body["examples"].items():
        child = replanned(client, parent, **example["value"]).json()
        assert child["solution_status"] == ("infeasible" if name == "infeasible" else "optimal")


def test_a_rule_on_changes_says_what_one_more_would_bring(client: httpx.Client, parent: Body) -> None:
    """By the prices of the proof, so no exact figure: what is tested is that more freedom is worth something."""
    values = []
    for most in (2, 3):
        child = replanned(client, parent, budget="30000.00", max_changes=most).json()
        row = next(row for row in child["result"]["rules"] if row["kind"] == "max_changes")
        assert (row["activity"], row["max"], row["binding"], row["slack"]) == (most, most, True, 0)
        values.append((child["result"]["value"]["net"], row["next_unit"]))
    assert values[1][0] > values[0][0]
    assert values[0][1] > 0

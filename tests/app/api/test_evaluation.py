"""A plan of the caller's own: judged, compared with the best one, refused where it cannot be understood."""

import json
from typing import Any

import httpx
import pytest

from app.services import demo_briefs
from app.services.demo_plans import habit
from tests.panels import panel_brief

Body = dict[str, Any]
PATH = "/v1/optimizations:evaluate"


def evaluated(client: httpx.Client, brief: Body, selection: list[Body]) -> Body:
    answer = client.post(PATH, json={"brief": brief, "selection": selection})
    assert answer.status_code == 200, answer.text
    found: Body = answer.json()
    return found


def faults(client: httpx.Client, body: Any) -> list[tuple[str, str]]:
    answer = client.post(PATH, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "/v1/problem-types#invalid_request"
    return [(error["code"], error["pointer"]) for error in answer.json()["errors"]]


def chosen(optimization: Body) -> list[Body]:
    return [
        {"creator_id": row["creator_id"], "offer_id": row["offer_id"]} for row in optimization["result"]["selection"]
    ]


@pytest.mark.parametrize("name", ["minimal", "realistic", "pinned"])
def test_the_best_plan_is_all_of_what_is_possible(client: httpx.Client, name: str) -> None:
    brief = json.loads(demo_briefs.raw(name))
    optimization = client.post("/v1/optimizations", json=brief).json()
    answer = evaluated(client, brief, chosen(optimization))
    result = optimization["result"]
    assert answer["share_of_optimum"] == 1.0
    assert answer["feasible"] is True
    assert answer["violations"] == []
    for part in ("totals", "mix", "segments"):
        assert answer[part] == result[part]
    assert answer["optimum"]["value"] == result["value"]
    assert answer["difference"]["dropped"] == answer["difference"]["added"] == []
    measured = {row["name"]: row["activity"] for row in result["rules"]}
    checked = {row["name"]: row["activity"] for row in answer["rules"]}
    assert checked == {"budget": result["totals"]["spend"], **measured}


def test_a_habit_is_compared_with_the_best_plan_of_the_same_brief(client: httpx.Client) -> None:
    brief = json.loads(demo_briefs.raw("realistic"))
    best = client.post("/v1/optimizations", json=brief).json()["result"]
    answer = evaluated(client, brief, habit(brief))
    assert answer["share_of_optimum"] == pytest.approx(answer["net_value"] / best["value"]["net"])
    assert answer["additive_would_claim"] > answer["totals"]["engaged_reach"]
    own = {(row["creator_id"], row["offer_id"]) for row in answer["selection"]}
    other = {(row["creator_id"], row["offer_id"]) for row in best["selection"]}
    said = {
        part: {(row["creator_id"], row["offer_id"]) for row in answer["difference"][part]}
        for part in ("kept", "dropped", "added")
    }
    assert said == {"kept": own & other, "dropped": own - other, "added": other - own}
    assert all(row["reasons"] for part in said for row in answer["difference"][part])


def test_what_breaks_is_named_with_its_figures(client: httpx.Client, brief: Body) -> None:
    ids = [candidate["id"] for candidate in brief["candidates"]]
    brief["budget"] = "1.00"
    brief["rules"] = [{"name": "not her", "kind": "exclude", "creator_id": ids[0]}]
    selection = [
        {"creator_id": candidate["id"], "offer_id": candidate["offers"][0]["id"]} for candidate in brief["candidates"]
    ]
    answer = evaluated(client, brief, selection)
    assert answer["feasible"] is False
    assert answer["violations"] == ["budget", "not her"]
    rows = {row["name"]: row for row in answer["rules"]}
    assert rows["not her"]["creator_ids"] == [ids[0]]
    assert rows["budget"]["max"] == "1.00"
    assert rows["budget"]["activity"] == answer["totals"]["spend"]
    assert answer["totals"]["unspent"].startswith("-")


def test_an_infeasible_brief_has_no_optimum_to_compare_with(client: httpx.Client) -> None:
    brief = json.loads(demo_briefs.raw("infeasible"))
    answer = evaluated(client, brief, habit(brief))
    assert answer["optimum"]["solution_status"] == "infeasible"
    assert answer["optimum"]["conflicts"]
    assert answer["share_of_optimum"] is None
    assert answer["difference"] is None
    assert answer["violations"]


def test_nothing_booked_is_a_plan(client: httpx.Client, brief: Body) -> None:
    answer = evaluated(client, brief, [])
    assert (answer["totals"]["creators"], answer["net_value"], answer["share_of_optimum"]) == (0, 0.0, 0.0)


def test_when_cost_is_minimised_the_share_is_one_of_cost(client: httpx.Client, brief: Body) -> None:
    brief["objective"] = {"minimise": "cost", "min_engaged_reach": 100}
    everybody = [
        {"creator_id": candidate["id"], "offer_id": candidate["offers"][0]["id"]} for candidate in brief["candidates"]
    ]
    answer = evaluated(client, brief, everybody)
    cost = float(answer["optimum"]["value"]["cost"])
    assert answer["share_of_optimum"] == pytest.approx(cost / float(answer["totals"]["spend"]))
    goal = next(row for row in answer["rules"] if row["name"] == "goal")
    assert goal["holds"] is True
    assert goal["min"] == 100


def test_an_offer_may_be_left_out_where_there_is_only_one(client: httpx.Client, brief: Body) -> None:
    alone = next(candidate for candidate in brief["candidates"] if len(candidate["offers"]) == 1)
    answer = evaluated(client, brief, [{"creator_id": alone["id"]}])
    assert answer["selection"][0]["offer_id"] == alone["offers"][0]["id"]


def test_every_fault_of_a_selection_has_its_place(client: httpx.Client) -> None:
    brief = json.loads(demo_briefs.raw("realistic"))
    one = brief["candidates"][0]
    selection = [
        {"creator_id": one["id"], "offer_id": one["offers"][0]["id"]},
        {"creator_id": one["id"], "offer_id": one["offers"][1]["id"]},
        {"creator_id": "nobody"},
        {"creator_id": brief["candidates"][1]["id"]},
        {"creator_id": brief["candidates"][2]["id"], "offer_id": "a statue"},
    ]
    assert faults(client, {"brief": brief, "selection": selection}) == [
        ("duplicate_id", "/selection/1/creator_id"),
        ("unknown_creator", "/selection/2/creator_id"),
        ("offer_needed", "/selection/3/offer_id"),
        ("unknown_offer", "/selection/4/offer_id"),
    ]


def test_faults_of_the_brief_and_of_the_selection_are_told_together(client: httpx.Client, brief: Body) -> None:
    brief["candidates"][1]["offers"][0]["price"] = "12.345"
    del brief["currency"]
    found = faults(client, {"brief": brief, "selection": [{"creator": "x"}], "more": 1})
    assert ("missing_field", "/brief/currency") in found
    assert ("missing_field", "/selection/0/creator_id") in found
    assert ("unknown_field", "/selection/0/creator") in found
    assert ("unknown_field", "/more") in found
    brief["currency"] = "EUR"
    assert faults(client, {"brief": brief, "selection": []}) == [
        ("money_too_fine", "/brief/candidates/1/offers/0/price")
    ]
    assert faults(client, {"selection": []}) == [("missing_field", "/brief")]
    assert faults(client, []) == [("wrong_type", "")]


def test_what_only_the_forecast_finds_wrong_is_placed_in_the_brief_too(client: httpx.Client, brief: Body) -> None:
    brief["candidates"][0]["platform"] = "unheard-of"
    found = faults(client, {"brief": brief, "selection": []})
    assert found
    assert all(pointer.startswith("/brief/candidates/0") for _, pointer in found)


def test_the_nested_brief_is_read_by_its_digits_and_with_the_same_checks(client: httpx.Client, brief: Body) -> None:
    def post(text: str) -> httpx.Response:
        body = '{"selection": ' + json.dumps(selection) + ', "brief": ' + text + "}"
        return client.post(PATH, content=body, headers={"Content-Type": "application/json"})

    one = brief["candidates"][0]
    selection = [{"creator_id": one["id"], "offer_id": one["offers"][0]["id"]}]
    text = json.dumps(brief)
    price = json.dumps(brief["candidates"][0]["offers"][0]["price"])
    exact = post(text.replace(f'"price": {price}', '"price": 80071992547409.07', 1))
    assert exact.json()["selection"][0]["price"] == "80071992547409.07"  # a double would make it .06
    refused = post(text.replace(f'"price": {price}', '"price": 80071992547409.071', 1))
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/brief/candidates/0/offers/0/price"]
    twice = post(text.replace('"currency"', '"currency": "EUR", "currency"', 1))
    assert (twice.status_code, twice.json()["errors"][0]["code"]) == (400, "malformed_json")


def test_too_many_candidates_are_named_within_the_body(client: httpx.Client, brief: Body) -> None:
    brief["candidates"] = [{**brief["candidates"][0], "id": f"c{number}"} for number in range(101)]
    answer = client.post(PATH, json={"brief": brief, "selection": []})
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["pointer"] == "/brief/candidates"


def test_warnings_point_into_the_body_and_nothing_is_stored(client: httpx.Client, brief: Body) -> None:
    before = client.get("/v1/optimizations").json()["data"]
    brief["rules"] = [{"kind": "exclude", "creator_id": "nobody"}]
    answer = evaluated(client, brief, [])
    assert "/brief/rules/0/creator_id" in [warning["pointer"] for warning in answer["warnings"]]
    assert client.get("/v1/optimizations").json()["data"] == before


def test_the_examples_of_the_document_run_as_they_stand(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    body = document["paths"][PATH]["post"]["requestBody"]["content"]["application/json"]
    assert list(body["examples"]) == ["minimal", "realistic", "infeasible", "pinned"]
    for example in body["examples"].values():
        assert client.post(PATH, json=example["value"]).status_code == 200


def test_a_plan_is_evaluated_against_a_panel_too(client: httpx.Client) -> None:
    """The figures of a plan are those of its optimization where overlap is measured, and a plain sum claims more."""
    brief = panel_brief(creators=5, members=25, seed=1)
    optimization = client.post("/v1/optimizations", json=brief).json()
    answer = evaluated(client, brief, chosen(optimization))
    assert answer["share_of_optimum"] == 1.0
    assert answer["totals"] == optimization["result"]["totals"]
    assert answer["segments"] == optimization["result"]["segments"]
    assert answer["additive_would_claim"] >= answer["totals"]["engaged_reach"]
    child = client.post(f"/v1/optimizations/{optimization['id']}:replan", json={}).json()
    assert child["result"]["selection"] == optimization["result"]["selection"]

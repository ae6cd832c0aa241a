"""The best plans that differ, over HTTP."""

import itertools
import json

import httpx
import pytest

from app.services import demo_briefs
from tests.app.api.conftest import Body
from tests.builders import brief, creator

PATH = "/v1/optimizations"


@pytest.fixture(scope="module")
def realistic() -> Body:
    body: Body = json.loads(demo_briefs.raw("realistic"))
    return body


@pytest.fixture(scope="module")
def solved(client: httpx.Client, realistic: Body) -> Body:
    optimization: Body = client.post(PATH, json=realistic).json()
    return optimization


def listed(client: httpx.Client, optimization: Body, query: str = "") -> list[Body]:
    response = client.get(f"{PATH}/{optimization['id']}/alternatives{query}")
    assert response.status_code == 200, response.text
    rows: list[Body] = response.json()["data"]
    return rows


def creators(row: Body) -> set[str]:
    return {chosen["creator_id"] for chosen in row["selection"]}


def test_five_plans_two_creators_apart_the_best_first(client: httpx.Client, solved: Body) -> None:
    rows = listed(client, solved)
    best, result = rows[0], solved["result"]
    assert (best["value"], best["totals"]) == (result["value"], result["totals"])
    assert (best["distance"], best["difference"], best["added"], best["dropped"]) == (0.0, 0, [], [])
    assert len(rows) == 5
    for row in rows:
        assert row["value"]["relative_gap"] <= 1e-6
        assert row["distance"] == pytest.approx(best["value"]["net"] - row["value"]["net"])
        assert row["difference"] == len(creators(row) ^ creators(best))
        assert set(row["added"]) == creators(row) - creators(best)
        assert set(row["dropped"]) == creators(best) - creators(row)
    distances = [row["distance"] for row in rows]
    assert distances == sorted(distances)
    assert all(len(creators(one) ^ creators(other)) >= 2 for one, other in itertools.combinations(rows, 2))


def test_each_keeps_the_rules_and_is_what_evaluating_it_says(
    client: httpx.Client, realistic: Body, solved: Body
) -> None:
    for row in listed(client, solved, "?k=3&min_difference=6"):
        selection = [{"creator_id": one["creator_id"], "offer_id": one["offer_id"]} for one in row["selection"]]
        own = client.post(f"{PATH}:evaluate", json={"brief": realistic, "selection": selection}).json()
        assert own["violations"] == []
        assert own["totals"] == row["totals"]


def test_a_swap_of_one_creator_is_the_next_best_of_three(client: httpx.Client) -> None:
    """There is money for one of three; each alone is a plan, and so is nobody."""
    people = [creator(f"c{k}", engagement={"rate": 0.02 * k, "per": "follower", "posts": 50}) for k in (1, 2, 3)]
    optimization = client.post(PATH, json=brief(budget="100.00", candidates=people)).json()
    assert [creators(row) for row in listed(client, optimization)] == [{"c3"}, {"c2"}, {"c1"}]
    assert [creators(row) for row in listed(client, optimization, "?min_difference=1")] == [
        {"c3"}, {"c2"}, {"c1"}, set(),
    ]  # fmt: skip
    assert [row["difference"] for row in listed(client, optimization, "?min_difference=1")] == [0, 2, 2, 1]
    assert len(listed(client, optimization, "?min_difference=50")) == 1


def test_least_cost_is_apart_by_money(client: httpx.Client, realistic: Body) -> None:
    objective = {"minimise": "cost", "min_engaged_reach": 8000}
    optimization = client.post(PATH, json=realistic | {"objective": objective}).json()
    first, second = listed(client, optimization, "?k=2")
    assert first["distance"] == "0.00"
    assert float(second["distance"]) == pytest.approx(float(second["value"]["cost"]) - float(first["value"]["cost"]))


def test_an_infeasible_brief_has_none(client: httpx.Client) -> None:
    optimization = client.post(PATH, json=json.loads(demo_briefs.raw("infeasible"))).json()
    assert listed(client, optimization) == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?k=0", "k"),
        ("?k=21", "20"),
        ("?min_difference=0", "min_difference"),
        ("?min_difference=51", "50"),
        ("?k=two", "k"),
        ("?count=5", "count"),
    ],
)
def test_what_cannot_be_asked_is_said(client: httpx.Client, solved: Body, query: str, words: str) -> None:
    response = client.get(f"{PATH}/{solved['id']}/alternatives{query}")
    assert response.status_code == 400, response.text
    assert words in response.json()["detail"]


def test_an_unknown_optimization_is_404(client: httpx.Client) -> None:
    assert client.get(f"{PATH}/opt_01KAN5V8YH09D6M2X4QZ7C3WTB/alternatives").status_code == 404

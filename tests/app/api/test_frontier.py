"""The budget curve over HTTP."""

import itertools
import json

import httpx
import pytest

from app.services import demo_briefs
from tests.app.api.conftest import Body

PATH = "/v1/optimizations"


@pytest.fixture(scope="module")
def solved(client: httpx.Client) -> Body:
    body: Body = json.loads(demo_briefs.raw("realistic"))
    optimization: Body = client.post(PATH, json=body).json()
    return optimization


def curve(client: httpx.Client, solved: Body, query: str = "") -> Body:
    response = client.get(f"{PATH}/{solved['id']}/frontier{query}")
    assert response.status_code == 200, response.text
    answer: Body = response.json()
    return answer


def test_twenty_budgets_up_to_twice_the_brief_s_each_proven(client: httpx.Client, solved: Body) -> None:
    answer = curve(client, solved)
    points = answer["points"]
    assert [point["budget"] for point in points] == [f"{2500 * step}.00" for step in range(1, 21)]
    assert all(point["value"]["relative_gap"] <= 1e-6 for point in points)
    values = [point["value"]["net"] for point in points]
    assert all(more >= less for less, more in itertools.pairwise(values))
    assert all(float(point["totals"]["spend"]) <= float(point["budget"]) for point in points)
    assert answer["knee"] in [point["budget"] for point in points]
    own = points[9]
    assert own["value"] == solved["result"]["value"]
    assert own["totals"] == solved["result"]["totals"]


def test_a_point_is_what_the_brief_with_that_budget_gets(client: httpx.Client, solved: Body) -> None:
    body: Body = json.loads(demo_briefs.raw("realistic"))
    posted = client.post(PATH, json=body | {"budget": "7500.50"}).json()["result"]
    (point,) = curve(client, solved, "?budgets=7500.50")["points"]
    assert point["value"]["net"] == pytest.approx(posted["value"]["net"], rel=2e-6)
    assert float(point["totals"]["unspent"]) == pytest.approx(7500.50 - float(point["totals"]["spend"]))


def test_budgets_come_back_in_rising_order_however_they_are_listed(client: httpx.Client, solved: Body) -> None:
    answer = curve(client, solved, "?budgets=3000,1000&budgets=2000")
    assert [point["budget"] for point in answer["points"]] == ["1000.00", "2000.00", "3000.00"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?points=0", "points"),
        ("?points=101", "points"),
        ("?budgets=", "amount"),
        ("?budgets=abc", "amount"),
        ("?budgets=10.001", "finer than EUR"),
        ("?budgets=-5", "0 or more"),
        ("?budgets=" + ",".join(map(str, range(101))), "at most 100"),
        ("?budget=5", "budget"),
    ],
)
def test_what_is_no_budget_is_said(client: httpx.Client, solved: Body, query: str, words: str) -> None:
    response = client.get(f"{PATH}/{solved['id']}/frontier{query}")
    assert response.status_code == 400, response.text
    assert words in response.text


def test_an_infeasible_brief_has_points_without_a_plan_and_no_knee(client: httpx.Client) -> None:
    optimization = client.post(PATH, json=json.loads(demo_briefs.raw("infeasible"))).json()
    answer = curve(client, optimization, "?points=4")
    assert [point["solution_status"] for point in answer["points"]].count("infeasible") >= 2
    assert all(point["value"] is None for point in answer["points"] if point["solution_status"] == "infeasible")


def test_an_unknown_optimization_is_404(client: httpx.Client) -> None:
    assert client.get(f"{PATH}/opt_01KAN5V8YH09D6M2X4QZ7C3WTB/frontier").status_code == 404

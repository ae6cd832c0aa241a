"""Is less more? The comparison over HTTP."""

import json

import httpx
import pytest

from app.services import demo_briefs
from tests.app.api.conftest import Body
from tests.builders import brief as small_brief
from tests.builders import creator, offer

PATH = "/v1/optimizations"
NAMES = [
    "optimum",
    "nano_and_micro_only",
    "mid_only",
    "macro_and_mega_only",
    "single_largest_creator",
    "highest_engagement_rate_first",
    "cheapest_reach_first",
    "naive_additive",
]


@pytest.fixture(scope="module")
def realistic() -> Body:
    body: Body = json.loads(demo_briefs.raw("realistic"))
    return body


def posted(client: httpx.Client, brief: Body) -> Body:
    optimization: Body = client.post(PATH, json=brief).json()
    return optimization


def compared(client: httpx.Client, optimization: Body) -> dict[str, Body]:
    response = client.get(f"{PATH}/{optimization['id']}/strategies")
    assert response.status_code == 200, response.text
    rows: list[Body] = response.json()["data"]
    assert [row["name"] for row in rows] == NAMES
    return {row["name"]: row for row in rows}


def test_the_optimum_is_the_answered_plan(client: httpx.Client, realistic: Body) -> None:
    optimization = posted(client, realistic)
    best, result = compared(client, optimization)["optimum"], optimization["result"]
    assert best["value"] == result["value"]
    assert best["totals"] == result["totals"]
    assert best["share_of_optimum"] == 1.0
    assert [row["offer_id"] for row in best["selection"]] == [row["offer_id"] for row in result["selection"]]


def test_each_plan_evaluates_to_the_same_figures_and_breaks_nothing(client: httpx.Client, realistic: Body) -> None:
    rows = compared(client, posted(client, realistic))
    for row in rows.values():
        if row["value"] is None:
            assert (row["totals"], row["selection"], row["share_of_optimum"]) == (None, [], None)
            assert row["reason"]
            continue
        selection = [{"creator_id": one["creator_id"], "offer_id": one["offer_id"]} for one in row["selection"]]
        own = client.post(f"{PATH}:evaluate", json={"brief": realistic, "selection": selection}).json()
        assert own["violations"] == []
        assert own["totals"] == row["totals"]
        assert own["net_value"] == row["value"]["net"]
        assert own["share_of_optimum"] == row["share_of_optimum"] <= 1.0
        if row["promised"] is not None:
            assert row["promised"]["engaged_reach"] == pytest.approx(own["additive_would_claim"])


def test_a_tier_alone_is_what_a_brief_that_keeps_the_others_out_gets(client: httpx.Client, realistic: Body) -> None:
    only_small = {"kind": "max_followers", "max": 99_999, "name": "only small"}
    alone = posted(client, realistic | {"rules": [*realistic["rules"], only_small]})["result"]
    row = compared(client, posted(client, realistic))["nano_and_micro_only"]
    assert row["value"]["net"] == pytest.approx(alone["value"]["net"], rel=2e-6)
    assert row["value"]["relative_gap"] <= 1e-6


def test_standard_bounds_hold_whatever_the_brief_calls_its_tiers(client: httpx.Client) -> None:
    people = [creator("c1", followers=90_000), creator("c2", followers=400_000)]
    rows = compared(client, posted(client, small_brief(candidates=people, tiers={"tiny": 0, "huge": 1_000})))
    assert [row["creator_id"] for row in rows["nano_and_micro_only"]["selection"]] == ["c1"]
    assert rows["nano_and_micro_only"]["selection"][0]["tier"] == "huge"
    assert [row["creator_id"] for row in rows["mid_only"]["selection"]] == ["c2"]
    assert "500 000 followers or more" in rows["macro_and_mega_only"]["reason"]


def test_habits_look_at_rates_as_they_are_stated(client: httpx.Client) -> None:
    """There is money for one. What is stated counts: a mean of post rates too, and noise is not seen through."""
    noisy = creator("noisy", engagement={"per": "follower", "post_rates": [0.02, 0.18]})
    steady = creator("steady", engagement={"rate": 0.09, "per": "follower", "posts": 200})
    rows = compared(client, posted(client, small_brief(budget="100.00", candidates=[noisy, steady])))
    assert [row["creator_id"] for row in rows["highest_engagement_rate_first"]["selection"]] == ["noisy"]
    assert [row["creator_id"] for row in rows["optimum"]["selection"]] == ["steady"]


def test_cheapest_reach_first_takes_the_least_cost_per_contact(client: httpx.Client) -> None:
    cheap = creator("cheap", audience={"topic": {"trail-running": 0.01}}, offers=[offer(price="50.00")])
    rows = compared(client, posted(client, small_brief(budget="120.00", candidates=[cheap, creator("fit")])))
    assert [row["creator_id"] for row in rows["cheapest_reach_first"]["selection"]] == ["cheap"]
    assert [row["creator_id"] for row in rows["optimum"]["selection"]] == ["fit"]


def test_least_cost_for_a_goal_is_compared_by_cost(client: httpx.Client, realistic: Body) -> None:
    objective = {"minimise": "cost", "min_engaged_reach": 8000}
    rows = compared(client, posted(client, realistic | {"objective": objective}))
    best = float(rows["optimum"]["value"]["cost"])
    for row in rows.values():
        if row["value"] is not None:
            assert row["totals"]["engaged_reach"] >= 8000 * (1 - 1e-9)
            assert float(row["value"]["cost"]) >= best
            assert row["share_of_optimum"] == pytest.approx(best / float(row["value"]["cost"]))
    naive = rows["naive_additive"]
    assert naive["value"] is None
    assert "short of the goal" in naive["reason"]
    assert naive["promised"]["engaged_reach"] >= 8000 * (1 - 1e-9)


def test_an_infeasible_brief_has_a_plan_in_none(client: httpx.Client) -> None:
    rows = compared(client, posted(client, json.loads(demo_briefs.raw("infeasible"))))
    assert all(row["value"] is None and "No plan can keep" in row["reason"] for row in rows.values())


def test_an_unknown_optimization_is_404(client: httpx.Client) -> None:
    assert client.get(f"{PATH}/opt_01KAN5V8YH09D6M2X4QZ7C3WTB/strategies").status_code == 404

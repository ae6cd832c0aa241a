"""Exact prices over HTTP."""

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


def ask(client: httpx.Client, solved: Body, body: Body) -> httpx.Response:
    return client.post(f"{PATH}/{solved['id']}/break-even", json=body)


def test_one_row_per_offer_with_one_of_the_prices(client: httpx.Client, solved: Body) -> None:
    chosen = solved["result"]["selection"][0]
    response = ask(client, solved, {"creator_ids": [chosen["creator_id"]]})
    assert response.status_code == 200, response.text
    rows = {row["offer_id"]: row for row in response.json()["data"]}
    assert len(rows) == 2
    mine = rows.pop(chosen["offer_id"])
    assert mine["decision"] == "chosen"
    assert mine["entry_price"] is None
    assert mine["loss_if_forced"] == 0
    assert float(mine["drop_out_price"]) >= float(chosen["price"])
    (other,) = rows.values()
    assert other["drop_out_price"] is None
    assert other["exact"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"creator_ids": ["c01", "nobody"]}, "/creator_ids/1"),
        ({"creator_ids": ["c01", "c01"]}, "/creator_ids/1"),
        ({"creator_ids": []}, "/creator_ids"),
        ({"creator_ids": [f"c{number}" for number in range(101)]}, "/creator_ids"),
        ({}, "/creator_ids"),
        ({"creator_ids": ["c01"], "offer": 1}, "/offer"),
        ([], ""),
    ],
)
def test_what_cannot_be_asked_is_named(client: httpx.Client, solved: Body, body: Body, pointer: str) -> None:
    response = ask(client, solved, body)
    assert response.status_code == 422, response.text
    assert pointer in [error["pointer"] for error in response.json()["errors"]]


def test_an_unknown_optimization_is_404(client: httpx.Client) -> None:
    response = client.post(f"{PATH}/opt_01KAN5V8YH09D6M2X4QZ7C3WTB/break-even", json={"creator_ids": ["c1"]})
    assert response.status_code == 404


def test_rows_of_creators_have_an_estimate_of_the_loss(client: httpx.Client, solved: Body) -> None:
    rows = client.get(f"{PATH}/{solved['id']}/creators?limit=1000").json()["data"]
    assert all(row["loss_if_forced"] == 0 for row in rows if row["decision"] == "chosen")
    rejected = [row for row in rows if row["decision"] == "rejected"]
    assert any(row["loss_if_forced"] is not None and row["loss_if_forced"] > 0 for row in rejected)
    for row in rejected:
        out = any(reason.startswith(("filtered:", "price_above_budget")) for reason in row["reasons"])
        assert (row["loss_if_forced"] is None) == out

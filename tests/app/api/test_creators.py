"""Every offer is listed with its decision, in pages that fit together and as a table that is safe to open."""

import csv
import io
import json

import httpx
import pytest

from app.services import demo_briefs
from app.settings import load_settings
from app.storage.creator_chunks import CHUNK_ROWS
from tests.app.api.conftest import Body, OpenClient

PATH = "/v1/optimizations"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture(scope="module")
def realistic() -> Body:
    body: Body = json.loads(demo_briefs.raw("realistic"))
    return body


@pytest.fixture(scope="module")
def solved(client: httpx.Client, realistic: Body) -> Body:
    optimization: Body = client.post(PATH, json=realistic).json()
    return optimization


def all_rows(client: httpx.Client, path: str) -> list[Body]:
    rows: list[Body] = []
    url: str | None = path
    while url:
        response = client.get(url)
        assert response.status_code == 200, response.text
        rows += response.json()["data"]
        url = response.links["next"]["url"] if "Link" in response.headers else None
    return rows


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_there_is_one_row_per_offer_chosen_first_each_by_id(
    client: httpx.Client, solved: Body, realistic: Body
) -> None:
    rows = all_rows(client, f"{PATH}/{solved['id']}/creators?limit=7")
    posted = {(creator["id"], offer["id"]) for creator in realistic["candidates"] for offer in creator["offers"]}
    assert {(row["creator_id"], row["offer_id"]) for row in rows} == posted
    assert len(rows) == len(posted)
    order = [(row["decision"], row["creator_id"], row["offer_id"]) for row in rows]
    assert order == sorted(order)
    chosen = {(row["creator_id"], row["offer_id"]) for row in rows if row["decision"] == "chosen"}
    assert chosen == {(row["creator_id"], row["offer_id"]) for row in solved["result"]["selection"]}
    assert all(row["reasons"] for row in rows if row["decision"] == "rejected")


@pytest.mark.parametrize("decision", ["chosen", "rejected"])
def test_a_decision_can_be_asked_for(client: httpx.Client, solved: Body, decision: str) -> None:
    path = f"{PATH}/{solved['id']}/creators"
    narrowed = all_rows(client, f"{path}?decision={decision}&limit=3")
    assert narrowed == [row for row in all_rows(client, f"{path}?limit=1000") if row["decision"] == decision]


@pytest.mark.parametrize("limit", [1, 499, 500, 501, 1000])
def test_pages_of_any_size_fit_together_over_chunks(
    serve: OpenClient, brief: Body, tmp_path: object, limit: int
) -> None:
    """1 102 offers: two chunks and a bit, with the chosen ones in a short chunk before them."""
    client = serve(load_settings(database_url=f"sqlite:///{tmp_path}/test.db"))
    candidate = brief["candidates"][0]
    many = [
        {**candidate, "id": f"c{number:04}", "offers": [{**candidate["offers"][0], "price": f"{250 + number}.00"}]}
        for number in range(2 * CHUNK_ROWS + 102)
    ]
    optimization = client.post(PATH, json={**brief, "candidates": many}).json()
    path = f"{PATH}/{optimization['id']}/creators"
    if limit == 1:
        first = client.get(f"{path}?limit=1")
        assert (len(first.json()["data"]), first.json()["has_more"]) == (1, True)
        return
    rows = all_rows(client, f"{path}?limit={limit}")
    assert len({row["creator_id"] for row in rows}) == len(rows) == len(many)
    assert [row["creator_id"] for row in table(client.get(f"{path}?format=csv").text)] == [
        row["creator_id"] for row in rows
    ]


def test_the_table_has_the_same_figures(client: httpx.Client, solved: Body, realistic: Body) -> None:
    path = f"{PATH}/{solved['id']}/creators"
    response = client.get(f"{path}?format=csv")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert response.headers["Content-Disposition"] == f'attachment; filename="creators-{solved["id"]}.csv"'
    in_csv = table(response.text)
    in_json = all_rows(client, path)
    segment = realistic["target"]["segments"][0]["name"]
    for cells, row in zip(in_csv, in_json, strict=True):
        assert cells["creator_id"] == row["creator_id"]
        assert cells["reasons"] == ";".join(row["reasons"])
        assert float(cells["forecast.reach"]) == row["forecast"]["reach"]
        in_segment = row["forecast"]["engaged_by_segment"][segment]
        assert float(cells[f"forecast.engaged_by_segment.{segment}"]) == in_segment
        assert cells["entry_price"] == (row["entry_price"] or "")


def test_the_table_comes_in_pages_when_asked_so(client: httpx.Client, solved: Body) -> None:
    path = f"{PATH}/{solved['id']}/creators?format=csv"
    whole = table(client.get(path).text)
    first = client.get(f"{path}&limit=10")
    second = client.get(first.links["next"]["url"])
    assert table(first.text) + table(second.text) == whole[:20]
    rejected = table(client.get(f"{path}&decision=rejected").text)
    assert rejected == [row for row in whole if row["decision"] == "rejected"]


def test_no_cell_is_a_formula(client: httpx.Client, brief: Body) -> None:
    ids = [f"{start}cmd|' /C calc'!A0" for start in FORMULA_STARTS]
    candidate = brief["candidates"][0]
    offers = [{**candidate["offers"][0], "id": "=1+1"}]
    hostile = {
        **brief,
        "candidates": [{**candidate, "id": one, "offers": offers} for one in ids],
        "rules": [{"name": "=evil()", "kind": "count", "max": 0}],
    }
    posted = client.post(PATH, json=hostile)
    assert posted.status_code == 201, posted.text
    text = client.get(f"{PATH}/{posted.json()['id']}/creators?format=csv").text
    rows = table(text)
    assert {row["creator_id"] for row in rows} == {f"'{one}" for one in ids}
    assert {row["offer_id"] for row in rows} == {"'=1+1"}
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert not [cell for cell in cells if cell.startswith(FORMULA_STARTS)]


def test_a_cursor_of_another_list_is_refused(client: httpx.Client, solved: Body) -> None:
    page = client.get(f"{PATH}/{solved['id']}/creators?limit=1").json()
    refused = client.get(PATH, params={"cursor": page["next_cursor"]})
    assert refused.status_code == 400
    assert refused.json()["type"] == "/v1/problem-types#invalid_parameter"

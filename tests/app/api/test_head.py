"""HEAD is answered wherever GET is, with the same status and headers and without a body."""

import httpx
import pytest

from app.main import create_app
from app.settings import load_settings
from tests.app.api.conftest import Body
from tests.app.api.keyed import Operation, operations
from tests.hard_brief import hard_brief

NOT_THE_SAME_TWICE = {"x-request-id", "date", "content-length", "etag"}
GETS = [one for one in operations(create_app(load_settings()).openapi()) if one.method == "GET"]
PAGES = ["/", "/docs", "/openapi.json", "/docs/assets/swagger-ui.css"]


def same_but_for_the_body(client: httpx.Client, path: str) -> httpx.Response:
    got, headed = client.get(path), client.head(path)
    assert headed.status_code == got.status_code
    assert headed.content == b""

    def told(answer: httpx.Response) -> dict[str, str]:
        return {name: value for name, value in answer.headers.items() if name not in NOT_THE_SAME_TWICE}

    assert told(headed) == told(got)
    return headed


@pytest.mark.parametrize("operation", GETS, ids=lambda one: one.name)
def test_every_get_has_its_head(client: httpx.Client, brief: Body, operation: Operation) -> None:
    posted = client.post("/v1/optimizations", json=brief).json()["id"]
    known = {"optimization_id": posted, "name": "minimal"}
    path = operation.path.format_map({name: known.get(name, "unknown") for name in operation.path_parameters})
    same_but_for_the_body(client, path)


@pytest.mark.parametrize("path", PAGES)
def test_pages_have_it_too(client: httpx.Client, path: str) -> None:
    assert same_but_for_the_body(client, path).status_code in (200, 307)


def test_a_head_is_counted_under_its_route(client: httpx.Client) -> None:
    client.head("/version")
    assert 'method="HEAD",route="/version",status="200"' in client.get("/metrics").text


def test_what_is_only_posted_to_has_none(client: httpx.Client) -> None:
    refused = client.head("/v1/optimizations:validate")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")


def test_nobody_waits_for_events_that_a_head_does_not_read(client: httpx.Client) -> None:
    queued = client.post("/v1/optimizations", json=hard_brief(30), headers={"Prefer": "respond-async"}).json()["id"]
    headed = client.head(f"/v1/optimizations/{queued}/events")
    assert (headed.status_code, headed.content) == (200, b"")
    assert client.get(f"/v1/optimizations/{queued}").json()["status"] in ("queued", "running")
    assert client.post(f"/v1/optimizations/{queued}:stop").status_code == 200

"""Everything a client can do wrong has its status, its code and its place, in one shape."""

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.app.api.conftest import Body

PATH = "/v1/optimizations"
JSON = {"Content-Type": "application/json"}
KEYS = ["type", "title", "status", "detail", "instance", "request_id", "errors", "truncated"]


def problem(response: httpx.Response, status: int, code: str) -> Body:
    """The problem of a response, after checking what every problem has."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    body: Body = response.json()
    assert list(body) == KEYS
    assert body["status"] == status
    assert body["type"] == f"/v1/problem-types#{code}"
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == response.headers["X-Request-Id"]
    assert 1 <= len(body["errors"]) <= 100
    for error in body["errors"]:
        assert list(error) == ["code", "severity", "pointer", "detail"]
        assert error["severity"] == "error"
        assert error["pointer"] == "" or error["pointer"].startswith("/")
        assert error["detail"]
    return body


def pointers(body: Body) -> list[str]:
    return [error["pointer"] for error in body["errors"]]


def codes_at(body: Body, pointer: str) -> list[str]:
    return [error["code"] for error in body["errors"] if error["pointer"] == pointer]


def changed(brief: Body, pointer: str, value: Any) -> Body:
    """The brief with another value at a place."""
    copy: Body = json.loads(json.dumps(brief))
    *way, last = pointer.removeprefix("/").split("/")
    place: Any = copy
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    if isinstance(place, list):
        place.insert(int(last), value) if int(last) >= len(place) else place.__setitem__(int(last), value)
    else:
        place[last] = value
    return copy


OFFER = "/candidates/0/offers/0"
WRONG_VALUES = [
    ("/budget", "1000.001", "/budget", "money finer than the currency"),
    ("/budget", "a lot", "/budget", "not money"),
    ("/budget", "-5", "/budget", "negative money"),
    (f"{OFFER}/price", "9.999", f"{OFFER}/price", "price finer than the currency"),
    (f"{OFFER}/price", True, f"{OFFER}/price", "true is not money"),
    ("/currency", "XQQ", "/currency", "unknown currency"),
    ("/currency", 7, "/currency", "wrong type"),
    ("/colour", "red", "/colour", "unknown field"),
    ("/candidates/1/hair", "red", "/candidates/1/hair", "unknown field of a candidate"),
    ("/candidates/0/followers", "many", "/candidates/0/followers", "text for a number"),
    ("/candidates/0/followers", -1, "/candidates/0/followers", "out of range"),
    ("/candidates/0/genuine_share", 1.5, "/candidates/0/genuine_share", "share above 1"),
    ("/candidates/0/engagement/per", "week", "/candidates/0/engagement/per", "unknown word"),
    ("/candidates/2/id", "anna", "/candidates/2/id", "duplicate id: the second is named"),
    (f"{OFFER}/format", None, f"{OFFER}/format", "a missing field is named where it would be"),
    ("/candidates", [], "/candidates", "no candidates"),
    ("/target/niche", 3, "/target/niche", "wrong type in the target"),
    ("/solver/time_limit", "30 seconds", "/solver/time_limit", "not a duration"),
    ("/solver/time_limit", "PT23H", "/solver/time_limit", "longer than this service allows"),
    ("/rules", [{"kind": "require", "creator_id": "nobody"}], "/rules/0/creator_id", "unknown creator in require"),
    ("/rules", [{"kind": "count", "min": 3, "max": 1}], "/rules/0", "min above max"),
    ("/rules", [{"kind": "magic"}], "/rules/0/kind", "unknown kind"),
    ("/rules", [{"kind": "waste_share", "max": 1.2}], "/rules/0/max", "share above 1"),
]


@pytest.mark.parametrize(
    ("place", "value", "pointer"),
    [wrong[:3] for wrong in WRONG_VALUES],
    ids=[wrong[3].replace(" ", "_") for wrong in WRONG_VALUES],
)
def test_a_wrong_value_is_named_by_its_pointer(
    client: httpx.Client, brief: Body, place: str, value: Any, pointer: str
) -> None:
    body = problem(client.post(PATH, json=changed(brief, place, value)), 422, "invalid_brief")
    assert any(found == pointer or found.startswith(f"{pointer}/") for found in pointers(body)), pointers(body)
    validated = client.post(f"{PATH}:validate", json=changed(brief, place, value)).json()
    assert validated["errors"] == body["errors"]


def test_shares_whose_sum_exceeds_one_are_a_warning_at_their_place(client: httpx.Client, brief: Body) -> None:
    odd = changed(brief, "/candidates/1/audience/country", {"DE": 0.8, "AT": 0.4})
    warnings = client.post(PATH, json=odd).json()["warnings"]
    assert "/candidates/1/audience/country" in [warning["pointer"] for warning in warnings]


def test_a_segment_smaller_than_its_engaged_people_is_named(client: httpx.Client, brief: Body) -> None:
    body = problem(client.post(PATH, json=changed(brief, "/target/size", 10)), 422, "invalid_brief")
    assert all(pointer.startswith(("/target", "/candidates")) for pointer in pointers(body))


def test_all_faults_are_told_at_once_and_a_hundred_at_most(client: httpx.Client, brief: Body) -> None:
    two = changed(changed(brief, "/budget", "x"), "/candidates/0/followers", "y")
    assert {"/budget", "/candidates/0/followers"} <= set(
        pointers(problem(client.post(PATH, json=two), 422, "invalid_brief"))
    )
    wrong = {**brief["candidates"][0], "followers": "many", "country": 7}
    body = problem(client.post(PATH, json={**brief, "candidates": [wrong] * 80}), 422, "invalid_brief")
    assert (len(body["errors"]), body["truncated"]) == (100, True)


MALFORMED: list[tuple[str, Callable[[str], bytes]]] = [
    ("empty", lambda _: b""),
    ("cut_off", lambda brief: brief[:-1].encode()),
    ("not_a_number", lambda brief: brief.replace("8000", "NaN").encode()),
    ("infinity", lambda brief: brief.replace("8000", "-Infinity").encode()),
    ("beyond_double", lambda brief: brief.replace("8000", "1e999").encode()),
    ("too_many_digits", lambda brief: brief.replace("8000", "1" * 401).encode()),
    ("a_key_twice", lambda brief: brief.replace('"budget"', '"budget": "1", "budget"').encode()),
    ("lone_surrogate", lambda brief: brief.replace("anna", "\\ud800").encode()),
    ("nul", lambda brief: brief.replace("anna", "\\u0000").encode()),
    ("not_utf8", lambda brief: brief.replace("anna", "\xe4").encode("latin-1")),
    ("too_deep", lambda _: b"[" * 5000 + b"]" * 5000),
    ("two_documents", lambda brief: (brief + brief).encode()),
]


@pytest.mark.parametrize("spoil", [one[1] for one in MALFORMED], ids=[one[0] for one in MALFORMED])
@pytest.mark.parametrize("path", [PATH, f"{PATH}:validate"])
def test_what_is_no_json_that_all_readers_agree_on_is_malformed(
    client: httpx.Client, brief: Body, path: str, spoil: Callable[[str], bytes]
) -> None:
    response = client.post(path, content=spoil(json.dumps(brief)), headers=JSON)
    assert {error["code"] for error in problem(response, 400, "malformed_json")["errors"]} == {"malformed_json"}


@pytest.mark.parametrize("document", ["[]", "3", "null", '"brief"'])
def test_json_that_is_no_object_is_an_invalid_brief(client: httpx.Client, document: str) -> None:
    assert pointers(problem(client.post(PATH, content=document, headers=JSON), 422, "invalid_brief")) == [""]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
def test_a_body_that_does_not_say_it_is_plain_json_is_not_read(
    client: httpx.Client, brief: Body, headers: dict[str, str]
) -> None:
    response = client.post(PATH, content=json.dumps(brief), headers=headers)
    problem(response, 415, "unsupported_media_type")
    assert response.headers["Accept"] == "application/json"


@pytest.mark.parametrize("path", [PATH, f"{PATH}:validate"])
def test_a_body_over_the_limit_is_refused_by_its_length(client: httpx.Client, path: str) -> None:
    response = client.post(path, content=b"x" * 3_000_000, headers=JSON)
    problem(response, 413, "body_too_large")
    assert client.get("/livez").status_code == 200


def test_a_body_over_the_limit_is_refused_while_it_streams(client: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(300):
            yield b" " * 10_000

    problem(client.post(PATH, content=endless(), headers=JSON), 413, "body_too_large")


def test_a_body_that_claims_to_be_huge_is_refused_before_it_comes(client: httpx.Client) -> None:
    with socket.create_connection((client.base_url.host, client.base_url.port or 80), timeout=10) as connection:
        connection.sendall(
            b"POST /v1/optimizations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100000000000\r\n\r\n"
        )
        response = http.client.HTTPResponse(connection)
        response.begin()
        assert response.status == 413
        assert json.loads(response.read())["type"] == "/v1/problem-types#body_too_large"


def test_a_body_at_the_limit_is_read(client: httpx.Client, brief: Body) -> None:
    raw = json.dumps(brief).encode()
    padded = raw + b" " * (200_000 - len(raw))
    assert client.post(f"{PATH}:validate", content=padded, headers=JSON).json()["valid"] is True
    problem(client.post(f"{PATH}:validate", content=padded + b" ", headers=JSON), 413, "body_too_large")


def test_too_many_candidates_are_refused(client: httpx.Client, brief: Body) -> None:
    many = [{**brief["candidates"][0], "id": f"c{number}"} for number in range(101)]
    body = problem(client.post(PATH, json={**brief, "candidates": many}), 413, "body_too_large")
    assert pointers(body) == ["/candidates"]
    started = time.perf_counter()
    client.get("/livez")
    assert time.perf_counter() - started < 5, "the connection is free again at once"


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/v2/optimizations",
        f"{PATH}/",
        f"{PATH}/opt_unknown",
        f"{PATH}/opt_01K00000000000000000000000",
        f"{PATH}/opt_01K00000000000000000000000/brief",
        f"{PATH}/opt_01K00000000000000000000000/creators",
        f"{PATH}/%00/brief",
        f"{PATH}/{'x' * 2000}",
        "/v1/demo-briefs/nope",
        "/docs/assets/nope.js",
        "/assets/nope.js",
        "/assets/%2e%2e%2fstart_page.py",
    ],
)
def test_what_is_not_there_is_not_found(client: httpx.Client, path: str) -> None:
    body = problem(client.get(path), 404, "not_found")
    assert body["instance"] == httpx.URL(path).path


def test_an_unknown_id_cannot_be_erased(client: httpx.Client) -> None:
    problem(client.delete(f"{PATH}/opt_01K00000000000000000000000"), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", PATH, "GET, HEAD, POST"),
        ("POST", f"{PATH}/opt_01K00000000000000000000000", "DELETE, GET, HEAD"),
        ("GET", f"{PATH}:validate", "POST"),
        ("PATCH", "/livez", "GET, HEAD"),
        ("DELETE", "/docs", "GET, HEAD"),
        ("POST", "/docs/assets/swagger-ui.css", "GET, HEAD"),
    ],
)
def test_a_method_that_a_path_does_not_take_is_told_what_it_takes(
    client: httpx.Client, method: str, path: str, allowed: str
) -> None:
    response = client.request(method, path)
    problem(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == allowed


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=ten",
        "cursor=abc",
        "cursor=%00",
        "cursor=%C3%A4",
        "status=done",
        "created_after=yesterday",
        "created_after=2026-01-01T00:00:00",
        "created_after=0.5",
        "created_after=0001-01-01T00:00:00%2B12:00",
        "colour=red",
    ],
)
def test_a_query_parameter_that_is_not_of_its_form_is_named(client: httpx.Client, query: str) -> None:
    body = problem(client.get(f"{PATH}?{query}"), 400, "invalid_parameter")
    assert f"'{query.partition('=')[0]}'" in body["detail"]


def test_a_label_with_nul_matches_nothing(client: httpx.Client) -> None:
    assert client.get(PATH, params={"label": "a\x00b"}).json()["data"] == []


def test_a_request_id_is_echoed_when_it_can_stand_in_a_log(client: httpx.Client) -> None:
    assert client.get("/livez", headers={"X-Request-Id": "abc-1.2:3"}).headers["X-Request-Id"] == "abc-1.2:3"
    for odd in ("two words", "x" * 200, "=evil", ""):
        made = client.get("/livez", headers={"X-Request-Id": odd}).headers["X-Request-Id"]
        assert made.startswith("req_")
    first, second = (client.get("/nope").json()["request_id"] for _ in range(2))
    assert first != second

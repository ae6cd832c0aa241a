"""Who may call what: with which key, without one, and how often."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI

from app.api.caller import require_declared
from app.main import create_app
from app.services import keys
from app.services.caller import READ, SCOPES, WRITE
from app.settings import Settings
from app.storage.database import Database
from tests.app.api.conftest import Body, OpenClient
from tests.app.api.keyed import bearer, make_key, operations
from tests.app.api.test_errors import problem

PATH = "/v1/optimizations"
UNKNOWN = "opt_01K00000000000000000000000"
OPEN = {
    *("list_demo_briefs", "get_demo_brief", "get_benchmarks", "list_problem_types"),
    *("get_livez", "get_readyz", "get_version", "get_metrics"),
}
"""The calls that need no key; adding one to them is a decision."""

NewSettings = Callable[..., Settings]


def filled(path: str) -> str:
    return path.replace("{optimization_id}", UNKNOWN).replace("{name}", "minimal")


def test_once_a_key_is_made_every_call_needs_one_but_those_that_show_nothing(
    new_settings: NewSettings, serve: OpenClient
) -> None:
    settings = new_settings()
    make_key(settings.database_url, "acme")
    client = serve(settings)
    found = list(operations(client.get("/openapi.json").json()))
    assert {operation.name for operation in found if not operation.needs_key} == OPEN
    for operation in found:
        answer = client.request(operation.method, filled(operation.path))
        if operation.needs_key:
            problem(answer, 401, "unauthenticated")
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        else:
            assert answer.status_code == 200, operation
    for path in ("/", "/docs", "/docs/assets/swagger-ui.css", "/openapi.json"):
        assert client.get(path).status_code in (200, 307), path


def test_each_call_needs_the_scope_that_it_documents_and_no_other_will_do(
    new_settings: NewSettings, serve: OpenClient
) -> None:
    settings = new_settings()
    held = {scope: make_key(settings.database_url, "acme", scope) for scope in SCOPES}
    client = serve(settings)
    for operation in operations(client.get("/openapi.json").json()):
        if not operation.needs_key:
            continue
        (needed,) = operation.scopes
        for scope, key in held.items():
            answer = client.request(operation.method, filled(operation.path), headers=bearer(key))
            if scope in (needed, "admin"):
                assert answer.status_code not in (401, 403), (operation, scope)
            else:
                assert needed in problem(answer, 403, "missing_scope")["detail"]


def test_a_key_is_taken_from_either_header(new_settings: NewSettings, serve: OpenClient) -> None:
    settings = new_settings()
    key, other = make_key(settings.database_url, "acme"), make_key(settings.database_url, "acme")
    client = serve(settings)
    for headers in (
        bearer(key),
        {"X-API-Key": key},
        {"Authorization": f"bearer  {key}"},
        bearer(key) | {"X-API-Key": key},
    ):
        assert client.get(PATH, headers=headers).status_code == 200
    for wrong in (
        bearer(key) | {"X-API-Key": other},
        {"Authorization": "Bearer"},
        bearer(key[:-1]),
        {"Authorization": f"Basic {key}"},
        {"Authorization": key},
        {"X-API-Key": ""},
    ):
        problem(client.get(PATH, headers=wrong), 401, "unauthenticated")
    assert key.split("_")[2] not in client.get(PATH, headers={"X-API-Key": f"{key}0"}).text


def test_a_key_that_was_revoked_is_refused_by_the_next_call(new_settings: NewSettings, serve: OpenClient) -> None:
    settings = new_settings()
    key = make_key(settings.database_url, "acme")
    client = serve(settings)
    assert client.get(PATH, headers=bearer(key)).status_code == 200
    database = Database(settings.database_url)
    with database.writing() as session:
        keys.revoke(session, key.split("_")[1], datetime.now(UTC))
    database.close()
    assert "revoked" in problem(client.get(PATH, headers=bearer(key)), 401, "unauthenticated")["detail"]
    problem(client.get(PATH), 401, "unauthenticated")


def test_a_key_that_has_expired_is_refused(new_settings: NewSettings, serve: OpenClient) -> None:
    settings = new_settings()
    key = make_key(settings.database_url, "acme", expires_in=timedelta(0))
    assert "expired" in problem(serve(settings).get(PATH, headers=bearer(key)), 401, "unauthenticated")["detail"]


def test_the_first_key_closes_the_service_while_it_runs(new_settings: NewSettings, serve: OpenClient) -> None:
    settings = new_settings()
    client = serve(settings)
    assert client.get(PATH).status_code == 200
    problem(client.get(PATH, headers=bearer(f"cbo_{'0' * 16}_{'0' * 64}")), 401, "unauthenticated")
    key = make_key(settings.database_url, "acme")
    problem(client.get(PATH), 401, "unauthenticated")
    assert client.get(PATH, headers=bearer(key)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.7"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=203.0.113.7"},
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
    ],
)
def test_without_keys_only_this_machine_is_answered(
    new_settings: NewSettings, serve: OpenClient, headers: dict[str, str]
) -> None:
    client = serve(new_settings())
    body = problem(client.get(PATH, headers=headers), 401, "unauthenticated")
    assert "No API key has been made" in body["detail"]
    assert client.get("/livez", headers=headers).status_code == 200
    assert client.get(PATH).status_code == 200


def test_a_body_is_not_read_for_somebody_without_a_key(new_settings: NewSettings, serve: OpenClient) -> None:
    settings = new_settings(max_body_bytes=2**24)
    make_key(settings.database_url, "acme")
    client = serve(settings)
    problem(
        client.post(PATH, content=b" " * 2**23, headers={"Content-Type": "application/json"}), 401, "unauthenticated"
    )
    assert client.get("/livez").status_code == 200


def test_calls_are_limited_per_key_and_every_answer_says_how_it_stands(
    new_settings: NewSettings, serve: OpenClient, brief: Body
) -> None:
    settings = new_settings(rate_limit="4/hour")
    key, other = make_key(settings.database_url, "acme", READ), make_key(settings.database_url, "acme", WRITE)
    client = serve(settings)
    answers = [
        client.get(PATH, headers=bearer(key)),
        client.get(f"{PATH}/{UNKNOWN}", headers=bearer(key)),
        client.get(f"{PATH}?limit=0", headers=bearer(key)),
        client.post(PATH, json=brief, headers=bearer(key)),
        client.get(PATH, headers=bearer(key)),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 400, 403, 429]
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"calls";q=4;w=3600'}
    assert [answer.headers["RateLimit"].split(";")[1] for answer in answers] == ["r=3", "r=2", "r=1", "r=0", "r=0"]
    problem(answers[-1], 429, "rate_limited")
    assert answers[-1].headers["RateLimit"] == f'"calls";r=0;t={answers[-1].headers["Retry-After"]}'
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600
    assert client.post(PATH, json=brief, headers=bearer(other)).headers["RateLimit"].startswith('"calls";r=3;')
    assert "RateLimit" not in client.get("/livez", headers=bearer(key)).headers
    assert "RateLimit" not in client.get(PATH).headers


def test_a_limit_holds_for_calls_at_once(new_settings: NewSettings, serve: OpenClient) -> None:
    settings = new_settings(rate_limit="10/hour")
    key = make_key(settings.database_url, "acme")
    client = serve(settings)
    statuses: list[int] = []

    def call() -> None:
        statuses.extend([client.get(PATH, headers=bearer(key)).status_code for _ in range(5)])

    callers = [threading.Thread(target=call) for _ in range(6)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(60)
    assert sorted(statuses) == [200] * 10 + [429] * 20


def test_limits_can_be_switched_off(new_settings: NewSettings, serve: OpenClient) -> None:
    settings = new_settings(rate_limit="")
    key = make_key(settings.database_url, "acme")
    assert "RateLimit" not in serve(settings).get(PATH, headers=bearer(key)).headers


def test_a_route_that_says_nothing_about_callers_does_not_start(new_settings: NewSettings) -> None:
    app: FastAPI = create_app(new_settings())
    require_declared(app, ("/openapi.json", "/docs/assets"))

    @app.get("/v1/secrets")
    def get_secrets() -> None: ...

    with pytest.raises(ValueError, match="/v1/secrets does not say who may call it"):
        require_declared(app, ("/openapi.json", "/docs/assets"))


def test_the_document_has_both_ways_to_send_a_key(new_settings: NewSettings) -> None:
    document = create_app(new_settings()).openapi()
    schemes = document["components"]["securitySchemes"]
    assert (schemes["bearer"]["type"], schemes["bearer"]["scheme"]) == ("http", "bearer")
    assert (schemes["api_key"]["in"], schemes["api_key"]["name"]) == ("header", "X-API-Key")
    for methods in document["paths"].values():
        for operation in methods.values():
            if operation["security"]:
                assert [list(each) for each in operation["security"]] == [["bearer"], ["api_key"]]
                assert {"401", "403", "429"} <= operation["responses"].keys()
                assert "Needs the scope `" in operation["description"]

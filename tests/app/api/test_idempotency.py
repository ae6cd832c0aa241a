"""Idempotency-Key over HTTP. The calls are taken from the OpenAPI document, so a new POST is tried too."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from app.api.dependencies import Parts
from app.errors import Unavailable
from app.main import create_app
from app.services import idempotency, solving
from app.services.idempotency import fingerprint
from app.settings import Settings, load_settings
from app.storage import idempotency_keys
from app.storage.idempotency_keys import Holding, KeptAnswer
from app.storage.tables import DEFAULT_TENANT, IdempotencyKeyRow
from tests.app.api.conftest import Body, OpenClient
from tests.app.api.keyed import Operation, bearer, make_key, operations
from tests.app.api.test_errors import problem
from tests.app.api.test_failures import Held
from tests.in_threads import InThreads
from tests.serving import served

PATH = "/v1/optimizations"
KEY = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
UNKNOWN = "opt_01K00000000000000000000000"
NewSettings = Callable[..., Settings]

DOCUMENT = create_app(load_settings()).openapi()
POSTS = [operation for operation in operations(DOCUMENT) if operation.method == "POST"]


@dataclass
class Service:
    app: FastAPI
    client: httpx.Client

    @property
    def parts(self) -> Parts:
        parts: Parts = self.app.state.parts
        return parts

    def enter(self, key: str, path: str, body: bytes, *, in_flight: bool) -> Holding:
        """A key that was sent before with this request; a request of this process works on it still, or not."""
        token = self.parts.in_flight.new_token()
        if not in_flight:
            self.parts.in_flight.end(token)
        row = IdempotencyKeyRow(
            tenant_id=DEFAULT_TENANT,
            key=key,
            fingerprint=fingerprint("POST", path, b"", body),
            created_at=datetime.now(UTC),
            executor_id=self.parts.in_flight.executor_id,
            token=token,
            made=False,
        )
        with self.parts.database.writing() as session:
            assert idempotency_keys.enter(session, row)
        return Holding(DEFAULT_TENANT, key, token)

    def number(self) -> int:
        return len(self.client.get(PATH, params={"limit": 100}).json()["data"])


@pytest.fixture
def service(new_settings: NewSettings) -> Iterator[Service]:
    app = create_app(new_settings(), InThreads)
    with served(app) as base_url, httpx.Client(base_url=base_url, timeout=60, trust_env=False) as client:
        yield Service(app, client)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    held = Held()
    monkeypatch.setattr(solving, "run", held)
    return held


@pytest.mark.parametrize("operation", POSTS, ids=[operation.name for operation in POSTS])
def test_every_post_documents_the_header_and_its_answers(operation: Operation) -> None:
    described = DOCUMENT["paths"][operation.path]["post"]
    header = next(one for one in described["parameters"] if one["name"] == KEY)
    assert (header["in"], header["required"]) == ("header", False)
    codes = {
        code
        for status in ("400", "404", "409", "413", "422")
        for code in described["responses"][status]["content"]["application/problem+json"]["examples"]
    }
    assert {"invalid_parameter", "not_found", "idempotency_key_in_use", "body_too_large"} <= codes
    assert "idempotency_key_reused" in codes
    assert "Retry-After" in described["responses"]["409"]["headers"]
    right = [response for status, response in described["responses"].items() if status < "300"]
    assert right
    assert all(REPLAYED in response["headers"] for response in right)


@pytest.mark.parametrize("operation", POSTS, ids=[operation.name for operation in POSTS])
def test_every_post_heeds_the_header(service: Service, operation: Operation) -> None:
    path = operation.path
    for name in operation.path_parameters:
        path = path.replace(f"{{{name}}}", UNKNOWN)

    def send(key: str, body: bytes) -> httpx.Response:
        headers = {"Content-Type": "application/json", KEY: key}
        return service.client.post(path, content=body, headers=headers)

    problem(send("at work", b"{}"), 400, "invalid_parameter")
    service.enter("at-work", path, b"{}", in_flight=True)
    busy = send("at-work", b"{}")
    problem(busy, 409, "idempotency_key_in_use")
    assert int(busy.headers["Retry-After"]) > 0
    problem(send("at-work", b"{ }"), 422, "idempotency_key_reused")
    done = service.enter("done", path, b"{}", in_flight=False)
    kept = KeptAnswer(299, {"content-type": "text/x", "location": "/somewhere"}, b"what was said")
    with service.parts.database.writing() as session:
        assert idempotency_keys.answer(session, done, kept)
    for form in ("done", '"done"'):
        again = send(form, b"{}")
        assert (again.status_code, again.content, again.headers[REPLAYED]) == (299, b"what was said", "true")
        assert (again.headers["Content-Type"], again.headers["Location"]) == ("text/x", "/somewhere")
        assert again.headers["X-Request-Id"]
    problem(send("done", b""), 422, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["", "a b", "ä", '"', '""', '"a', '"a"b"', '"a\\b"', "k" * 256, '"a b"', "a\tb"])
def test_what_is_no_key_is_refused(service: Service, brief: Body, key: str) -> None:
    answer = service.client.post(PATH, json=brief, headers=[(KEY.encode(), key.encode("latin-1"))])
    assert KEY in problem(answer, 400, "invalid_parameter")["detail"]
    assert service.number() == 0


def test_two_keys_are_refused(service: Service, brief: Body) -> None:
    answer = service.client.post(PATH, json=brief, headers=[(KEY, "a"), (KEY, "a")])
    problem(answer, 400, "invalid_parameter")


@pytest.mark.parametrize(
    "key", ["k", "k" * 255, "!#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", '"with \\"quotes\\""'.replace(" ", "-")]
)
def test_the_answer_comes_again_byte_for_byte(service: Service, brief: Body, key: str) -> None:
    first = service.client.post(PATH, json=brief, headers={KEY: key, "Prefer": "wait=30"})
    again = service.client.post(PATH, json=brief, headers={KEY: key})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    for name in ("Location", "ETag", "Content-Type", "Preference-Applied"):
        assert again.headers[name] == first.headers[name]
    assert (first.headers.get(REPLAYED), again.headers[REPLAYED]) == (None, "true")
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert service.number() == 1


def test_an_answer_of_202_comes_again_too(service: Service, brief: Body, held: Held) -> None:
    headers = {KEY: "k", "Prefer": "respond-async"}
    first = service.client.post(PATH, json=brief, headers=headers)
    again = service.client.post(PATH, json=brief, headers=headers)
    held.go.set()
    assert (first.status_code, again.status_code, again.content) == (202, 202, first.content)
    assert again.headers["Retry-After"] == first.headers["Retry-After"]
    assert service.number() == 1


def test_the_key_is_for_one_path_and_one_body(service: Service, brief: Body) -> None:
    first = service.client.post(PATH, json=brief, headers={KEY: "k"})
    problem(service.client.post(PATH, json={**brief, "label": "x"}, headers={KEY: "k"}), 422, "idempotency_key_reused")
    problem(service.client.post(f"{PATH}:validate", json=brief, headers={KEY: "k"}), 422, "idempotency_key_reused")
    problem(service.client.post(f"{PATH}?a=b", json=brief, headers={KEY: "k"}), 422, "idempotency_key_reused")
    assert service.client.get(PATH, headers={KEY: "k"}).status_code == 200
    assert service.client.delete(first.headers["Location"], headers={KEY: "k"}).status_code == 204


def test_while_the_first_is_worked_on_the_second_is_told_so(service: Service, brief: Body, held: Held) -> None:
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(service.client.post, PATH, json=brief, headers={KEY: "k", "Prefer": "wait=30"})
        assert held.entered.acquire(timeout=30)
        busy = service.client.post(PATH, json=brief, headers={KEY: "k"})
        problem(busy, 409, "idempotency_key_in_use")
        assert int(busy.headers["Retry-After"]) > 0
        held.go.set()
        assert first.result(60).status_code == 201
    again = service.client.post(PATH, json=brief, headers={KEY: "k"})
    assert (again.content, again.headers[REPLAYED]) == (first.result().content, "true")


def test_twenty_at_once_make_one(service: Service, brief: Body) -> None:
    def send(_: int) -> httpx.Response:
        return service.client.post(PATH, json=brief, headers={KEY: "k", "Prefer": "wait=30"})

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(20)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert service.number() == 1


def test_an_error_frees_the_key(service: Service, brief: Body) -> None:
    for wrong, status in (({**brief, "budget": "x"}, 422), ([], 422)):
        answer = service.client.post(PATH, json=wrong, headers={KEY: "k"})
        assert answer.status_code == status
        assert REPLAYED not in answer.headers
    assert service.client.post(PATH, json=brief, headers={KEY: "k"}).status_code == 201
    for content_type, status in (("text/plain", 415), ("application/json", 400)):
        headers = {KEY: "l", "Content-Type": content_type}
        assert service.client.post(PATH, content=b"{", headers=headers).status_code == status
    problem(service.client.post(f"{PATH}/{UNKNOWN}:replan", json={}, headers={KEY: "l"}), 404, "not_found")
    assert service.client.post(f"{PATH}:validate", json=brief, headers={KEY: "l"}).status_code == 200


def test_a_defect_frees_the_key(service: Service, brief: Body, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "tie", crash)
        problem(service.client.post(PATH, json=brief, headers={KEY: "k"}), 500, "internal_error")
    assert service.client.post(PATH, json=brief, headers={KEY: "k"}).status_code == 201
    assert service.number() == 1


def test_a_replay_is_counted(service: Service, brief: Body) -> None:
    for _ in range(3):
        service.client.post(f"{PATH}:validate", json=brief, headers={KEY: "k"})
    assert "creatormix_idempotent_replays_total 2.0" in service.client.get("/metrics").text


def test_a_database_that_goes_away_is_healed_by_a_retry(
    service: Service, brief: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise Unavailable("away")

    for name in ("begin", "tie", "keep"):
        with monkeypatch.context() as patched:
            patched.setattr(idempotency, name, away)
            patched.setattr(idempotency, "let_go", away)
            first = service.client.post(PATH, json=brief, headers={KEY: name, "Prefer": "wait=30"})
        assert first.status_code == (201 if name == "keep" else 503)
        again = service.client.post(PATH, json=brief, headers={KEY: name, "Prefer": "wait=30"})
        assert again.status_code == 201
        if name == "keep":
            assert again.json() == first.json()
    assert service.number() == 3


def test_a_replan_makes_one_and_is_rejoined_even_when_its_parent_is_erased(
    service: Service, brief: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = service.client.post(PATH, json=brief).headers["Location"]

    def away(*_: object, **__: object) -> None:
        raise Unavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "keep", away)
        first = service.client.post(f"{parent}:replan", json={}, headers={KEY: "k", "Prefer": "wait=30"})
    assert first.status_code == 201
    assert service.client.delete(parent).status_code == 204
    for _ in range(2):
        again = service.client.post(f"{parent}:replan", json={}, headers={KEY: "k", "Prefer": "wait=30"})
        assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert service.number() == 1


def test_what_is_erased_does_not_come_again(service: Service, brief: Body) -> None:
    first = service.client.post(PATH, json=brief, headers={KEY: "k"})
    path = first.headers["Location"]
    asked: dict[str, Any] = {"json": {"creator_ids": ["anna"]}, "headers": {KEY: "l"}}
    assert service.client.post(f"{path}/break-even", **asked).status_code == 200
    assert service.client.post(f"{path}/break-even", **asked).headers[REPLAYED] == "true"
    assert service.client.delete(path).status_code == 204
    problem(service.client.post(PATH, json=brief, headers={KEY: "k"}), 404, "not_found")
    problem(service.client.post(f"{path}/break-even", **asked), 404, "not_found")
    assert service.number() == 0


def test_erased_in_mid_wait_is_a_404_and_makes_no_second_one(service: Service, brief: Body, held: Held) -> None:
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(service.client.post, PATH, json=brief, headers={KEY: "k", "Prefer": "wait=30"})
        assert held.entered.acquire(timeout=30)
        running = service.client.get(PATH).json()["data"][0]["id"]
        assert service.client.delete(f"{PATH}/{running}").status_code == 204
        problem(first.result(60), 404, "not_found")
        held.go.set()
    problem(service.client.post(PATH, json=brief, headers={KEY: "k"}), 404, "not_found")
    assert service.number() == 0


def test_a_client_that_hangs_up_gets_its_answer_by_a_retry(service: Service, brief: Body, held: Held) -> None:
    with pytest.raises(httpx.ReadTimeout):
        service.client.post(PATH, json=brief, headers={KEY: "k", "Prefer": "wait=30"}, timeout=1)
    held.go.set()
    answer = service.client.post(PATH, json=brief, headers={KEY: "k"})
    waited = threading.Event()
    for _ in range(100):
        if answer.status_code != 409:
            break
        waited.wait(0.1)
        answer = service.client.post(PATH, json=brief, headers={KEY: "k"})
    assert (answer.status_code, answer.headers[REPLAYED]) == (201, "true")
    assert service.number() == 1


def test_a_key_is_its_tenants_and_a_replay_needs_the_scope(
    serve: OpenClient, new_settings: NewSettings, brief: Body
) -> None:
    settings = new_settings()
    url = settings.database_url
    writer, reader = make_key(url, "acme", "optimizations:write"), make_key(url, "acme", "optimizations:read")
    other = make_key(url, "other")
    client = serve(settings)
    first = client.post(PATH, json=brief, headers={**bearer(writer), KEY: "k"})
    assert first.status_code == 201
    problem(client.post(PATH, json=brief, headers={**bearer(reader), KEY: "k"}), 403, "missing_scope")
    problem(client.post(PATH, json=brief, headers={KEY: "k"}), 401, "unauthenticated")
    theirs = client.post(PATH, json=brief, headers={**bearer(other), KEY: "k"})
    assert (theirs.status_code, REPLAYED in theirs.headers) == (201, False)
    assert theirs.json()["id"] != first.json()["id"]
    assert client.post(PATH, json=brief, headers={**bearer(writer), KEY: "k"}).content == first.content


def test_a_key_is_kept_for_a_day(service: Service, brief: Body) -> None:
    headers = {KEY: "k"}
    service.client.post(f"{PATH}:validate", json=brief, headers=headers)
    assert REPLAYED in service.client.post(f"{PATH}:validate", json=brief, headers=headers).headers
    with service.parts.database.writing() as session:
        session.execute(update(IdempotencyKeyRow).values(created_at=datetime(2026, 1, 1, tzinfo=UTC)))
    changed: dict[str, Any] = {**brief, "label": "new"}
    anew = service.client.post(
        f"{PATH}:validate", content=json.dumps(changed), headers={**headers, "Content-Type": "application/json"}
    )
    assert (anew.status_code, REPLAYED in anew.headers) == (200, False)


def test_a_body_over_the_limit_is_refused_whatever_the_key(serve: OpenClient, new_settings: NewSettings) -> None:
    client = serve(new_settings(max_body_bytes=2000))
    for path in (PATH, f"{PATH}/{UNKNOWN}:stop"):
        problem(
            client.post(path, content=b" " * 2001, headers={KEY: "k", "Content-Type": "application/json"}),
            413,
            "body_too_large",
        )

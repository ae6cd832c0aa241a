"""An Idempotency-Key and a webhook endpoint: one is made, one secret is made, whoever dies before the answer."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.api import webhook_deliveries, webhook_endpoints
from app.services import demo_briefs, idempotency
from app.services.caller import command_line
from app.services.idempotency import Asked, Begun, InFlight, fingerprint
from app.settings import Settings
from app.storage import audit
from app.storage.database import Database
from app.storage.tables import DEFAULT_TENANT
from app.wire.webhook_endpoint import WebhookEndpointWithSecret
from tests.app.api.conftest import OpenClient

PATH = "/v1/webhook-endpoints"
DELIVERIES = "/v1/webhook-deliveries"
RAW = json.dumps({"url": "https://hooks.example.com/in"}).encode()
KEYED = {"Idempotency-Key": "once", "Content-Type": "application/json"}


@pytest.fixture
def settings(new_settings: Callable[..., Settings]) -> Settings:
    return new_settings()


@pytest.fixture
def client(serve: OpenClient, settings: Settings) -> httpx.Client:
    return serve(settings)


def held_by_a_dead_process(settings: Settings, path: str, body: bytes) -> Begun:
    """What a server holds that dies before it has answered: nobody knows its name any more."""
    asked = Asked(DEFAULT_TENANT, "once", fingerprint("POST", path, b"", body), None, datetime.now(UTC))
    with closing(Database(settings.database_url)) as database:
        held = idempotency.begin(database, InFlight("dead"), asked, timedelta(hours=24))
    assert isinstance(held, Begun)
    return held


def registered_by_a_dead_process(settings: Settings) -> WebhookEndpointWithSecret:
    held = held_by_a_dead_process(settings, PATH, RAW)
    with closing(Database(settings.database_url)) as database:
        return webhook_endpoints.register(database, settings, command_line(), RAW, held)


def registered(client: httpx.Client) -> list[str]:
    return [endpoint["id"] for endpoint in client.get(PATH).json()["data"]]


def test_a_retry_after_a_crash_gets_the_endpoint_that_was_made(client: httpx.Client, settings: Settings) -> None:
    made = registered_by_a_dead_process(settings)
    again = client.post(PATH, content=RAW, headers=KEYED)
    assert again.status_code == 201
    assert (again.json()["id"], again.json()["secret"]) == (made.id, made.secret)
    assert again.headers["Location"] == f"{PATH}/{made.id}"
    assert registered(client) == [made.id]
    replayed = client.post(PATH, content=RAW, headers=KEYED)
    assert (replayed.json(), replayed.headers["Idempotent-Replayed"]) == (again.json(), "true")


def test_a_retry_after_a_crash_before_it_was_made_makes_it(client: httpx.Client, settings: Settings) -> None:
    held_by_a_dead_process(settings, PATH, RAW)
    made = client.post(PATH, content=RAW, headers=KEYED)
    assert made.status_code == 201
    assert registered(client) == [made.json()["id"]]


def test_a_retry_after_a_crash_makes_no_second_secret(client: httpx.Client, settings: Settings) -> None:
    made = client.post(PATH, content=RAW, headers={"Content-Type": "application/json"}).json()
    path = f"{PATH}/{made['id']}:rotate-secret"
    held = held_by_a_dead_process(settings, path, b"")
    with closing(Database(settings.database_url)) as database:
        rotated = webhook_endpoints.rotate(database, command_line(), made["id"], 60, held)
    again = client.post(path, headers={"Idempotency-Key": "once"})
    assert again.status_code == 200
    assert again.json()["secret"] == rotated.secret != made["secret"]
    assert again.json()["previous_secret_until"] == rotated.model_dump(mode="json")["previous_secret_until"]


@pytest.mark.parametrize("of", ["registering", "rotating"])
def test_the_answer_with_the_secret_goes_with_the_endpoint(client: httpx.Client, of: str) -> None:
    headers = KEYED if of == "registering" else {"Content-Type": "application/json"}
    made = client.post(PATH, content=RAW, headers=headers).json()
    path, body = PATH, RAW
    if of == "rotating":
        path, body = f"{PATH}/{made['id']}:rotate-secret", b""
        assert client.post(path, content=body, headers=KEYED).status_code == 200
    assert client.post(path, content=body, headers=KEYED).headers["Idempotent-Replayed"] == "true"
    assert client.delete(f"{PATH}/{made['id']}").status_code == 204
    gone = client.post(path, content=body, headers=KEYED)
    assert gone.status_code == 404
    assert "whsec_" not in gone.text
    assert registered(client) == []


def test_a_dead_process_whose_endpoint_was_erased_is_not_made_up_for(client: httpx.Client, settings: Settings) -> None:
    made = registered_by_a_dead_process(settings)
    assert client.delete(f"{PATH}/{made.id}").status_code == 204
    assert client.post(PATH, content=RAW, headers=KEYED).status_code == 404
    assert registered(client) == []


Do = Callable[[Database, str, Begun | None], object]


@pytest.mark.parametrize(
    ("verb", "done", "do"),
    [
        ("enable", "webhook_endpoint.enabled", lambda *at: webhook_endpoints.enable(at[0], command_line(), *at[1:])),
        ("replay", "webhook_delivery.replayed", lambda *at: webhook_deliveries.replay(at[0], command_line(), *at[1:])),
    ],
)
def test_a_retry_after_a_crash_does_nothing_again(
    client: httpx.Client, settings: Settings, verb: str, done: str, do: Do
) -> None:
    endpoint = client.post(PATH, content=RAW, headers={"Content-Type": "application/json"}).json()
    delivery = client.post(f"{PATH}/{endpoint['id']}:ping").json()
    about, collection = (endpoint, PATH) if verb == "enable" else (delivery, DELIVERIES)
    path = f"{collection}/{about['id']}:{verb}"
    held = held_by_a_dead_process(settings, path, b"")
    with closing(Database(settings.database_url)) as database:
        do(database, about["id"], held)
        again = client.post(path, headers={"Idempotency-Key": "once"})
        assert again.is_success
        assert again.json()["id"] == about["id"]
        with database.reading() as session:
            assert [entry.action for entry in audit.newest(session, None, 100)].count(done) == 1
    replayed = client.post(path, headers={"Idempotency-Key": "once"})
    assert (replayed.content, replayed.headers["Idempotent-Replayed"]) == (again.content, "true")


def test_a_retry_after_a_crash_pings_once(client: httpx.Client, settings: Settings) -> None:
    endpoint = client.post(PATH, content=RAW, headers={"Content-Type": "application/json"}).json()
    path = f"{PATH}/{endpoint['id']}:ping"
    held = held_by_a_dead_process(settings, path, b"")
    with closing(Database(settings.database_url)) as database:
        pinged = webhook_endpoints.ping(database, command_line(), endpoint["id"], held)
    again = client.post(path, headers={"Idempotency-Key": "once"})
    assert again.status_code == 202
    assert [delivery["id"] for delivery in client.get(DELIVERIES).json()["data"]] == [pinged.id] == [again.json()["id"]]
    replayed = client.post(path, headers={"Idempotency-Key": "once"})
    assert (replayed.content, replayed.headers["Idempotent-Replayed"]) == (again.content, "true")


@pytest.mark.parametrize(("verb", "erased"), [("ping", "endpoint"), ("replay", "endpoint"), ("replay", "optimization")])
def test_what_is_told_of_a_delivery_goes_with_what_it_is_about(client: httpx.Client, verb: str, erased: str) -> None:
    endpoint = client.post(PATH, content=RAW, headers={"Content-Type": "application/json"}).json()
    solved = client.post(
        "/v1/optimizations", content=demo_briefs.raw("minimal"), headers={"Content-Type": "application/json"}
    ).json()
    [delivery] = client.get(DELIVERIES, params={"optimization_id": solved["id"]}).json()["data"]
    path = f"{PATH}/{endpoint['id']}:ping" if verb == "ping" else f"{DELIVERIES}/{delivery['id']}:replay"
    for _ in range(2):
        told = client.post(path, headers={"Idempotency-Key": "once"})
        assert told.json()["url"] == json.loads(RAW)["url"]
    assert told.headers["Idempotent-Replayed"] == "true"
    gone = f"{PATH}/{endpoint['id']}" if erased == "endpoint" else f"/v1/optimizations/{solved['id']}"
    assert client.delete(gone).status_code == 204
    assert client.post(path, headers={"Idempotency-Key": "once"}).status_code == 404

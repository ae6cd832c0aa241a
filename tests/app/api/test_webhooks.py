"""Webhooks over HTTP, end to end: a brief is posted, the receiver is told and can trust it."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import jsonschema_rs
import pytest
from standardwebhooks import WebhookVerificationError

from app.services.webhooks import signing
from app.settings import Settings, load_settings
from tests.app.api.conftest import Body, OpenClient, open_client
from tests.app.api.keyed import bearer, make_key
from tests.app.services.webhooks.receiver import Receiver, Reply, receiving

SECRET = signing.new_secret()
NewSettings = Callable[..., Settings]


def url_of(receiver: Receiver) -> str:
    return f"http://127.0.0.1:{receiver.port}/in"


def settings(new_settings: NewSettings, **changed: Any) -> Settings:
    defaults = {"webhook_secret": SECRET, "webhook_allowed_hosts": "127.0.0.1", "webhook_retry_seconds": (0.1, 0.1)}
    return new_settings(**{**defaults, **changed})


@pytest.fixture
def client(serve: OpenClient, new_settings: NewSettings) -> httpx.Client:
    """A service of a test's own."""
    return serve(settings(new_settings))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A service without endpoints, which the tests of this module share."""
    url = f"sqlite:///{tmp_path_factory.mktemp('service') / 'test.db'}"
    with ExitStack() as stack:
        yield open_client(stack, settings(load_settings, database_url=url))


def register(client: httpx.Client, url: str, **fields: Any) -> dict[str, Any]:
    answer = client.post("/v1/webhook-endpoints", json={"url": url, **fields})
    assert answer.status_code == 201
    endpoint: dict[str, Any] = answer.json()
    return endpoint


def delivery_once(client: httpx.Client, delivery_id: str, status: str) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        delivery: dict[str, Any] = client.get(f"/v1/webhook-deliveries/{delivery_id}").json()
        if delivery["status"] == status:
            return delivery
        time.sleep(0.05)
    raise AssertionError(f"the delivery is still {delivery['status']}")


def test_who_posts_a_brief_with_a_url_is_told_after_failures_too(shared: httpx.Client, brief: Body) -> None:
    with receiving(Reply(500), Reply(200)) as receiver:
        optimization = shared.post("/v1/optimizations", json={**brief, "webhook_url": url_of(receiver)}).json()
        got = receiver.wait_for(2)
        [delivery] = shared.get("/v1/webhook-deliveries", params={"optimization_id": optimization["id"]}).json()["data"]
        delivery = delivery_once(shared, delivery["id"], "delivered")
    for request in got:
        event = request.verified(SECRET)
        assert event["type"] == "optimization.completed"
        assert event["data"]["id"] == optimization["id"]
        assert event["data"]["solution_status"] == "optimal"
    assert [attempt["status_code"] for attempt in delivery["attempts"]] == [500, 200]


def test_an_infeasible_brief_is_told_as_completed(shared: httpx.Client) -> None:
    brief = shared.get("/v1/demo-briefs/infeasible").json()
    with receiving() as receiver:
        shared.post("/v1/optimizations", json={**brief, "webhook_url": url_of(receiver)})
        event = receiver.wait_for(1)[0].verified(SECRET)
    assert (event["type"], event["data"]["solution_status"]) == ("optimization.completed", "infeasible")


def test_an_endpoint_lives_its_life(client: httpx.Client, brief: Body) -> None:
    with receiving() as receiver:
        made = register(client, url_of(receiver), description="desk", event_types=["optimization.completed"])
        path = f"/v1/webhook-endpoints/{made['id']}"
        shown = client.get(path).json()
        assert shown == {name: value for name, value in made.items() if name != "secret"}
        assert client.get("/v1/webhook-endpoints").json()["data"] == [shown]

        ping = client.post(f"{path}:ping")
        assert ping.status_code == 202
        assert receiver.wait_for(1)[0].verified(made["secret"])["type"] == "ping"
        delivery_once(client, ping.json()["id"], "delivered")

        rotated = client.post(f"{path}:rotate-secret").json()
        assert rotated["secret"] != made["secret"]
        client.post("/v1/optimizations", json=brief)
        got = receiver.wait_for(2)[1]
        for secret in (made["secret"], rotated["secret"]):
            assert got.verified(secret)["type"] == "optimization.completed"

        last = client.post(f"{path}:rotate-secret", params={"overlap_seconds": 0}).json()
        client.post(f"/v1/webhook-deliveries/{ping.json()['id']}:replay")
        got = receiver.wait_for(3)[2]
        assert got.verified(last["secret"])["type"] == "ping"
        with pytest.raises(WebhookVerificationError):
            got.verified(rotated["secret"])

        assert client.delete(path).status_code == 204
        assert client.get(path).status_code == 404
        assert client.delete(path).status_code == 204
        assert client.post(f"{path}:ping").status_code == 404
        assert client.get("/v1/webhook-endpoints").json()["data"] == []
        assert client.get("/v1/webhook-deliveries", params={"endpoint_id": made["id"]}).json()["data"] == []
        client.post("/v1/optimizations", json=brief)
        time.sleep(1.5)
        assert len(receiver.got) == 3


def test_an_endpoint_that_is_gone_is_disabled_until_it_is_enabled(client: httpx.Client) -> None:
    with receiving(Reply(410), Reply(200)) as receiver:
        made = register(client, url_of(receiver))
        path = f"/v1/webhook-endpoints/{made['id']}"
        failed = client.post(f"{path}:ping").json()
        delivery_once(client, failed["id"], "failed")
        assert client.get(path).json()["disabled_reason"] == "The receiver answered 410 Gone."
        for again in (f"{path}:ping", f"/v1/webhook-deliveries/{failed['id']}:replay"):
            refused = client.post(again)
            assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "endpoint_disabled")
        assert client.post(f"{path}:enable").json()["disabled_at"] is None
        client.post(f"/v1/webhook-deliveries/{failed['id']}:replay")
        delivery_once(client, failed["id"], "delivered")


REFUSED = [
    "http://hooks.example.com/",
    "https://127.0.0.2/",
    "https://[::ffff:169.254.169.254]/",
    "https://0x7f000001/",
    "https://metadata.google.internal/",
    "https://user@hooks.example.com/",
    "https://hooks.example.com:22/",
    "ftp://127.0.0.1/",
    "nonsense",
]


@pytest.mark.parametrize("url", REFUSED)
def test_what_would_not_be_called_is_refused_at_the_door(shared: httpx.Client, brief: Body, url: str) -> None:
    wanted = {**brief, "webhook_url": url, "label": "refused"}
    posted = shared.post("/v1/optimizations", json=wanted)
    assert posted.status_code == 422
    assert [(error["code"], error["pointer"]) for error in posted.json()["errors"]] == [
        ("url_not_allowed", "/webhook_url")
    ]
    checked = shared.post("/v1/optimizations:validate", json=wanted).json()
    assert [error["pointer"] for error in checked["errors"]] == ["/webhook_url"]
    registered = shared.post("/v1/webhook-endpoints", json={"url": url})
    assert registered.status_code == 422
    assert registered.json()["errors"][0]["pointer"] == "/url"
    assert shared.get("/v1/optimizations", params={"label": "refused"}).json()["data"] == []


def test_without_a_secret_a_briefs_url_is_refused_and_endpoints_work(
    serve: OpenClient, new_settings: NewSettings, brief: Body
) -> None:
    client = serve(settings(new_settings, webhook_secret=None))
    refused = client.post("/v1/optimizations", json={**brief, "webhook_url": "https://hooks.example.com/"})
    [error] = refused.json()["errors"]
    assert (refused.status_code, error["code"], error["pointer"]) == (422, "not_configured", "/webhook_url")
    assert "CREATORMIX_WEBHOOK_SECRET" in error["detail"]
    with receiving() as receiver:
        made = register(client, url_of(receiver))
        client.post("/v1/optimizations", json=brief)
        receiver.wait_for(1)[0].verified(made["secret"])


def test_what_is_under_way_when_the_service_ends_is_sent_by_the_next(new_settings: NewSettings, brief: Body) -> None:
    same = settings(new_settings, webhook_retry_seconds=(3.0, 0.1, 0.1))
    with receiving(Reply(503), Reply(200)) as receiver:
        with ExitStack() as stack:
            client = open_client(stack, same)
            client.post("/v1/optimizations", json={**brief, "webhook_url": url_of(receiver)})
            receiver.wait_for(1)
        assert len(receiver.got) == 1
        with ExitStack() as stack:
            client = open_client(stack, same)
            first, second = receiver.wait_for(2)
            [delivery] = client.get("/v1/webhook-deliveries").json()["data"]
            delivery_once(client, delivery["id"], "delivered")
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.verified(SECRET) == second.verified(SECRET)


def test_there_is_an_end_to_endpoints(client: httpx.Client) -> None:
    for number in range(20):
        register(client, f"https://hooks.example.com/{number}")
    refused = client.post("/v1/webhook-endpoints", json={"url": "https://hooks.example.com/more"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "too_many_endpoints")
    first = client.get("/v1/webhook-endpoints", params={"limit": 15}).json()
    second = client.get("/v1/webhook-endpoints", params={"limit": 15, "cursor": first["next_cursor"]}).json()
    paths = [endpoint["url"].rpartition("/")[2] for endpoint in first["data"] + second["data"]]
    assert paths == [str(number) for number in reversed(range(20))]
    assert not any("secret" in endpoint for endpoint in first["data"])
    assert client.get("/v1/webhook-endpoints", params={"cursor": "nonsense"}).status_code == 400


@pytest.mark.parametrize(
    "call",
    [
        ("GET", "/v1/webhook-endpoints/{}"),
        ("DELETE", "/v1/webhook-endpoints/{}"),
        ("POST", "/v1/webhook-endpoints/{}:ping"),
        ("POST", "/v1/webhook-endpoints/{}:enable"),
        ("POST", "/v1/webhook-endpoints/{}:rotate-secret"),
        ("GET", "/v1/webhook-deliveries/{}"),
        ("POST", "/v1/webhook-deliveries/{}:replay"),
    ],
)
@pytest.mark.parametrize("unknown", ["x", "whe_01KCZ7Q5V8M2X4N6P8R0S2T4V6", "whd_01KCZ7Q5V8M2X4N6P8R0S2T4V6", "%00"])
def test_what_is_not_there_is_not_found(shared: httpx.Client, call: tuple[str, str], unknown: str) -> None:
    method, path = call
    assert shared.request(method, path.format(unknown)).status_code == 404


def test_what_is_sent_is_what_the_document_says(client: httpx.Client, brief: Body) -> None:
    document = client.get("/openapi.json").json()
    assert set(document["webhooks"]) == {
        *("optimization.completed", "optimization.failed", "optimization.cancelled", "ping")
    }
    with receiving() as receiver:
        made = register(client, url_of(receiver))
        client.post(f"/v1/webhook-endpoints/{made['id']}:ping")
        client.post("/v1/optimizations", json=brief)
        got = receiver.wait_for(2)
    for request in got:
        event = request.verified(made["secret"])
        operation = document["webhooks"][event["type"]]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        jsonschema_rs.validator_for({**schema, "components": document["components"]}).validate(event)
        named = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "header"}
        assert named == {"webhook-id", "webhook-timestamp", "webhook-signature"}
        assert named <= {name.lower() for name in request.headers}


def test_tenants_see_their_own_and_scopes_are_asked_for(
    serve: OpenClient, new_settings: NewSettings, brief: Body
) -> None:
    mine = settings(new_settings)
    ours, reader, theirs = (
        bearer(make_key(mine.database_url, "ours")),
        bearer(make_key(mine.database_url, "ours", "optimizations:read", "optimizations:write")),
        bearer(make_key(mine.database_url, "theirs")),
    )
    client = serve(mine)
    with receiving() as receiver:
        wanted = {"url": url_of(receiver)}
        assert client.post("/v1/webhook-endpoints", json=wanted, headers=reader).status_code == 403
        assert client.post("/v1/webhook-endpoints", json=wanted).status_code == 401
        made = client.post("/v1/webhook-endpoints", json=wanted, headers=ours).json()
        endpoint = f"/v1/webhook-endpoints/{made['id']}"
        ping = client.post(f"{endpoint}:ping", headers=ours).json()
        delivery = f"/v1/webhook-deliveries/{ping['id']}"
        receiver.wait_for(1)
    assert client.get(delivery, headers=reader).status_code == 200
    assert client.get(endpoint, headers=reader).status_code == 403
    for method, path in (
        *(("GET", endpoint), ("DELETE", endpoint), ("POST", f"{endpoint}:ping"), ("POST", f"{endpoint}:enable")),
        *(("POST", f"{endpoint}:rotate-secret"), ("GET", delivery), ("POST", f"{delivery}:replay")),
    ):
        assert client.request(method, path, headers=theirs).status_code == 404
    for listed in ("/v1/webhook-endpoints", "/v1/webhook-deliveries"):
        assert client.get(listed, headers=theirs).json()["data"] == []
        assert len(client.get(listed, headers=ours).json()["data"]) == 1

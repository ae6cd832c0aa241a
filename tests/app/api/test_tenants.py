"""No endpoint gives a tenant another's data. The calls are taken from the OpenAPI document, so a new one is tried too.

A call that this module does not know how to make fails here until it is told.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import httpx
import pytest

from app.main import create_app
from app.services import demo_briefs
from app.settings import load_settings
from app.storage import audit
from app.storage.database import Database
from tests.app.api.keyed import Operation, bearer, make_key, operations
from tests.app.api.test_errors import problem
from tests.serving import served

PATH = "/v1/optimizations"
JSON = {"Content-Type": "application/json"}
UNKNOWN = {
    "optimization_id": "opt_01K00000000000000000000000",
    "endpoint_id": "whe_01K00000000000000000000000",
    "delivery_id": "whd_01K00000000000000000000000",
}
"""Path parameters that are ids of a tenant's things, with an id of nobody's."""
BODIES: dict[str, Any] = {
    "ask_break_even_prices": {"creator_ids": ["anna"]},
    "replan_optimization": {"accepted": ["anna"]},
}
"""Bodies for calls about a thing; they are right for the owner."""
LISTS = {"list_optimizations", "list_webhook_endpoints", "list_webhook_deliveries"}
"""Calls that answer with things of the caller's, and take no id."""
NAMES_NO_ID = {"create_optimization", "validate_optimization", "evaluate_plan", "create_webhook_endpoint"}
"""Calls that work on their body alone, and whose body names no id of a stored thing."""

KEYED = [operation for operation in operations(create_app(load_settings()).openapi()) if operation.needs_key]
ABOUT_ONE = [operation for operation in KEYED if operation.path_parameters]


@dataclass
class Tenant:
    """A tenant with its key, and an optimization of its own."""

    name: str
    client: httpx.Client
    key: str
    things: list[str] = field(default_factory=list)

    def post(self) -> str:
        brief = json.loads(demo_briefs.raw("minimal")) | {"label": f"secret of {self.name}"}
        answer = self.client.post(PATH, json=brief, headers={"Prefer": "wait=60"})
        assert answer.status_code == 201, answer.text
        self.things.append(answer.json()["id"])
        return self.things[-1]

    def made(self, parameter: str) -> str:
        """A thing of its own that this path parameter can name."""
        if parameter == "optimization_id":
            return self.post()
        endpoint = self.client.post("/v1/webhook-endpoints", json={"url": "https://hooks.invalid/"}).json()["id"]
        if parameter == "endpoint_id":
            return str(endpoint)
        return str(self.client.post(f"/v1/webhook-endpoints/{endpoint}:ping").json()["id"])


@dataclass
class Service:
    url: str
    database_url: str
    mine: Tenant
    other: Tenant


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    database_url = f"sqlite:///{tmp_path_factory.mktemp('service') / 'test.db'}"
    keys = {name: make_key(database_url, name) for name in ("mine", "other")}
    with served(create_app(load_settings(database_url=database_url))) as url:
        clients = {
            name: httpx.Client(base_url=url, timeout=90, trust_env=False, headers=bearer(key))
            for name, key in keys.items()
        }
        mine, other = (Tenant(name, clients[name], keys[name]) for name in ("mine", "other"))
        mine.post()
        other.post()
        yield Service(url, database_url, mine, other)
        for client in clients.values():
            client.close()


def call(tenant: Tenant, operation: Operation, thing: str, **headers: str) -> httpx.Response:
    path = operation.path
    for parameter in operation.path_parameters:
        path = path.replace(f"{{{parameter}}}", thing)
    body = BODIES.get(operation.name)
    content = None if body is None else json.dumps(body)
    return tenant.client.request(operation.method, path, content=content, headers={**JSON, **headers})


def test_every_call_is_known_here() -> None:
    for operation in KEYED:
        if operation.path_parameters:
            assert set(operation.path_parameters) <= set(UNKNOWN), f"say whose ids {operation.path_parameters} are"
            if operation.method in ("POST", "PUT", "PATCH") and operation.takes_body:
                assert operation.name in BODIES, f"say how {operation.name} is called"
        else:
            assert operation.name in LISTS | NAMES_NO_ID, f"say what {operation.name} answers with"


@pytest.mark.parametrize("operation", ABOUT_ONE, ids=[operation.name for operation in ABOUT_ONE])
def test_anothers_thing_is_not_there(service: Service, operation: Operation) -> None:
    mine, other = service.mine, service.other
    [parameter] = operation.path_parameters
    reused = parameter == "optimization_id" and operation.method != "DELETE"
    thing, nobodys = mine.things[0] if reused else mine.made(parameter), UNKNOWN[parameter]
    foreign = problem(call(other, operation, thing), 404, "not_found")
    unknown = problem(call(other, operation, nobodys), 404, "not_found")
    without_ids = [json.dumps({**body, "request_id": ""}) for body in (foreign, unknown)]
    assert without_ids[0].replace(thing, nobodys) == without_ids[1], "the answer does not say that it is there"
    for conditional in ({"If-None-Match": "*"}, {"Last-Event-ID": "0"}, {"Prefer": "wait=0"}):
        problem(call(other, operation, thing, **conditional), 404, "not_found")
    assert call(mine, operation, thing).status_code in (200, 201, 202, 204), "it is right for whom it belongs to"
    if operation.method == "DELETE":
        problem(call(other, operation, thing), 404, "not_found")
        assert call(mine, operation, thing).status_code == 204
        problem(call(other, operation, thing), 404, "not_found")


@pytest.mark.parametrize(
    "query", ["", "?limit=1", "?label=secret+of+mine", "?status=succeeded", "?created_after=2000-01-01T00:00:00Z"]
)
def test_lists_show_only_ones_own(service: Service, query: str) -> None:
    mine, other = service.mine, service.other
    listed = other.client.get(f"{PATH}{query}")
    assert listed.status_code == 200
    assert "secret of mine" not in listed.text
    assert not any(thing in listed.text for thing in mine.things)


def test_a_cursor_of_anothers_list_leads_to_nothing_of_it(service: Service) -> None:
    mine, other = service.mine, service.other
    for _ in range(2):
        mine.post()
    for later, _ in pairwise(reversed(mine.things)):
        listed = other.client.get(PATH, params={"cursor": later.removeprefix("opt_"), "limit": 100}).json()
        assert {row["id"] for row in listed["data"]} <= set(other.things)


def test_a_replan_belongs_to_whom_its_parent_belongs(service: Service) -> None:
    mine, other = service.mine, service.other
    again = mine.client.post(f"{PATH}/{mine.things[0]}:replan", json={}, headers={"Prefer": "wait=60"}).json()
    assert again["parent_id"] == mine.things[0]
    assert other.client.get(f"{PATH}/{again['id']}").status_code == 404
    assert mine.client.get(f"{PATH}/{again['id']}").status_code == 200


def test_every_call_without_a_key_is_refused(service: Service) -> None:
    with httpx.Client(base_url=service.url, timeout=60, trust_env=False) as nobody:
        stranger = Tenant("nobody", nobody, "")
        for operation in KEYED:
            problem(call(stranger, operation, service.mine.things[0]), 401, "unauthenticated")


def test_who_did_what_is_in_the_log_with_the_act(service: Service) -> None:
    mine = service.mine
    thing = mine.post()
    erased = mine.client.delete(f"{PATH}/{thing}", headers={"X-Request-Id": "the-erasure"})
    mine.client.delete(f"{PATH}/{thing}")
    service.other.client.delete(f"{PATH}/{thing}")
    assert erased.headers["X-Request-Id"] == "the-erasure"
    database = Database(service.database_url)
    with database.reading() as session:
        entries = [row for row in audit.newest(session, None, 1000) if row.subject_id == thing]
    database.close()
    assert [entry.action for entry in entries] == ["optimization.erased", "optimization.created"]
    assert (entries[0].request_id, entries[0].client_address) == ("the-erasure", "127.0.0.1")
    assert {(entry.tenant_id, entry.actor, entry.key_id) for entry in entries} == {
        ("mine", "key", mine.key.split("_")[1])
    }

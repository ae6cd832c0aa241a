"""A query parameter that a call does not know is an error, whatever the method."""

import httpx
import pytest

from app.main import create_app
from app.settings import load_settings
from tests.app.api.keyed import Operation, operations

OPERATIONS = [one for one in operations(create_app(load_settings()).openapi()) if one.path.startswith("/v1/")]


@pytest.fixture(scope="module")
def ids(client: httpx.Client) -> dict[str, str]:
    """Of one of each of what has an id in a path."""
    brief = client.get("/v1/demo-briefs/minimal").json()
    endpoint = client.post("/v1/webhook-endpoints", json={"url": "https://hooks.example.com/"}).json()["id"]
    return {
        "optimization_id": client.post("/v1/optimizations", json=brief).json()["id"],
        "endpoint_id": endpoint,
        "delivery_id": client.post(f"/v1/webhook-endpoints/{endpoint}:ping").json()["id"],
        "name": "minimal",
    }


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_an_unknown_parameter_is_named(client: httpx.Client, ids: dict[str, str], operation: Operation) -> None:
    address = operation.path.format(**ids)
    refused = client.request(operation.method, address, params={"limits": "5"})
    assert refused.status_code == 400
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert "'limits'" in refused.json()["detail"]
    if operation.method == "GET":
        assert client.get(address).status_code == 200


def test_what_is_wrong_with_a_value_is_said_in_plain_words(client: httpx.Client) -> None:
    refused = client.get("/v1/optimizations", params={"created_after": "2026"}).json()
    assert "'created_after' is not valid: expected a date and time" in refused["detail"]

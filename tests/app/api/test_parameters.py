"""A query parameter that a call does not know is an error, wherever it is asked."""

import httpx
import pytest

from app.main import create_app
from app.settings import load_settings
from tests.app.api.conftest import Body

GETS = [
    path
    for path, methods in create_app(load_settings()).openapi()["paths"].items()
    if "get" in methods and path.startswith("/v1/")
]


@pytest.mark.parametrize("path", GETS)
def test_an_unknown_parameter_is_named(client: httpx.Client, brief: Body, path: str) -> None:
    solved = client.post("/v1/optimizations", json=brief).json()
    address = path.format(optimization_id=solved["id"], name="minimal")
    refused = client.get(address, params={"limits": "5"})
    assert refused.status_code == 400
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert "'limits'" in refused.json()["detail"]
    assert client.get(address).status_code == 200

"""A tenant hands in so much work and no more; another's work does not count."""

from collections.abc import Callable

from app.settings import Settings
from tests.app.api.conftest import Body, OpenClient
from tests.app.api.keyed import bearer, make_key
from tests.app.api.test_errors import problem

PATH = "/v1/optimizations"


def test_a_day_has_so_many_optimizations_of_a_tenant_whatever_was_erased(
    new_settings: Callable[..., Settings], serve: OpenClient, brief: Body
) -> None:
    settings = new_settings(daily_optimizations=3)
    key, sibling, other = (make_key(settings.database_url, tenant) for tenant in ("acme", "acme", "other"))
    client = serve(settings)
    waits = {"Prefer": "wait=60"}
    first = client.post(PATH, json=brief, headers=bearer(key) | waits).json()
    assert client.post(f"{PATH}/{first['id']}:replan", json={}, headers=bearer(key) | waits).status_code == 201
    assert client.delete(f"{PATH}/{first['id']}", headers=bearer(key)).status_code == 204
    assert client.post(PATH, json=brief, headers=bearer(sibling) | waits).status_code == 201
    for refused in (key, sibling):
        answer = client.post(PATH, json=brief, headers=bearer(refused))
        problem(answer, 429, "quota_reached")
        assert 0 < int(answer.headers["Retry-After"]) <= 86_400
    assert client.post(f"{PATH}:validate", json=brief, headers=bearer(key)).status_code == 200
    assert client.post(PATH, json=brief, headers=bearer(other) | waits).status_code == 201
    assert len(client.get(PATH, headers=bearer(key)).json()["data"]) == 2

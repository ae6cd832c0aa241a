"""How long work waits when the process that does it is killed."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.faults.crowd import POST
from tests.faults.storm import running
from tests.hard_brief import hard_brief
from tests.postgres import Postgres
from tests.processes import Api, api, make_key, worker

DEADLINE_S = 60.0
POLL_S = 0.05


def client_of(service: Api, headers: dict[str, str]) -> httpx.Client:
    """A client that posts without waiting for the solve."""
    given = {**headers, "Prefer": "respond-async"}
    return httpx.Client(base_url=service.base_url, headers=given, timeout=20, trust_env=False)


def until(true: Callable[[], bool], what: str, deadline_s: float = DEADLINE_S) -> float:
    """Wait until it is true; the seconds that took. Raises AssertionError."""
    began = time.monotonic()
    while not true():
        if time.monotonic() > began + deadline_s:
            raise AssertionError(f"not within {deadline_s} s: {what}")
        time.sleep(POLL_S)
    return time.monotonic() - began


def posted(client: httpx.Client, body: dict[str, Any]) -> str:
    """The id of what was accepted."""
    answer = client.post(POST, json=body)
    assert answer.status_code == 202, answer.text
    accepted: str = answer.json()["id"]
    return accepted


def status(client: httpx.Client, optimization_id: str) -> str:
    """Where it stands; 'away' while the service does not answer."""
    try:
        answer = client.get(f"{POST}/{optimization_id}")
    except httpx.TransportError:
        return "away"
    return str(answer.json().get("status", "away")) if answer.is_success else "away"


def taken_up_at(client: httpx.Client, optimization_id: str) -> str | None:
    """When it was taken up, if it is being solved now."""
    try:
        answer = client.get(f"{POST}/{optimization_id}")
    except httpx.TransportError:
        return None
    if not answer.is_success or answer.json()["status"] != "running":
        return None
    moment: str = answer.json()["started_at"]
    return moment


def after_a_kill_on_postgresql(server: Postgres, folder: Path) -> float:
    """Seconds from the kill of the worker that solves, which stays dead, until another has taken its work up."""
    settings: dict[str, object] = {
        "database_url": server.new_database(),
        "serve_solves": "false",
        "concurrent_solves": 1,
        "log_level": "warning",
    }
    service = api(folder, settings)
    first, second = worker(folder, settings, "first"), worker(folder, settings, "second")
    with running(service, first):
        service.wait_until_ready()
        with client_of(service, make_key(settings)) as client:
            one = posted(client, hard_brief(30))
            until(lambda: taken_up_at(client, one) is not None, "the first worker takes it up")
            at_first = taken_up_at(client, one)
            with running(second):
                first.kill()
                gap_s = until(lambda: taken_up_at(client, one) not in (None, at_first), "the second takes it up")
                until(lambda: not first.survivors(), "what the first had started ends with it")
                return gap_s


def after_a_kill_on_sqlite(folder: Path) -> float:
    """Seconds from the kill of the only process, started again at once, until its work has been taken up again."""
    settings: dict[str, object] = {"database_url": f"sqlite:///{folder / 'service.db'}", "log_level": "warning"}
    service = api(folder, settings)
    with running(service):
        service.wait_until_ready()
        with client_of(service, make_key(settings)) as client:
            one = posted(client, hard_brief(30))
            until(lambda: taken_up_at(client, one) is not None, "it is taken up")
            at_first = taken_up_at(client, one)
            service.kill()
            service.start()
            return until(lambda: taken_up_at(client, one) not in (None, at_first), "it is taken up again")

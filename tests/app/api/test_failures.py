"""When something breaks: no answer is lost, nothing is stuck, and nothing inside is told."""

import json
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from app.services import demo_briefs, optimizations, solving
from app.services.caller import command_line
from app.services.run import Outcome, run
from app.settings import Settings, load_settings
from app.storage import jobs, migrate
from app.storage import optimizations as stored
from app.storage.database import Database
from app.storage.tables import DEFAULT_TENANT
from tests.app.api.conftest import Body, OpenClient
from tests.app.api.test_errors import problem
from tests.app.services.queue import posted

PATH = "/v1/optimizations"
NewSettings = Callable[..., Settings]


class Held:
    """A stand-in for ``run`` that solves only when it is let go, and counts who is inside."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.entered = threading.Semaphore(0)
        self.inside = 0
        self.most_inside = 0
        self._lock = threading.Lock()

    def __call__(self, *arguments: Any) -> Outcome:
        with self._lock:
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        self.entered.release()
        assert self.go.wait(30)
        with self._lock:
            self.inside -= 1
        return run(*arguments)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    held = Held()
    monkeypatch.setattr(solving, "run", held)
    return held


def test_a_solve_that_crashes_is_failed_and_says_nothing_of_the_inside(
    serve: OpenClient,
    brief: Body,
    empty_database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def crash(*_: object) -> Outcome:
        raise ZeroDivisionError("secret detail")

    client = serve(load_settings(database_url=empty_database_url))
    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(solving, "run", crash)
        response = client.post(PATH, json=brief)
    assert response.status_code == 201
    kept, path = response.json(), response.headers["Location"]
    assert "secret" not in response.text
    assert "ZeroDivisionError" not in response.text
    assert "secret detail" in caplog.text
    assert kept["id"] in caplog.text
    assert client.get(path).json() == kept
    assert (kept["status"], kept["solution_status"], kept["result"]) == ("failed", None, None)
    assert kept["failure"]["code"] == "solve_failed"
    assert kept["completed_at"] is not None
    assert client.get(f"{path}/brief").status_code == 200
    assert client.get(f"{path}/creators").json()["data"] == []
    assert client.get(f"{path}/creators?format=csv").text.startswith("creator_id,offer_id,")
    assert client.post(PATH, json=brief).status_code == 201


def test_a_defect_elsewhere_is_logged_with_the_request_id_and_not_told(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(optimizations, "page", crash)
    with caplog.at_level(logging.ERROR):
        response = client.get(PATH, headers={"X-Request-Id": "crash-2"})
    problem(response, 500, "internal_error")
    assert "secret" not in response.text
    assert "crash-2" in caplog.text
    assert "secret detail" in caplog.text


def test_everything_else_stays_quick_while_solves_run_and_wait(
    serve: OpenClient, brief: Body, new_settings: NewSettings, held: Held
) -> None:
    client = serve(new_settings(concurrent_solves=2))
    with ThreadPoolExecutor(6) as pool:
        posts: list[Future[httpx.Response]] = [pool.submit(client.post, PATH, json=brief) for _ in range(6)]
        for _ in range(2):
            assert held.entered.acquire(timeout=30)
        started = time.perf_counter()
        for _ in range(20):
            for path in ("/livez", "/readyz", PATH):
                assert client.get(path).status_code == 200
        assert client.post(f"{PATH}:validate", json=brief).json()["valid"] is True
        assert client.post(PATH, json={**brief, "budget": "x"}).status_code == 422
        assert time.perf_counter() - started < 10
        kept = [row["status"] for row in client.get(PATH).json()["data"]]
        assert sorted(kept) == ["queued"] * 4 + ["running"] * 2
        held.go.set()
        assert [post.result(60).status_code for post in posts] == [201] * 6
    assert held.most_inside == 2


def test_what_is_erased_while_it_is_solved_stays_erased(
    serve: OpenClient, brief: Body, empty_database_url: str, held: Held
) -> None:
    client = serve(load_settings(database_url=empty_database_url))
    with ThreadPoolExecutor(1) as pool:
        post = pool.submit(client.post, PATH, json=brief)
        assert held.entered.acquire(timeout=30)
        running = client.get(PATH).json()["data"][0]
        assert running["status"] == "running"
        assert client.delete(f"{PATH}/{running['id']}").status_code == 204
        held.go.set()
        problem(post.result(60), 404, "not_found")
    assert client.get(f"{PATH}/{running['id']}/creators").status_code == 404
    assert client.get(PATH).json()["data"] == []


def test_what_is_queued_again_has_not_been_started(empty_database_url: str) -> None:
    left = leave_running(empty_database_url)
    database = Database(empty_database_url)
    with database.reading() as session:
        assert optimizations.get(session, DEFAULT_TENANT, left).started_at is not None
    with database.writing() as session:
        assert [lost.id for lost in jobs.of_nobody(session)] == [left]
    with database.reading() as session:
        again = optimizations.get(session, DEFAULT_TENANT, left)
    database.close()
    assert (again.status, again.started_at) == ("queued", None)


def leave_running(url: str) -> str:
    migrate.upgrade(url)
    database = Database(url)
    settings = load_settings(database_url=url)
    with database.writing() as session:
        left = optimizations.add(session, command_line(), posted(demo_briefs.raw("minimal"), settings))
        assert jobs.claim_next(session, "somebody who died", at=datetime.now(UTC), tenant_limit=None)
    database.close()
    return left


def test_what_a_dead_process_left_running_is_solved_after_a_start(serve: OpenClient, empty_database_url: str) -> None:
    left = leave_running(empty_database_url)
    client = serve(load_settings(database_url=empty_database_url))
    deadline = time.monotonic() + 30
    while client.get(f"{PATH}/{left}").json()["status"] != "succeeded":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert client.get(f"{PATH}/{left}/creators").json()["data"]


def test_without_its_schema_the_service_lives_and_is_not_ready(serve: OpenClient, empty_database_url: str) -> None:
    client = serve(load_settings(database_url=empty_database_url, migrate=False))
    assert client.get("/livez").json() == {"status": "alive"}
    response = client.get("/readyz")
    assert "not set up" in problem(response, 503, "unavailable")["detail"]
    assert int(response.headers["Retry-After"]) > 0
    assert "/readyz" in problem(client.get(PATH), 503, "unavailable")["detail"]
    migrate.upgrade(empty_database_url)
    deadline = time.monotonic() + 30
    while client.get("/readyz").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert client.get("/readyz").json()["migration"] == migrate.head()
    assert client.post(PATH, json=json.loads(demo_briefs.raw("minimal"))).status_code == 201


def test_a_database_that_goes_away_is_a_503(
    serve: OpenClient, new_settings: NewSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise OperationalError("SELECT secret", {}, Exception("database is locked"))

    client = serve(new_settings())
    monkeypatch.setattr(stored, "page", locked)
    response = client.get(PATH)
    problem(response, 503, "unavailable")
    assert "secret" not in response.text
    monkeypatch.setattr(migrate, "current", locked)
    problem(client.get("/readyz"), 503, "unavailable")


def test_the_versions_are_those_of_reproducibility(client: httpx.Client, brief: Body) -> None:
    version = client.get("/version").json()
    by = client.post(PATH, json=brief).json()["reproducibility"]
    assert {name: by[name] for name in ("model", "service", "solver")} == {
        name: version[name] for name in ("model", "service", "solver")
    }

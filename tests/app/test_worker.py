"""A worker solves what servers have queued, and says on a port of its own how it is."""

import json
import socket
import time

import httpx
import pytest

from app.main import create_app
from app.services import demo_briefs
from app.settings import Settings, load_settings
from app.storage import migrate
from app.worker import solving
from tests.in_threads import InThreads
from tests.postgres import Postgres
from tests.processes import free_port
from tests.serving import served

_DEADLINE_S = 30


@pytest.fixture
def settings(postgres: Postgres) -> Settings:
    made = load_settings(
        database_url=postgres.new_database(), serve_solves=False, worker_metrics_port=free_port(), concurrent_solves=1
    )
    migrate.upgrade(made.database_url)
    return made


def answers(client: httpx.Client, path: str, status: int) -> str:
    """What it answers, once it has this status."""
    deadline = time.monotonic() + _DEADLINE_S
    while True:
        try:
            response = client.get(path)
            if response.status_code == status:
                return response.text
        except httpx.TransportError:
            response = None
        assert time.monotonic() < deadline, response
        time.sleep(0.05)


def test_it_solves_and_is_watched_by_itself(settings: Settings) -> None:
    health = f"http://127.0.0.1:{settings.worker_metrics_port}"
    with (
        served(create_app(settings, InThreads)) as base_url,
        httpx.Client(base_url=base_url, trust_env=False, timeout=60) as client,
        httpx.Client(base_url=health, trust_env=False) as worker,
    ):
        brief = json.loads(demo_briefs.raw("minimal"))
        queued = client.post("/v1/optimizations", json=brief, headers={"Prefer": "respond-async"})
        assert queued.status_code == 202
        answers(client, "/readyz", 503)  # nobody solves
        with solving(settings, InThreads):
            assert "alive" in answers(worker, "/livez", 200)
            answers(worker, "/readyz", 200)
            answers(client, "/readyz", 200)
            ended = client.post("/v1/optimizations", json=brief)
            assert ended.json()["status"] == "succeeded"
            assert client.get(queued.headers["Location"]).json()["status"] == "succeeded"
            counted = 'status="succeeded",stop_reason="proven"} 2.0'
            deadline = time.monotonic() + _DEADLINE_S
            while counted not in (told := answers(worker, "/metrics", 200)):
                assert time.monotonic() < deadline, told
                time.sleep(0.1)
            assert 'creatormix_executors_alive{kind="worker"} 1.0' in told
            assert 'creatormix_solver_slots{kind="worker"} 1.0' in told
            assert 'creatormix_solver_slots{kind="serve"} 0.0' in told
            assert worker.get("/v1/optimizations").status_code == 404
            assert worker.get("/docs").status_code == 404
        with pytest.raises(httpx.TransportError):
            worker.get("/livez")


def test_a_port_that_is_taken_is_said(settings: Settings) -> None:
    with (
        socket.create_server((settings.host, settings.worker_metrics_port or 0)),
        pytest.raises(OSError, match="in use"),
        solving(settings, InThreads),
    ):
        pass

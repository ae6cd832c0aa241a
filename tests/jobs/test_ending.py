"""A process that begins says when it can solve; one that ends keeps to its grace and tells whoever still waits."""

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from app.errors import Unavailable
from app.jobs import engine as engine_module
from app.jobs.engine import Engine
from app.jobs.pool import ClosedError
from app.main import create_app
from app.services import demo_briefs, optimizations
from app.services.caller import command_line
from app.settings import Settings
from app.storage import jobs, migrate
from app.storage.database import Database
from app.telemetry.traces import Traces
from tests.app.services.queue import posted
from tests.hard_brief import hard_brief
from tests.in_threads import InThreads
from tests.processes import serving
from tests.serving import served

NewSettings = Callable[..., Settings]


class Starting(InThreads):
    """Workers whose processes are not up yet."""

    up = threading.Event()

    def is_ready(self) -> bool:
        return self.up.is_set()


class Endless(InThreads):
    """Workers that solve until they are closed."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, 1)
        self.begun, self.closed = threading.Event(), threading.Event()

    def run(self, work: Callable[..., Any], *arguments: object, timeout_s: float | None = None) -> Any:
        self.begun.set()
        self.closed.wait(60)
        raise ClosedError

    def close(self) -> None:
        self.closed.set()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_server_is_ready_once_a_process_of_its_own_can_solve(
    new_settings: NewSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Starting, "up", threading.Event())
    with (
        served(create_app(new_settings(), Starting)) as base_url,
        httpx.Client(base_url=base_url, timeout=60, trust_env=False) as client,
    ):
        not_yet = client.get("/readyz")
        assert not_yet.status_code == 503
        assert "ready to solve" in not_yet.json()["detail"]
        assert 'creatormix_solver_slots{kind="serve"} 0.0' in client.get("/metrics").text
        Starting.up.set()
        until(lambda: client.get("/readyz").status_code == 200)


def test_the_grace_of_running_solves_counts_from_the_signal(
    new_settings: NewSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was spent on closing connections is not given to the solves once more."""
    settings = new_settings()
    migrate.upgrade(settings.database_url)
    database = Database(settings.database_url)
    pool = Endless(settings)
    engine = Engine(settings, database, pool, "me", lambda _job, _ended: None, Traces())
    try:
        with database.writing() as session:
            optimizations.add(session, command_line(), posted(demo_briefs.raw("minimal"), settings))
        engine.start()
        assert pool.begun.wait(60)
        monkeypatch.setattr(pool, "is_ready", lambda: False)
        assert engine.has_started(), "who is busy has started"
        engine.drain()
        later = SimpleNamespace(monotonic=lambda: time.monotonic() + 1000)
        monkeypatch.setattr(engine_module, "time", later)
        closing = threading.Thread(target=engine.close, args=(900.0,), daemon=True)
        closing.start()
        closing.join(30)
        assert not closing.is_alive()
    finally:
        pool.close()
        database.close()


def test_a_process_ends_though_the_database_is_away(new_settings: NewSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it cannot hand back stays its own; the others take it, or its next start on SQLite, once it is gone."""
    settings = new_settings()
    migrate.upgrade(settings.database_url)
    database = Database(settings.database_url)
    pool = Endless(settings)
    engine = Engine(settings, database, pool, "me", lambda _job, _ended: None, Traces())

    def away(*_: object) -> bool:
        raise Unavailable("away")

    with database.writing() as session:
        made = optimizations.add(session, command_line(), posted(demo_briefs.raw("minimal"), settings))
    engine.start()
    assert pool.begun.wait(60)
    monkeypatch.setattr(jobs, "hand_back", away)
    closing = threading.Thread(target=engine.close, args=(0.0,), daemon=True)
    closing.start()
    closing.join(60)
    assert not closing.is_alive()
    with database.reading() as session:
        assert jobs.of_executor(session, "me") == [(made, 1)]
    database.close()


def test_a_question_that_outlasts_the_grace_is_answered_with_a_503() -> None:
    with (
        serving(shutdown_grace="PT2S", concurrent_questions=1) as service,
        httpx.Client(base_url=service.base_url, timeout=60, trust_env=False) as client,
    ):
        answers: list[httpx.Response] = []
        question = {"brief": hard_brief(60), "selection": []}
        asking = threading.Thread(
            target=lambda: answers.append(client.post("/v1/optimizations:evaluate", json=question)), daemon=True
        )
        asking.start()
        time.sleep(3)  # by now it is being worked on, or waits for a process to start
        service.terminate()
        asking.join(60)
        [told] = answers
        assert told.status_code == 503, told.text
        assert told.headers["Content-Type"] == "application/problem+json"
        assert int(told.headers["Retry-After"]) > 0
        assert "Traceback" not in service.output()

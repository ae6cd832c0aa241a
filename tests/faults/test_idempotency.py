"""A key does its work once though the process that began it is killed between storing the brief and answering."""

import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.conftest import Site, site
from tests.faults.crowd import POST
from tests.faults.failover import status, until
from tests.faults.storm import numbered_brief
from tests.hard_brief import hard_brief
from tests.postgres import Postgres
from tests.processes import Api

KEY = "Idempotency-Key"
Json = dict[str, Any]
UNUSED_TLS = ssl.create_default_context()
"""Made once: a client of its own for each call would spend most of its time on it."""


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, sqlite_url: str) -> str:
    if request.param == "sqlite":
        return sqlite_url
    server: Postgres = request.getfixturevalue("server")
    return server.new_database()


def ids(running: Site) -> list[str]:
    """All optimizations, read beside the service."""
    return [one for (one,) in running.ledger.run("SELECT id FROM optimizations")]


def ties(running: Site) -> list[tuple[Any, ...]]:
    """What each key has made, and the status of the answer that is kept for it."""
    return running.ledger.run("SELECT optimization_id, status FROM idempotency_keys")


def sent(running: Site, to: Api, brief: Json, key: str, wait_s: int) -> httpx.Response:
    headers = {**running.headers, KEY: key, "Prefer": f"wait={wait_s}"}
    return httpx.post(to.base_url + POST, json=brief, headers=headers, timeout=90, trust_env=False, verify=UNUSED_TLS)


def answered(running: Site, to: Api, brief: Json, key: str, wait_s: int = 0) -> httpx.Response:
    """What a client gets that tries again as it is told to: while the key is in use, or the service away."""
    answers: list[httpx.Response] = []

    def has_answer() -> bool:
        with suppress(httpx.TransportError):
            answers.append(sent(running, to, brief, key, wait_s))
            return answers[-1].status_code not in (409, 503)
        return False

    until(has_answer, "an answer that is not 409")
    return answers[-1]


def killed_in_mid_wait(running: Site, service: Api, brief: Json, key: str) -> str:
    """Post and wait; kill the server once the brief is stored, before it answers. The id that was stored."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(sent, running, service, brief, key, 60)
        until(lambda: bool(ids(running)), "the brief is stored")
        service.kill()
        with pytest.raises(httpx.TransportError):
            waiting.result(30)
    [stored] = ids(running)
    assert ties(running) == [(stored, None)]
    return stored


def test_a_retry_after_a_restart_rejoins_what_was_stored(tmp_path: Path, database_url: str) -> None:
    with site(tmp_path, database_url) as running:
        [service] = running.apis
        brief = {**hard_brief(8), "label": "once"}
        stored = killed_in_mid_wait(running, service, brief, "k")
        service.start()
        service.wait_until_ready()
        again = answered(running, service, brief, "k")
        assert (again.status_code, again.json()["id"]) == (202, stored)
        assert again.headers["Location"].endswith(stored)
        assert "Idempotent-Replayed" not in again.headers
        replayed = sent(running, service, brief, "k", 0)
        assert (replayed.content, replayed.headers["Idempotent-Replayed"]) == (again.content, "true")
        until(lambda: status(running.client, stored) == "succeeded", "it is solved all the same")
        assert ids(running) == [stored]


def test_a_retry_at_another_server_waits_for_the_end_of_what_was_stored(server: Postgres, tmp_path: Path) -> None:
    with site(tmp_path, server.new_database(), apis=2, workers=1) as running:
        first, second = running.apis
        brief = {**hard_brief(10), "label": "once"}
        stored = killed_in_mid_wait(running, first, brief, "k")
        assert sent(running, second, brief, "k", 0).status_code == 409, "nobody knows yet that the first is dead"
        again = answered(running, second, brief, "k", wait_s=60)
        assert (again.status_code, again.json()["id"], again.json()["status"]) == (201, stored, "succeeded")
        assert ids(running) == [stored]


def test_kills_at_any_moment_make_no_second_one(tmp_path: Path, database_url: str) -> None:
    """The server is killed 0 to 40 ms after the request is out: before, while and after the brief is stored."""
    with site(tmp_path, database_url) as running:
        [service] = running.apis
        for number in range(3):
            brief, key = numbered_brief(number), f"key-{number}"
            with ThreadPoolExecutor(1) as pool:
                pool.submit(sent, running, service, brief, key, 60)
                time.sleep(0.02 * number)
                service.kill()
            service.start()
            service.wait_until_ready()
            again = answered(running, service, brief, key, wait_s=30)
            assert again.is_success, again.text
            made = running.ledger.statuses()[brief["label"]]
            assert [one for one, _ in made] == [again.json()["id"]]


def test_a_database_that_is_taken_away_in_mid_wait_is_healed_by_a_retry(server: Postgres, tmp_path: Path) -> None:
    with site(tmp_path, server.new_database(), apis=2, workers=1) as running:
        first, second = running.apis
        brief = {**hard_brief(6), "label": "once"}
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(sent, running, first, brief, "k", 60)
            until(lambda: bool(ids(running)), "the brief is stored")
            [stored] = ids(running)
            server.stop()
            time.sleep(1)
            server.start()
            told = waiting.result(90)
        assert told.status_code in (201, 202, 503)
        again = answered(running, second, brief, "k", wait_s=60)
        assert again.json()["id"] == stored
        assert ids(running) == [stored]
        assert (again.status_code, again.json()["status"]) == (201, "succeeded")

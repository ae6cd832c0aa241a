"""Clients that go away, that are slow, and that send the same key to two processes at once."""

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.faults.conftest import Site, site
from tests.faults.crowd import ENDED, POST
from tests.faults.failover import status, until
from tests.faults.storm import numbered_brief
from tests.hard_brief import hard_brief
from tests.postgres import Postgres

KEYS = 12
AT_ONCE = 8


def request(headers: dict[str, str], raw: bytes, **more: str) -> bytes:
    """A POST as it goes over the wire."""
    given = {"Host": "here", "Content-Type": "application/json", "Content-Length": str(len(raw)), **headers, **more}
    lines = [f"POST {POST} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items()), "", ""]
    return "\r\n".join(lines).encode() + raw


def connection(running: Site) -> socket.socket:
    """To the first API."""
    return socket.create_connection(("127.0.0.1", running.apis[0].port), timeout=30)


def ids_with(running: Site, label: str) -> list[str]:
    """The optimizations with this label."""
    return [one for one, _ in running.ledger.statuses().get(label, [])]


def test_a_client_that_goes_away_does_not_take_its_solve_with_it(tmp_path: Path, sqlite_url: str) -> None:
    with site(tmp_path, sqlite_url) as running:
        raw = json.dumps({**hard_brief(2), "label": "gone"}).encode()
        with connection(running) as gone:
            gone.sendall(request(running.headers, raw, Prefer="wait=30"))
            until(lambda: bool(ids_with(running, "gone")), "it is accepted")
        [one] = ids_with(running, "gone")
        until(lambda: status(running.client, one) in ENDED, "it ends")
        assert status(running.client, one) == "succeeded"
        assert "Traceback" not in running.apis[0].output()


def test_half_a_brief_is_none(tmp_path: Path, sqlite_url: str) -> None:
    with site(tmp_path, sqlite_url) as running:
        raw = json.dumps({**numbered_brief(1), "label": "half"}).encode()
        for part in (0, 1, len(raw) // 2, len(raw) - 1):
            with connection(running) as half:
                half.sendall(request(running.headers, raw)[: part - len(raw)])
        whole = running.client.post(POST, json=numbered_brief(2))
        assert whole.status_code == 202
        assert ids_with(running, "half") == []
        assert "Traceback" not in running.apis[0].output()


def test_slow_clients_keep_nobody_waiting(tmp_path: Path, sqlite_url: str) -> None:
    with site(tmp_path, sqlite_url) as running:
        raw = json.dumps({**numbered_brief(1), "label": "slow"}).encode()
        whole = request(running.headers, raw, Prefer="respond-async")
        slow = [connection(running) for _ in range(30)]
        try:
            for each in slow:
                each.sendall(whole[:-3])
            quick = running.client.post(POST, json=numbered_brief(2))
            assert quick.status_code == 202
            until(lambda: status(running.client, quick.json()["id"]) == "succeeded", "the others are served")
            for piece in (whole[-3:-2], whole[-2:-1], whole[-1:]):
                for each in slow:
                    each.sendall(piece)
                time.sleep(0.1)
            for each in slow:
                assert each.recv(100).startswith(b"HTTP/1.1 202")
        finally:
            for each in slow:
                each.close()
        assert len(ids_with(running, "slow")) == len(slow)


def test_one_key_sent_to_two_processes_at_once_makes_one_optimization(server: Postgres, tmp_path: Path) -> None:
    with site(tmp_path, server.new_database(), apis=2, workers=1) as running:
        gate = threading.Barrier(AT_ONCE)

        def post(number: int, sender: int) -> httpx.Response:
            to = running.apis[sender % 2].base_url + POST
            given = {**running.headers, "Prefer": "respond-async", "Idempotency-Key": f"key-{number}"}
            gate.wait(30)
            return httpx.post(to, json=numbered_brief(number), headers=given, timeout=30, trust_env=False)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            for number in range(KEYS):
                answers = list(pool.map(lambda sender, number=number: post(number, sender), range(AT_ONCE)))
                assert {answer.status_code for answer in answers} <= {202, 409}
                told = {answer.json()["id"] for answer in answers if answer.is_success}
                again = running.client.post(
                    POST, json=numbered_brief(number), headers={"Idempotency-Key": f"key-{number}"}
                )
                assert {again.json()["id"]} == told
                assert again.headers["Idempotent-Replayed"] == "true"
                assert ids_with(running, f"key-{number}") == list(told)

"""The examples against a service process, each as its first lines say."""

import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from creatormix_client import ApiError, Client
from standardwebhooks import Webhook

from app.api.openapi import DESCRIPTION
from tests.processes import free_port, serving

EXAMPLES = Path(__file__).parents[2] / "examples"
DEADLINE_S = 60


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(webhook_allowed_hosts="127.0.0.1", webhook_retry_seconds="0.2,0.2,0.2,0.2,0.2") as service:
        yield service.base_url


def run(url: str, folder: Path, *command: str) -> str:
    done = subprocess.run(
        command,
        env={**os.environ, "CREATORMIX_URL": url, "PYTHONPATH": ""},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_curl_from_a_brief_to_its_report(url: str, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl found: run `apt-get install curl`")
    told = run(url, tmp_path, "sh", str(EXAMPLES / "first_plan.sh"))
    optimization = json.loads((tmp_path / "optimization.json").read_text())
    assert optimization["solution_status"] == "optimal"
    assert optimization["result"]["totals"]["spend"] in told
    assert told.splitlines()[-1] == f"{url}/v1/optimizations/{optimization['id']}/report"
    chosen = (tmp_path / "chosen.csv").read_text().splitlines()
    assert len(chosen) == 1 + optimization["result"]["totals"]["creators"]
    assert "<svg" in (tmp_path / "report.html").read_text()


def test_the_tour_of_swagger_ui_runs_in_a_terminal_too(url: str, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl found: run `apt-get install curl`")
    (steps,) = re.findall(r"```sh\n(.*?)```", DESCRIPTION, flags=re.DOTALL)
    assert "http://127.0.0.1:8000" in steps
    told = json.loads(run(url, tmp_path, "sh", "-euc", steps.replace("http://127.0.0.1:8000", url)))
    assert [row["decision"] for row in told["data"]] == ["rejected"] * 3
    assert "<svg" in (tmp_path / "report.html").read_text()


def test_the_client_follows_a_plan_and_shows_a_problem(url: str, tmp_path: Path) -> None:
    told = run(url, tmp_path, sys.executable, str(EXAMPLES / "creatormix_client.py")).splitlines()
    assert "completed: succeeded" in told
    assert any("creators for" in line and "gap" in line for line in told)
    assert sum("in at about" in line for line in told) == 3
    assert any("/budget:" in line for line in told)


def test_the_client_waits_pages_and_reads_events(url: str) -> None:
    with Client(url) as client:
        optimization_id = client.submit(client.call("GET", "/v1/demo-briefs/minimal").json())
        ended = client.wait(optimization_id)
        path = f"/v1/optimizations/{optimization_id}/creators"
        whole = client.call("GET", path).json()["data"]
        assert [*client.rows(path, limit=1)] == whole
        assert [name for name, _ in client.events(optimization_id)] == ["completed"]
        assert ended["solution_status"] == "optimal"
        with pytest.raises(ApiError) as caught:
            client.call("GET", "/v1/optimizations/opt_nothing")
        assert (caught.value.status, caught.value.code) == (404, "not_found")


def answered(*answers: httpx.Response | Exception) -> tuple[Callable[[httpx.Request], httpx.Response], list[str]]:
    left, keys = list(answers), list[str]()

    def handle(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handle, keys


def problem(status: int, code: str, **headers: str) -> httpx.Response:
    told = {"type": f"/v1/problem-types#{code}", "title": code, "detail": ""}
    return httpx.Response(status, json=told, headers={"Content-Type": "application/problem+json", **headers})


def test_the_client_tries_again_under_one_key_and_waits_as_it_is_told() -> None:
    waited: list[float] = []
    handle, keys = answered(
        problem(429, "rate_limited", **{"Retry-After": "7"}),
        httpx.ConnectError("away"),
        problem(409, "idempotency_key_in_use", **{"Retry-After": "2"}),
        httpx.Response(201, json={"id": "opt_1", "status": "succeeded"}),
    )
    with Client(transport=httpx.MockTransport(handle), sleep=waited.append) as client:
        assert client.solve({})["id"] == "opt_1"
    assert waited == [7, 1.0, 2]
    assert len(keys) == 4
    assert len(set(keys)) == 1


@pytest.mark.parametrize(
    ("status", "code"), [(422, "invalid_brief"), (409, "not_answerable"), (401, "unauthenticated")]
)
def test_the_client_does_not_repeat_what_cannot_pass(status: int, code: str) -> None:
    handle, keys = answered(problem(status, code))
    with Client(transport=httpx.MockTransport(handle), sleep=lambda _: None) as client, pytest.raises(ApiError):
        client.solve({})
    assert len(keys) == 1


def test_the_sweep_gives_up_reach_for_less_waste_and_draws_it(url: str, tmp_path: Path) -> None:
    script = str(EXAMPLES / "sweep_waste_aversion.py")
    told = run(url, tmp_path, sys.executable, script, "sweep.svg", "--values", "0", "0.01", "0.05").splitlines()
    figures = [tuple(float(word.replace(",", "")) for word in line.split(": ")[1].split()[0:3:2]) for line in told[:3]]
    for (engaged, waste), (next_engaged, next_waste) in pairwise(figures):
        assert next_engaged <= engaged + 1
        assert next_waste <= waste + 100
    assert figures[-1][1] < figures[0][1]
    assert ElementTree.parse(tmp_path / "sweep.svg").getroot().tag.endswith("svg")
    assert told[-1] == "chart: sweep.svg"


class Receiver:
    """The receiver as a process."""

    def __init__(self, secret: str, port: int, folder: Path) -> None:
        self.database, self.port = folder / "webhooks.db", port
        self.process = subprocess.Popen(
            [sys.executable, str(EXAMPLES / "webhook_receiver.py"), "--port", str(port), "--database", self.database],
            env={**os.environ, "WEBHOOK_SECRET": secret},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith("listening")

    def events(self) -> list[Any]:
        database = sqlite3.connect(self.database)
        rows = database.execute("SELECT webhook_id, body FROM events ORDER BY rowid").fetchall()
        database.close()
        return [(webhook_id, json.loads(body)) for webhook_id, body in rows]

    def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        url = f"http://127.0.0.1:{self.port}/"
        return httpx.post(url, content=body, headers=dict(headers), trust_env=False).status_code

    def post_and_die(self, body: bytes, headers: Mapping[str, str]) -> bytes:
        """What is answered to a sender that ends after half of the body."""
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        with socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_S) as sender:
            sender.sendall(f"POST / HTTP/1.1\r\nContent-Length: {len(body)}\r\n{head}\r\n".encode())
            sender.sendall(body[: len(body) // 2])
            sender.shutdown(socket.SHUT_WR)
            return sender.recv(1000)

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


def delivered(client: Client, delivery_id: str, attempts: int) -> Any:
    give_up = time.monotonic() + DEADLINE_S
    while time.monotonic() < give_up:
        delivery = client.call("GET", f"/v1/webhook-deliveries/{delivery_id}").json()
        if delivery["status"] != "pending" and len(delivery["attempts"]) >= attempts:
            return delivery
        time.sleep(0.05)
    raise AssertionError(f"not delivered: {delivery}")


def test_the_receiver_heeds_a_real_event_once_and_refuses_forged_and_old_ones(url: str, tmp_path: Path) -> None:
    port = free_port()
    with Client(url) as client:
        registered = client.call("POST", "/v1/webhook-endpoints", json={"url": f"http://127.0.0.1:{port}/"}).json()
        receiver = Receiver(registered["secret"], port, tmp_path)
        try:
            ended = client.solve(client.call("GET", "/v1/demo-briefs/minimal").json())
            (delivery,) = client.rows("/v1/webhook-deliveries", optimization_id=ended["id"])
            assert delivered(client, delivery["id"], 1)["status"] == "delivered"
            ((webhook_id, event),) = receiver.events()
            assert (event["type"], event["data"]["id"]) == ("optimization.completed", ended["id"])

            client.call("POST", f"/v1/webhook-deliveries/{delivery['id']}:replay")
            assert delivered(client, delivery["id"], 2)["status"] == "delivered"
            assert [row[0] for row in receiver.events()] == [webhook_id], "a replay is not heeded again"

            body, now = b'{"type": "optimization.completed"}', int(time.time())
            assert receiver.post(body, signed(registered["secret"], "evt_2", now, body)) == 204
            assert receiver.post(body + b" ", signed(registered["secret"], "evt_3", now, body)) == 401
            assert receiver.post(body, signed(registered["secret"], "evt_4", now - 3600, body)) == 401
            assert receiver.post(body, {}) == 401
            whole = signed(registered["secret"], "evt_5", now, body)
            assert receiver.post_and_die(body, whole) == b"", "a sender that dies half way is not told that it lied"
            assert [row[0] for row in receiver.events()] == [webhook_id, "evt_2"]
            assert receiver.post(body, whole) == 204
        finally:
            receiver.close()


def signed(secret: str, webhook_id: str, sent_s: int, body: bytes) -> dict[str, str]:
    signature = Webhook(secret).sign(webhook_id, datetime.fromtimestamp(sent_s, UTC), body.decode())
    return {"webhook-id": webhook_id, "webhook-timestamp": str(sent_s), "webhook-signature": signature}

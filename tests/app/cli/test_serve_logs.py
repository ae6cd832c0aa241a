"""What `creatormix serve` writes to its log, from a process of its own."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.services import demo_briefs

_COMMAND = [sys.executable, "-c", "from app.cli import main; main()", "serve", "--port", "0"]
_ADDRESS = re.compile(r"running on (http://127\.0\.0\.1:\d+)")


class Serving:
    """A running service. lines: what it has logged so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.lines: list[str] = []
        self.address = self._until_address()

    def _until_address(self) -> str:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.lines.append(line)
            if found := _ADDRESS.search(line):
                return found[1]
        raise AssertionError("".join(self.lines))

    def ended(self) -> list[str]:
        """All lines, after a SIGTERM."""
        self._process.send_signal(signal.SIGTERM)
        _, rest = self._process.communicate(timeout=30)
        assert self._process.returncode in (0, -signal.SIGTERM)  # uvicorn ends with the signal it was sent
        self.lines += rest.splitlines(keepends=True)
        return self.lines


@pytest.fixture
def serving(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Serving]:
    given = {
        "CREATORMIX_DATABASE_URL": f"sqlite:///{tmp_path / 'test.db'}",
        "CREATORMIX_LOG_FORMAT": request.param,
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "PATH": os.environ["PATH"],
    }
    with subprocess.Popen(_COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=given) as process:
        try:
            yield Serving(process)
        finally:
            process.kill()


@pytest.mark.parametrize("serving", ["json"], indirect=True)
def test_all_lines_are_json_with_ids_and_without_what_was_sent(serving: Serving) -> None:
    brief = {**json.loads(demo_briefs.raw("minimal")), "label": "secret-label"}
    with httpx.Client(base_url=serving.address, trust_env=False, timeout=60) as client:
        assert client.get("/livez").status_code == 200
        assert client.get("/v1/optimizations?label=secret-query", headers={"X-Request-Id": "mine"}).status_code == 200
        assert client.post("/v1/optimizations", json=brief).status_code == 201
        assert client.get("/no/secret-path").status_code == 404
    lines: list[dict[str, Any]] = [json.loads(line) for line in serving.ended()]
    assert all({"timestamp", "level", "logger", "message"} <= set(line) for line in lines)
    assert {"uvicorn.error", "alembic.runtime.migration", "creatormix.access"} <= {line["logger"] for line in lines}
    assert "secret" not in str(lines)
    access = [line for line in lines if line["logger"] == "creatormix.access"]
    assert [(line["method"], line["route"], line["status"]) for line in access] == [
        ("GET", "/v1/optimizations", 200),
        ("POST", "/v1/optimizations", 201),
        ("GET", "none", 404),
    ]
    assert access[0]["request_id"] == "mine"
    assert all(line["request_id"] and line["duration_ms"] >= 0 for line in access)


@pytest.mark.parametrize("serving", ["text"], indirect=True)
def test_text_has_a_line_per_request_for_people(serving: Serving) -> None:
    with httpx.Client(base_url=serving.address, trust_env=False) as client:
        client.get("/v1/benchmarks", headers={"X-Request-Id": "mine"})
    lines = serving.ended()
    (line,) = [line for line in lines if "creatormix.access" in line]
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO    creatormix\.access: "
        r"GET /v1/benchmarks 200 in [\d.]+ ms \[request_id=mine\]\n",
        line,
    )

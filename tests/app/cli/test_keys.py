"""Keys from the command line, and a service in a process of its own that takes them."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from app.cli import commands
from app.services import demo_briefs

EXECUTABLE = [sys.executable, "-c", "from app.cli import main; main()"]
KEY = re.compile(r"cbo_[0-9a-f]{16}_[0-9a-f]{64}")
DEADLINE_S = 60
BOTH = ["--scope", "optimizations:read", "--scope", "optimizations:write"]


@pytest.fixture(autouse=True)
def _own_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("CREATORMIX_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CREATORMIX_DATABASE_URL", f"sqlite:///{tmp_path / 'creatormix.db'}")


def call(*arguments: str) -> Any:
    return CliRunner().invoke(commands, list(arguments))


def last_line(text: str) -> str:
    return text.rstrip("\n").split("\n")[-1]


def listed(*arguments: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in call("keys", "list", "--json", *arguments).stdout.splitlines()]


def test_the_key_stands_alone_on_the_last_line() -> None:
    done = call("keys", "create", "--tenant", "acme", *BOTH, "--expires-in", "90d", "--label", "nightly run")
    assert done.exit_code == 0
    key = last_line(done.stdout)
    assert KEY.fullmatch(key)
    (row,) = listed()
    assert row["id"] == key.split("_")[1]
    assert (row["tenant"], row["label"], row["state"]) == ("acme", "nightly run", "valid")
    assert row["scopes"] == "optimizations:read optimizations:write"
    assert row["expires"] > row["created"]
    for told in (call("keys", "list"), call("audit")):
        assert row["id"] in told.stdout
        assert key.split("_")[2] not in told.stdout


def test_keys_are_listed_by_tenant_rotated_and_revoked() -> None:
    old = last_line(call("keys", "create", "--tenant", "acme", *BOTH).stdout).split("_")[1]
    call("keys", "create", "--tenant", "other", "--scope", "admin")
    assert [row["tenant"] for row in listed()] == ["acme", "other"]
    assert [row["id"] for row in listed("--tenant", "acme")] == [old]
    rotated = call("keys", "rotate", old, "--overlap", "2h")
    new = last_line(rotated.stdout).split("_")[1]
    assert {row["id"]: row["replaced_by"] for row in listed("--tenant", "acme")} == {old: new, new: None}
    for _ in range(2):
        assert call("keys", "revoke", new).exit_code == 0
    assert {row["id"]: row["state"] for row in listed("--tenant", "acme")} == {old: "valid", new: "revoked"}
    log = [json.loads(line) for line in call("audit", "--tenant", "acme", "--json").stdout.splitlines()]
    assert [(entry["action"], entry["subject"]) for entry in log] == [
        ("key.revoked", new),
        ("key.rotated", old),
        ("key.made", old),
    ]
    assert {entry["actor"] for entry in log} == {"command_line"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["create", "--tenant", "a b", "--scope", "admin"],
        ["create", "--tenant", "acme", "--scope", "everything"],
        ["create", "--tenant", "acme", "--scope", "admin", "--expires-in", "soon"],
        ["create", "--tenant", "acme", "--scope", "admin", "--expires-in", "99999999w"],
        ["revoke", "nothing"],
        ["rotate", "nothing"],
    ],
)
def test_what_cannot_be_is_one_line_and_exit_code_2(arguments: list[str]) -> None:
    done = call("keys", *arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


@contextmanager
def service() -> Iterator[tuple[str, list[str]]]:
    """`creatormix serve` on a free port; gives its URL and, at the end, what it said."""
    said: list[str] = []
    with subprocess.Popen([*EXECUTABLE, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            while not (said and "running on" in said[-1]):
                said.append(process.stderr.readline())
                assert said[-1], said
            found = re.search(r"http://127\.0\.0\.1:\d+", said[-1])
            assert found is not None
            yield found[0], said
        finally:
            process.send_signal(signal.SIGTERM)
            said.extend(process.communicate(timeout=DEADLINE_S)[1].splitlines())


def made_in_a_process(*arguments: str) -> str:
    done = subprocess.run(
        [*EXECUTABLE, "keys", *arguments], capture_output=True, text=True, timeout=DEADLINE_S, check=True
    )
    return last_line(done.stdout)


def test_a_running_service_is_open_to_its_machine_until_a_key_is_made_and_a_revoked_key_ends_within_seconds() -> None:
    brief = demo_briefs.raw("minimal")
    with service() as (url, said), httpx.Client(base_url=url, trust_env=False, timeout=DEADLINE_S) as client:
        assert any("No API key has been made" in line for line in said)
        json_type = {"Content-Type": "application/json"}
        assert client.post("/v1/optimizations", content=brief, headers=json_type).status_code in (201, 202)
        key = made_in_a_process("create", "--tenant", "default", *BOTH)
        assert client.get("/v1/optimizations").status_code == 401
        client.headers["Authorization"] = f"Bearer {key}"
        (kept,) = client.get("/v1/optimizations").json()["data"]
        assert client.get(f"/v1/optimizations/{kept['id']}").status_code == 200
        new = made_in_a_process("rotate", key.split("_")[1], "--overlap", "1h")
        assert client.get("/v1/optimizations").status_code == 200
        assert client.get("/v1/optimizations", headers={"Authorization": f"Bearer {new}"}).status_code == 200
        made_in_a_process("revoke", key.split("_")[1])
        gave_up = time.monotonic() + 5
        while client.get("/v1/optimizations").status_code != 401:
            assert time.monotonic() < gave_up
        assert client.get("/v1/optimizations", headers={"Authorization": f"Bearer {new}"}).status_code == 200
        assert client.get("/v1/demo-briefs").status_code == 200
    assert not any(key.split("_")[2] in line or new.split("_")[2] in line for line in said)

"""The commands of docs/operations.md that back a database up and restore it do so, while the service runs."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from app.main import create_app
from app.services import demo_briefs
from app.settings import load_settings
from tests import postgres as postgres_server
from tests.in_threads import InThreads
from tests.serving import served

PAGE = (Path(__file__).parents[2] / "docs/operations.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## Backup and restore")[2].partition("\n## ")[0]
SQLITE, POSTGRESQL = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)


@contextmanager
def client_of(url: str) -> Iterator[httpx.Client]:
    app = create_app(load_settings(database_url=url), InThreads)
    with served(app) as base_url, httpx.Client(base_url=base_url, trust_env=False, timeout=60) as client:
        yield client


def solved(client: httpx.Client) -> str:
    made = client.post("/v1/optimizations", json=json.loads(demo_briefs.raw("minimal")))
    assert made.json()["status"] == "succeeded"
    return made.text


def kept(client: httpx.Client, before: str) -> None:
    found = client.get(f"/v1/optimizations/{json.loads(before)['id']}")
    assert found.json()["result"] == json.loads(before)["result"]
    assert client.get(f"/v1/optimizations/{json.loads(before)['id']}/creators").status_code == 200


def run(command: str, folder: Path, tools: Path, **given: str) -> None:
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["sh", "-ec", command], cwd=folder, check=True, env={**os.environ, "PATH": path, **given})


def test_of_sqlite(tmp_path: Path) -> None:
    with client_of(f"sqlite:///{tmp_path / 'creatormix.db'}") as client:
        before = solved(client)
        run(SQLITE, tmp_path, Path(sys.executable).parent)
        later = solved(client)
    for name in ("creatormix.db", "creatormix.db-wal", "creatormix.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.move(tmp_path / "backup.db", tmp_path / "creatormix.db")
    with client_of(f"sqlite:///{tmp_path / 'creatormix.db'}") as client:
        kept(client, before)
        assert client.get(f"/v1/optimizations/{json.loads(later)['id']}").status_code == 404
        solved(client)


def test_of_postgresql(tmp_path: Path, postgres: postgres_server.Postgres) -> None:
    home = postgres_server.installation()
    assert home is not None
    url = postgres.new_database()
    with client_of(url) as client:
        before = solved(client)
        run(POSTGRESQL.splitlines()[0], tmp_path, home / "bin", URL=url)
        later = solved(client)
    run(POSTGRESQL.splitlines()[1], tmp_path, home / "bin", URL=url)
    with client_of(url) as client:
        kept(client, before)
        assert client.get(f"/v1/optimizations/{json.loads(later)['id']}").status_code == 404
        solved(client)

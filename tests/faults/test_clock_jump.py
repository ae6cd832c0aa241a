"""Clocks that jump or disagree: nobody is taken for dead, nothing is solved twice, and who is ready stays ready."""

import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.conftest import site
from tests.faults.failover import posted, status, taken_up_at, until
from tests.faults.storm import numbered_brief, running
from tests.hard_brief import hard_brief
from tests.postgres import Postgres
from tests.processes import worker

HOW_TO_INSTALL = "libfaketime is not installed: apt-get install libfaketime"
SOLVE_S = 4.0


def library() -> Path | None:
    """The library that tells processes another time; Debian has it for many threads."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    return found[0] if found else None


@dataclass(frozen=True)
class Clock:
    """The wall clock of processes that are started with these variables; their monotonic clock is right."""

    file: Path
    variables: dict[str, str]

    def be_off_by(self, offset: str) -> None:
        """Jump: to so much before or after the right time."""
        self.file.write_text(offset)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    preloaded = library()
    if preloaded is None:
        pytest.skip(HOW_TO_INSTALL)
    file = tmp_path / "clock"
    file.write_text("+0")
    variables = {
        "LD_PRELOAD": str(preloaded),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    return Clock(file, variables)


def test_a_clock_that_jumps_disturbs_nothing_that_runs(clock: Clock, tmp_path: Path, sqlite_url: str) -> None:
    with site(tmp_path, sqlite_url, variables=clock.variables) as running_site:
        client = running_site.client
        one = posted(client, {**hard_brief(SOLVE_S), "label": "long"})
        waiting = posted(client, numbered_brief(1))
        until(lambda: taken_up_at(client, one) is not None, "it is taken up")
        for jump in ("+1d", "-1d", "+0"):
            clock.be_off_by(jump)
            time.sleep(1.2)
            assert client.get("/readyz").status_code == 200, jump
        until(lambda: status(client, waiting) == "succeeded", "both end")
        assert running_site.ledger.ends() == {one: 1, waiting: 1}
        assert running_site.ledger.run("SELECT max(claim) FROM optimizations") == [(1,)]


def test_a_worker_whose_clock_is_an_hour_off_is_a_worker_like_any_other(
    clock: Clock, server: Postgres, tmp_path: Path
) -> None:
    with site(tmp_path, server.new_database(), workers=1) as running_site:
        clock.be_off_by("-1h")
        behind = worker(tmp_path, running_site.settings, "behind")
        behind.variables = clock.variables
        running_site.workers[0].kill()
        with running(behind):
            one = posted(running_site.client, numbered_brief(1))
            until(lambda: status(running_site.client, one) == "succeeded", "the worker with the wrong clock solves")
            until(lambda: running_site.client.get("/readyz").status_code == 200, "somebody is known to solve")
        assert running_site.ledger.ends() == {one: 1}

"""Short versions of `make faults`: nothing that was accepted is lost, ends twice or stays."""

from pathlib import Path

from tests.faults.failover import after_a_kill_on_postgresql, after_a_kill_on_sqlite
from tests.faults.storm import on_postgresql, on_sqlite
from tests.postgres import Postgres

LONGEST_GAP_S = 30.0
"""A claim of 15 s, with room for a machine that does other things too."""


def test_two_apis_and_three_workers_of_which_one_is_killed_all_the_time(server: Postgres, tmp_path: Path) -> None:
    counts = on_postgresql(server, tmp_path, briefs=40, every_s=3.0)
    assert not counts.wrong()
    assert counts.told.accepted() == 40
    assert counts.kills >= 3
    assert counts.database_stops == 1
    assert counts.pauses == 1


def test_one_process_on_sqlite_that_is_killed_and_started_again(tmp_path: Path) -> None:
    counts = on_sqlite(tmp_path, briefs=30, kills=3)
    assert not counts.wrong()
    assert counts.told.accepted() == 30
    assert counts.kills == 3


def test_another_worker_takes_up_what_a_dead_one_did(server: Postgres, tmp_path: Path) -> None:
    assert after_a_kill_on_postgresql(server, tmp_path) < LONGEST_GAP_S


def test_a_service_on_sqlite_takes_up_what_it_did_before_it_was_killed(tmp_path: Path) -> None:
    assert after_a_kill_on_sqlite(tmp_path) < LONGEST_GAP_S

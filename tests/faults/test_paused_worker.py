"""A worker that sleeps while others take over its work, and wakes late."""

import time
from pathlib import Path

from tests.faults.conftest import site
from tests.faults.crowd import ENDED, POST
from tests.faults.failover import posted, status, taken_up_at, until
from tests.hard_brief import hard_brief
from tests.postgres import Postgres

SOLVE_S = 3.0
AFTER_WAKING_S = 6.0


def test_a_worker_that_wakes_late_does_not_write_over_what_another_has_ended(server: Postgres, tmp_path: Path) -> None:
    with site(tmp_path, server.new_database(), workers=1) as running:
        first, other = running.workers[0], running.apis[0]
        one = posted(running.client, {**hard_brief(SOLVE_S), "label": "paused"})
        until(lambda: taken_up_at(running.client, one) is not None, "it is taken up")
        tree = first.tree()
        for process in tree:
            process.suspend()
        second = type(first)(first.arguments, first.settings, first.log.with_name("second.log"))
        try:
            second.start()
            until(lambda: status(running.client, one) in ENDED, "another worker ends it")
            ended = running.client.get(f"{POST}/{one}").json()
            for process in tree:
                process.resume()
            time.sleep(AFTER_WAKING_S)
            assert running.client.get(f"{POST}/{one}").json() == ended
            assert ended["status"] == "succeeded"
            assert running.ledger.ends() == {one: 1}
            assert running.ledger.changes_after_end() == 0
            again = posted(running.client, {**hard_brief(0.5), "label": "after"})
            until(lambda: status(running.client, again) == "succeeded", "work goes on")
            assert first.alive()
            assert other.alive()
        finally:
            second.destroy()

"""A schema that moves on while old processes run, and one that is not there yet."""

from pathlib import Path

from tests.faults.conftest import site
from tests.faults.failover import posted, status, until
from tests.faults.storm import numbered_brief, running
from tests.hard_brief import hard_brief
from tests.postgres import Postgres
from tests.processes import api, worker

SOLVE_S = 3.0


def test_an_old_worker_goes_on_while_the_schema_moves_on(server: Postgres, tmp_path: Path) -> None:
    """What the next version would do: it adds a column and is at a revision that the old one does not know.

    A process of the old version that is started again by then (a pod that moves) is ready too.
    """
    with site(tmp_path, server.new_database(), workers=1) as before:
        client = before.client
        one = posted(client, {**hard_brief(SOLVE_S), "label": "during"})
        waiting = posted(client, numbered_brief(1))
        until(lambda: status(client, one) == "running", "it is taken up")
        before.ledger.run("ALTER TABLE optimizations ADD COLUMN of_the_next_version TEXT NOT NULL DEFAULT ''")
        before.ledger.run("UPDATE alembic_version SET version_num = '9999'")
        until(lambda: status(client, waiting) == "succeeded", "what is queued is solved by the old worker")
        assert before.ledger.ends() == {one: 1, waiting: 1}
        late = api(tmp_path, before.settings, "late")
        with running(late):
            late.wait_until_ready()
        assert before.workers[0].alive()


def test_a_worker_waits_for_its_schema(server: Postgres, tmp_path: Path) -> None:
    settings: dict[str, object] = {"database_url": server.new_database(), "serve_solves": "false"}
    early = worker(tmp_path, settings, "early")
    with running(early):
        until(lambda: early.alive() and bool(early.tree()), "the worker runs")
        service = api(tmp_path, settings, "api")
        with running(service):
            service.wait_until_ready()
            assert early.alive()

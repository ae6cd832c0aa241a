"""Whatever goes wrong while work is taken up, the next is taken up."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from app.jobs.engine import Engine
from app.services import demo_briefs, optimizations
from app.services.caller import command_line
from app.services.solving import Ended
from app.settings import Settings
from app.storage import migrate
from app.storage.database import Database
from app.storage.jobs import Claimed
from app.telemetry.traces import Traces
from tests.app.services.queue import posted
from tests.in_threads import InThreads


class Failing(InThreads):
    """Workers of whom one cannot say at first whether they stand ready."""

    asked = 0

    def is_ready(self) -> bool:
        self.asked += 1
        if self.asked == 1:
            raise OSError("Cannot allocate memory")
        return True


def test_a_defect_while_taking_up_does_not_end_the_taking_up(
    new_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = new_settings()
    migrate.upgrade(settings.database_url)
    database = Database(settings.database_url)
    ended: list[str] = []
    told = threading.Event()
    begins = threading.Thread.start
    refused: list[str] = []

    def start(thread: threading.Thread) -> None:
        if thread.name.startswith("job-") and not refused:
            refused.append(thread.name)
            raise RuntimeError("can't start new thread")
        begins(thread)

    def on_end(job: Claimed, how: Ended) -> None:
        ended.append(f"{job.id} {how.status}")
        told.set()

    with database.writing() as session:
        made = [optimizations.add(session, command_line(), brief(settings)) for _ in range(2)]
    monkeypatch.setattr(threading.Thread, "start", start)
    pool = Failing(settings, 1)
    engine = Engine(settings, database, pool, "me", on_end, Traces())
    engine.start()
    try:
        assert told.wait(60)
        assert refused == [f"job-{made[0]}"]
        assert ended == [f"{made[1]} succeeded"]
        assert engine.running() == set(), "the keeper hands back what is said to run here and does not"
    finally:
        engine.close(5.0)
        database.close()


def brief(settings: Settings) -> Any:
    return posted(demo_briefs.raw("minimal"), settings)

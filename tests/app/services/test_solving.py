"""A job that was taken up ends, whatever it meets on the way."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from app.services import briefs, demo_briefs, optimizations, solving
from app.services.caller import command_line
from app.services.opened import Opened, benchmarks_at
from app.settings import Settings
from app.storage import jobs, migrate
from app.storage.database import Database
from app.storage.tables import DEFAULT_TENANT
from tests.app.services.queue import posted


@pytest.fixture
def at(new_settings: Callable[..., Settings]) -> Iterator[Opened]:
    settings = new_settings()
    migrate.upgrade(settings.database_url)
    database = Database(settings.database_url)
    yield Opened(settings, database, benchmarks_at(None))
    database.close()


@pytest.mark.parametrize(
    ("met", "code", "stop_reason"),
    [(MemoryError(), "out_of_memory", "out_of_memory"), (KeyError("c17"), "solve_failed", None)],
)
def test_a_brief_that_can_no_longer_be_read_ends_its_job(
    at: Opened, monkeypatch: pytest.MonkeyPatch, met: Exception, code: str, stop_reason: str | None
) -> None:
    def unreadable(*_: object) -> None:
        raise met

    with at.database.writing() as session:
        made = optimizations.add(session, command_line(), posted(demo_briefs.raw("minimal"), at.settings))
        job = jobs.claim_next(session, "me", at=datetime.now(UTC), tenant_limit=None)
    assert job is not None
    monkeypatch.setattr(briefs, "read_stored", unreadable)
    assert solving.solve_at(at, job).kept
    with at.database.reading() as session:
        ended = optimizations.get(session, DEFAULT_TENANT, made)
    assert (ended.status, ended.stop_reason) == ("failed", stop_reason)
    assert ended.failure is not None
    assert ended.failure.code == code

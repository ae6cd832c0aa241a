"""The queue, on both databases: everybody gets a turn, a result has one owner, and nothing is lost with its process."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from app.storage import executors, jobs, migrate, optimizations
from app.storage.database import Database
from app.storage.ids import new_id
from app.storage.jobs import Claimed
from app.storage.tables import ExecutorRow, OptimizationRow

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def database(empty_database_url: str) -> Iterator[Database]:
    migrate.upgrade(empty_database_url)
    database = Database(empty_database_url)
    yield database
    database.close()


class Desk:
    """A queue and what one does with it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._added = 0

    def post(self, tenant: str = "a", number: int = 1) -> list[str]:
        made = []
        for _ in range(number):
            self._added += 1
            at = START + timedelta(seconds=self._added)
            with self.database.writing() as session:
                row = OptimizationRow(
                    id=new_id("opt", at),
                    tenant_id=tenant,
                    status="queued",
                    created_at=at,
                    warnings_json="[]",
                    queue_tag=jobs.fair_tag(session, tenant),
                )
                optimizations.add(session, row, b"{}")
            made.append(row.id)
        return made

    def claim(self, executor: str = "e1", tenant_limit: int | None = None) -> Claimed | None:
        with self.database.writing() as session:
            return jobs.claim_next(session, executor, at=START, tenant_limit=tenant_limit)

    def taken(self, executor: str = "e1") -> Claimed:
        job = self.claim(executor)
        assert job is not None
        return job

    def end(self, job: Claimed) -> bool:
        with self.database.writing() as session:
            return optimizations.end(session, job.id, job.claim, status="succeeded", completed_at=START)

    def status(self, job_id: str) -> str:
        with self.database.reading() as session:
            row = session.get(OptimizationRow, job_id)
        assert row is not None
        return row.status

    def enter(self, executor: str) -> None:
        row = ExecutorRow(id=executor, kind="worker", slots=1, version="1", started_at=START, beat=0, beat_at=START)
        with self.database.writing() as session:
            executors.beat(session, row, at=START)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_those_of_one_tenant_are_taken_in_the_order_in_which_they_came(desk: Desk) -> None:
    made = desk.post(number=4)
    assert [desk.taken().id for _ in range(4)] == made
    assert desk.claim() is None


def test_a_tenant_with_many_lets_another_one_in_at_once(desk: Desk) -> None:
    many = desk.post("a", number=20)
    assert desk.taken().id == many[0]
    first, second = desk.post("b", number=2)
    order = [desk.taken().id for _ in range(6)]
    assert order.index(first) <= 1
    assert order.index(second) <= 3
    assert [job for job in order if job in many] == many[1:5]


def test_who_posts_one_at_a_time_does_not_overtake_for_ever(desk: Desk) -> None:
    waiting = desk.post("a", number=3)
    taken = []
    for _ in range(6):
        desk.post("b")
        taken.append(desk.taken().id)
    assert set(waiting) <= set(taken)


def test_a_tenant_at_its_limit_is_passed_over(desk: Desk) -> None:
    first, *_ = desk.post("a", number=3)
    other = desk.post("b")[0]
    assert [job.id for job in (desk.claim(tenant_limit=1), desk.claim(tenant_limit=1)) if job] == [first, other]
    assert desk.claim(tenant_limit=1) is None


def test_a_result_is_kept_under_the_claim_that_counts_and_once(desk: Desk) -> None:
    job_id = desk.post()[0]
    late = desk.taken("paused")
    with desk.database.writing() as session:
        assert jobs.hand_back(session, late.id, late.claim)
    now = desk.taken("e2")
    assert (now.id, now.claim) == (job_id, late.claim + 1)
    assert not desk.end(late)
    with desk.database.writing() as session:
        assert jobs.order(session, late.id, late.claim) == "lost"
        assert not jobs.hand_back(session, late.id, late.claim)
        jobs.report(session, late.id, late.claim, '{"of": "the late one"}')
        assert jobs.states(session, [job_id])[0].progress_json is None
    assert desk.end(now)
    assert not desk.end(now)
    assert desk.status(job_id) == "succeeded"


def test_what_a_process_that_is_gone_had_taken_up_is_queued_again_in_its_old_place(desk: Desk) -> None:
    first, second = desk.post(number=2)
    desk.enter("living")
    job = desk.taken("dead")
    assert job.id == first
    assert desk.taken("living").id == second
    with desk.database.writing() as session:
        jobs.report(session, job.id, job.claim, "{}")
    with desk.database.writing() as session:
        lost = jobs.of_nobody(session)
    assert [(one.id, one.crashes) for one in lost] == [(first, 1)]
    assert (desk.status(first), desk.status(second)) == ("queued", "running")
    desk.post()
    assert desk.taken("living").id == first


def test_a_death_before_any_progress_is_no_crash_and_cannot_go_on_for_ever(desk: Desk) -> None:
    desk.post()
    hopeless = []
    for _ in range(jobs.MOST_CLAIMS):
        desk.taken("dead")
        with desk.database.writing() as session:
            (lost,) = jobs.of_nobody(session)
        assert lost.crashes == 0
        hopeless.append(lost.is_hopeless)
    assert hopeless == [False] * (jobs.MOST_CLAIMS - 1) + [True]


def test_three_deaths_in_the_middle_of_a_solve_are_enough(desk: Desk) -> None:
    desk.post()
    hopeless = []
    for _ in range(jobs.MOST_CRASHES):
        job = desk.taken("dead")
        with desk.database.writing() as session:
            jobs.report(session, job.id, job.claim, "{}")
            (lost,) = jobs.of_nobody(session)
        hopeless.append(lost.is_hopeless)
    assert hopeless == [False, False, True]


def test_a_stop_cancels_what_waits_and_asks_what_runs(desk: Desk) -> None:
    running, queued = desk.post(number=2)
    job = desk.taken()
    for job_id in (running, queued):
        with desk.database.writing() as session:
            jobs.request_stop(session, "a", job_id, at=START)
    assert desk.status(queued) == "cancelled"
    with desk.database.reading() as session:
        assert jobs.order(session, running, job.claim) == "stop"
    assert desk.end(job)
    assert desk.claim() is None


def test_another_tenant_stops_nothing(desk: Desk) -> None:
    job_id = desk.post("a")[0]
    with desk.database.writing() as session:
        jobs.request_stop(session, "b", job_id, at=START)
    assert desk.status(job_id) == "queued"


def test_every_change_raises_the_revision(desk: Desk) -> None:
    job_id = desk.post()[0]

    def revision() -> int:
        with desk.database.reading() as session:
            return jobs.states(session, [job_id])[0].revision

    seen = [revision()]
    job = desk.taken()
    seen.append(revision())
    with desk.database.writing() as session:
        jobs.report(session, job.id, job.claim, "{}")
    seen.append(revision())
    desk.end(job)
    seen.append(revision())
    assert seen == sorted(set(seen))


def test_a_stop_is_not_lost_while_the_job_is_handed_back(desk: Desk) -> None:
    """Between two looks of a stop, one for each state, a job could change from the second to the first."""
    [job_id] = desk.post()
    job = desk.taken()
    handing_back: list[threading.Thread] = []

    def hand_back() -> None:
        with desk.database.writing() as session:
            jobs.hand_back(session, job.id, job.claim)

    def in_between(*told: object) -> None:
        if not handing_back and "UPDATE optimizations" in str(told[2]):
            handing_back.append(threading.Thread(target=hand_back))
            handing_back[0].start()
            handing_back[0].join(1.0)  # it cannot end before the stop, which holds the row

    with desk.database.writing() as session:
        event.listen(session.connection(), "after_cursor_execute", in_between)
        jobs.request_stop(session, "a", job_id, at=START)
    handing_back[0].join(30)
    with desk.database.reading() as session:
        row = session.get(OptimizationRow, job_id)
    assert row is not None
    assert row.stop_requested

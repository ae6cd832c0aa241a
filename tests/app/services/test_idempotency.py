"""One key does its work once, on both databases, whoever dies, sleeps or comes second."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.errors import KeyInUse, KeyReused, NotFound
from app.services import demo_briefs, idempotency, optimizations
from app.services.caller import Caller, command_line
from app.services.idempotency import Asked, Begun, InFlight, fingerprint
from app.settings import load_settings
from app.storage import executors, idempotency_keys, migrate
from app.storage.database import Database
from app.storage.idempotency_keys import KeptAnswer
from app.storage.optimizations import Listing
from app.storage.tables import DEFAULT_TENANT, ExecutorRow
from tests.app.services.queue import posted

DAY = timedelta(hours=24)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ASKED = Asked(DEFAULT_TENANT, "key-1", fingerprint("POST", "/v1/optimizations", b"", b"{}"), None, NOW)
ANSWER = KeptAnswer(201, {"content-type": "application/json", "location": "/x"}, b'{"answer": 1}' * 100)


@pytest.fixture
def database(empty_database_url: str) -> Iterator[Database]:
    migrate.upgrade(empty_database_url)
    database = Database(empty_database_url)
    yield database
    database.close()


def process(database: Database, name: str) -> InFlight:
    """A process of the service that is entered as one that lives."""
    row = ExecutorRow(id=name, kind="serve", slots=0, version="1", started_at=NOW, beat=0, beat_at=NOW)
    with database.writing() as session:
        executors.beat(session, row, at=NOW)
    return InFlight(name)


def dies(database: Database, who: InFlight) -> None:
    """The others have found out that it is gone."""
    with database.writing() as session:
        executors.remove(session, [who.executor_id])


def begun(database: Database, who: InFlight, asked: Asked = ASKED) -> Begun:
    held = idempotency.begin(database, who, asked, DAY)
    assert isinstance(held, Begun)
    return held


def make(database: Database, held: Begun) -> str:
    """An optimization, in one transaction with its tie to the key."""
    settings = load_settings(database_url=database.url)
    with database.writing() as session:
        made = optimizations.add(session, command_line(), posted(demo_briefs.raw("minimal"), settings))
        idempotency.tie(session, held, made)
    return made


def number_of_optimizations(database: Database) -> int:
    with database.reading() as session:
        return len(optimizations.page(session, DEFAULT_TENANT, Listing(), cursor=None, limit=100).data)


def test_an_answer_comes_again_as_it_was(database: Database) -> None:
    me, other = process(database, "me"), process(database, "other")
    held = begun(database, me)
    idempotency.keep(database, held, ANSWER)
    me.end(held.holding.token)
    for who in (me, other):
        assert idempotency.begin(database, who, ASKED, DAY) == ANSWER


def test_the_fingerprint_tells_every_part_from_every_other() -> None:
    asked = [
        ("POST", "/a", b"", b""),
        ("POST", "/a", b"b", b""),
        ("POST", "/a", b"", b"b"),
        ("POST", "/ab", b"", b""),
        ("POST", "/", b"a", b""),
        ("PUT", "/a", b"", b""),
    ]
    assert len({fingerprint(*each) for each in asked}) == len(asked)


def test_a_key_for_something_else_is_refused_whatever_became_of_the_first(database: Database) -> None:
    me = process(database, "me")
    something_else = replace(ASKED, fingerprint=fingerprint("POST", "/v1/optimizations", b"", b"{ }"))
    held = begun(database, me)
    with pytest.raises(KeyReused, match="key-1"):
        idempotency.begin(database, me, something_else, DAY)
    idempotency.keep(database, held, ANSWER)
    with pytest.raises(KeyReused):
        idempotency.begin(database, me, something_else, DAY)


def test_a_key_belongs_to_a_tenant(database: Database) -> None:
    me = process(database, "me")
    idempotency.keep(database, begun(database, me), ANSWER)
    theirs = replace(ASKED, tenant_id="another")
    assert begun(database, me, theirs).made_id is None


def test_while_the_first_works_the_second_waits(database: Database) -> None:
    me, other = process(database, "me"), process(database, "other")
    begun(database, me)
    for who in (me, other):
        with pytest.raises(KeyInUse) as refused:
            idempotency.begin(database, who, ASKED, DAY)
        assert refused.value.retry_after_s > 0


def test_an_answer_that_is_not_kept_frees_the_key(database: Database) -> None:
    me, other = process(database, "me"), process(database, "other")
    idempotency.let_go(database, begun(database, me))
    assert begun(database, other, replace(ASKED, fingerprint=b"x" * 32)).made_id is None


def test_of_many_at_once_one_works(database: Database) -> None:
    processes = [process(database, f"process-{number}") for number in range(8)]
    together = threading.Barrier(len(processes))
    outcomes: list[str] = []

    def send(who: InFlight) -> None:
        together.wait(30)
        try:
            begun(database, who)
            outcomes.append("works")
        except KeyInUse:
            outcomes.append("waits")

    threads = [threading.Thread(target=send, args=(who,)) for who in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["waits"] * 7 + ["works"]


@pytest.mark.parametrize("died", ["before", "after"])
def test_what_a_dead_process_made_is_rejoined_and_nothing_is_made_twice(database: Database, died: str) -> None:
    first, second, third = (process(database, name) for name in ("first", "second", "third"))
    held = begun(database, first)
    made = make(database, held) if died == "after" else None
    with pytest.raises(KeyInUse):
        idempotency.begin(database, second, ASKED, DAY)
    dies(database, first)
    again = begun(database, second)
    assert again.made_id == made
    with pytest.raises(KeyInUse):
        idempotency.begin(database, third, ASKED, DAY)
    if made is None:
        make(database, again)
    assert number_of_optimizations(database) == 1


def test_of_many_who_find_a_dead_one_one_works(database: Database) -> None:
    first = process(database, "first")
    made = make(database, begun(database, first))
    dies(database, first)
    processes = [process(database, f"process-{number}") for number in range(6)]
    together = threading.Barrier(len(processes))
    joined: list[str | None] = []

    def send(who: InFlight) -> None:
        together.wait(30)
        with suppress(KeyInUse):
            joined.append(begun(database, who).made_id)

    threads = [threading.Thread(target=send, args=(who,)) for who in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert joined == [made]


def test_who_was_taken_for_dead_and_wakes_late_makes_and_keeps_nothing(database: Database) -> None:
    sleeper, second = process(database, "sleeper"), process(database, "second")
    held = begun(database, sleeper)
    dies(database, sleeper)
    again = begun(database, second)
    with pytest.raises(KeyInUse):
        make(database, held)
    idempotency.keep(database, held, ANSWER)
    idempotency.let_go(database, held)
    made = make(database, again)
    assert number_of_optimizations(database) == 1
    idempotency.let_go(database, again)
    assert begun(database, sleeper).made_id == made


def test_a_made_one_stays_tied_when_its_answer_is_not_kept(database: Database) -> None:
    me = process(database, "me")
    held = begun(database, me)
    made = make(database, held)
    idempotency.let_go(database, held)
    me.end(held.holding.token)
    assert begun(database, me).made_id == made


def test_what_a_process_lost_track_of_is_freed_and_what_it_works_on_is_not(database: Database) -> None:
    me, other = process(database, "me"), process(database, "other")
    lost, at_work = begun(database, me), begun(database, me, replace(ASKED, key="key-2"))
    me.end(lost.holding.token)  # its answer could not be written: the database was away
    idempotency.let_go_of_lost(database, me)
    assert begun(database, other).made_id is None
    with pytest.raises(KeyInUse):
        idempotency.begin(database, other, replace(ASKED, key="key-2"), DAY)
    idempotency.keep(database, at_work, ANSWER)


def test_the_same_process_takes_up_what_it_lost_track_of(database: Database) -> None:
    me = process(database, "me")
    held = begun(database, me)
    made = make(database, held)
    me.end(held.holding.token)
    assert begun(database, me).made_id == made


def test_an_expired_key_is_new(database: Database) -> None:
    me = process(database, "me")
    idempotency.keep(database, begun(database, me), ANSWER)
    almost = replace(ASKED, at=NOW + DAY)
    assert idempotency.begin(database, me, almost, DAY) == ANSWER
    later = replace(ASKED, at=NOW + DAY + timedelta(seconds=1), fingerprint=b"y" * 32)
    assert begun(database, me, later).made_id is None


def test_an_erased_optimization_is_in_no_kept_answer(database: Database) -> None:
    me = process(database, "me")
    held = begun(database, me)
    made = make(database, held)
    idempotency.keep(database, held, ANSWER)
    about = replace(ASKED, key="key-2", about_id=made)
    idempotency.keep(database, begun(database, me, about), ANSWER)
    during = begun(database, me, replace(about, key="key-3"))
    with database.writing() as session:
        optimizations.erase(session, Caller(DEFAULT_TENANT, "service"), made)
    idempotency.keep(database, during, ANSWER)  # it was answered from what it had read before the erasure
    for key in ("key-1", "key-2", "key-3"):
        with pytest.raises(NotFound, match="erased"):
            idempotency.begin(database, me, replace(about, key=key), DAY)
        with database.reading() as session:
            row = idempotency_keys.find(session, DEFAULT_TENANT, key)
            assert row is not None
            assert (row.content, row.headers_json) == (None, None)

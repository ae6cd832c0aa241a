"""A key opens what it was made for, as long as it was made for; its secret is nowhere but with its holder."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.errors import MissingScope, Unauthenticated
from app.services import keys
from app.services.caller import ADMIN, READ, SCOPES, WRITE, Caller
from app.services.keys import BadKeyRequestError, Made
from app.storage import audit, migrate
from app.storage import keys as stored
from app.storage.database import Database

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def database(empty_database_url: str) -> Iterator[Database]:
    migrate.upgrade(empty_database_url)
    database = Database(empty_database_url)
    yield database
    database.close()


def made(database: Database, tenant: str = "acme", expires_in: timedelta | None = None) -> Made:
    with database.writing() as session:
        return keys.make(session, tenant_id=tenant, scopes=[WRITE, READ], now=NOW, expires_in=expires_in, label="CI")


def opens(database: Database, key: str, at: datetime = NOW) -> bool:
    with database.reading() as session:
        try:
            keys.authenticate(session, key, at)
        except Unauthenticated:
            return False
    return True


def actions(database: Database) -> list[tuple[str, str, str]]:
    with database.reading() as session:
        return [(row.action, row.tenant_id, row.subject_id) for row in audit.newest(session, None, 100)][::-1]


def test_a_key_is_known_again_and_nothing_like_it_is(database: Database) -> None:
    key = made(database).text
    other = made(database, "other").text
    assert opens(database, key)
    prefix, key_id, secret = key.split("_")
    flipped = secret[:-1] + ("0" if secret[-1] != "0" else "1")
    for wrong in (
        f"{prefix}_{key_id}_{flipped}",
        f"{prefix}_{key_id}_{other.split('_')[2]}",
        f"{prefix}_{key_id}_{secret}0",
        f"{prefix}_{key_id}_",
        f"{prefix}_{key_id}",
        f" {key}",
        key.upper(),
        key.replace("cbo", "cbx"),
        f"{prefix}_{'0' * 16}_{secret}",
        "",
        "x" * 100_000,
        "cbo_\u0660" + key[5:],
    ):
        assert not opens(database, wrong), wrong


def test_the_secret_is_not_in_the_database(database: Database) -> None:
    secret = made(database).text.split("_")[2]
    with database.reading() as session:
        for table in ("tenants", "api_keys", "audit_log"):
            rows = session.execute(text(f"SELECT * FROM {table}")).all()
            assert rows
            assert secret not in repr(rows)
            assert bytes.fromhex(secret) not in [value for row in rows for value in row if isinstance(value, bytes)]


def test_a_key_expires_to_the_moment(database: Database) -> None:
    key = made(database, expires_in=HOUR).text
    assert opens(database, key, NOW + HOUR - timedelta(microseconds=1))
    assert not opens(database, key, NOW + HOUR)


def test_a_revoked_key_ends_at_once_and_keys_are_needed_all_the_same(database: Database) -> None:
    with database.reading() as session:
        assert not keys.any_made(session)
    key = made(database)
    for _ in range(2):
        with database.writing() as session:
            assert keys.revoke(session, key.row.id, NOW).revoked_at == NOW
    assert not opens(database, key.text)
    with database.reading() as session:
        assert keys.any_made(session)
    assert actions(database) == [("key.made", "acme", key.row.id), ("key.revoked", "acme", key.row.id)]


def test_a_rotated_key_and_its_successor_overlap(database: Database) -> None:
    old = made(database, expires_in=timedelta(days=90))
    with database.writing() as session:
        new = keys.rotate(session, old.row.id, overlap=HOUR, now=NOW)
    assert (new.row.tenant_id, new.row.scopes, new.row.label) == (old.row.tenant_id, old.row.scopes, old.row.label)
    assert new.row.expires_at == NOW + timedelta(days=90)
    assert [opens(database, key.text, NOW + HOUR / 2) for key in (old, new)] == [True, True]
    assert [opens(database, key.text, NOW + HOUR) for key in (old, new)] == [False, True]
    with pytest.raises(BadKeyRequestError, match="was rotated before"), database.writing() as session:
        keys.rotate(session, old.row.id, overlap=HOUR, now=NOW)
    assert ("key.rotated", "acme", old.row.id) in actions(database)


def test_of_two_that_rotate_a_key_at_once_the_second_is_told_of_the_first(database: Database) -> None:
    old = made(database)
    told: list[str] = []

    def again() -> None:
        try:
            with database.writing() as session:
                keys.rotate(session, old.row.id, overlap=HOUR, now=NOW)
        except BadKeyRequestError as error:
            told.append(str(error))

    second = threading.Thread(target=again)
    with database.writing() as session:
        new = keys.rotate(session, old.row.id, overlap=HOUR, now=NOW)
        second.start()
        second.join(0.3)  # it would have read the key by now if nothing kept it waiting
    second.join(60)
    assert told == [f"key {old.row.id} was rotated before, to {new.row.id}; rotate that one"]
    with database.reading() as session:
        assert {row.id for row in stored.listed(session, "acme")} == {old.row.id, new.row.id}


def test_two_first_keys_of_a_tenant_are_made_at_once(database: Database) -> None:
    failures: list[Exception] = []

    def make_one() -> None:
        try:
            made(database, "new")
        except Exception as error:
            failures.append(error)

    second = threading.Thread(target=make_one)
    with database.writing() as session:
        keys.make(session, tenant_id="new", scopes=[READ], now=NOW)
        second.start()
        second.join(0.3)
    second.join(60)
    assert failures == []
    with database.reading() as session:
        assert len(stored.listed(session, "new")) == 2


def test_rotating_does_not_lengthen_a_key_or_wake_a_dead_one(database: Database) -> None:
    short = made(database, expires_in=HOUR)
    with database.writing() as session:
        keys.rotate(session, short.row.id, overlap=10 * HOUR, now=NOW)
    assert not opens(database, short.text, NOW + HOUR)
    dead = made(database, expires_in=HOUR)
    with pytest.raises(BadKeyRequestError, match="is expired"), database.writing() as session:
        keys.rotate(session, dead.row.id, overlap=HOUR, now=NOW + 2 * HOUR)


def test_a_key_and_its_entry_in_the_log_are_made_together_or_not_at_all(database: Database) -> None:
    def fail_afterwards() -> None:
        with database.writing() as session:
            keys.make(session, tenant_id="acme", scopes=[READ], now=NOW)
            raise KeyError

    with pytest.raises(KeyError):
        fail_afterwards()
    assert actions(database) == []
    with database.reading() as session:
        assert not keys.any_made(session)


def test_use_is_noted_coarsely(database: Database) -> None:
    key_id = made(database).row.id
    noted = []
    for minutes in (0, 1, 4, 6, 7):
        with database.reading() as session:
            row = stored.find(session, key_id)
        assert row is not None
        keys.note_use(database, row, NOW + timedelta(minutes=minutes))
        with database.reading() as session:
            found = stored.find(session, key_id)
            assert found is not None
            noted.append(found.last_used_at)
    assert noted == [NOW] * 3 + [NOW + timedelta(minutes=6)] * 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"tenant_id": ""}, "no name for a tenant"),
        ({"tenant_id": "-x"}, "no name for a tenant"),
        ({"tenant_id": "a/b"}, "no name for a tenant"),
        ({"tenant_id": "a" * 65}, "no name for a tenant"),
        ({"scopes": []}, "at least one scope"),
        ({"scopes": ["optimizations"]}, "no scope 'optimizations'"),
        ({"label": "a\x1b[2J"}, "label"),
        ({"label": "a" * 201}, "label"),
    ],
)
def test_a_key_that_cannot_be_is_refused_in_words(database: Database, changed: dict[str, object], said: str) -> None:
    wanted: dict[str, object] = {"tenant_id": "acme", "scopes": [READ], "now": NOW, **changed}
    with pytest.raises(BadKeyRequestError, match=said), database.writing() as session:
        keys.make(session, **wanted)  # type: ignore[arg-type]


def test_no_scope_includes_another_but_admin_includes_all() -> None:
    for held in SCOPES:
        caller = Caller("acme", "key", frozenset([held]), "k1")
        for needed in SCOPES:
            if needed == held or held == ADMIN:
                caller.require(needed)
            else:
                with pytest.raises(MissingScope, match=needed):
                    caller.require(needed)

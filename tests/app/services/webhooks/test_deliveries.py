"""From the end of an optimization to a receiver that has it, whatever fails in between, on both databases."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pytest
from sqlalchemy import update
from standardwebhooks import WebhookVerificationError

from app.errors import EndpointDisabled, InvalidRequest, Unavailable
from app.services.caller import Caller
from app.services.optimizations import stop
from app.services.webhooks import attempts, deliveries, endpoints, events, signing
from app.services.webhooks.attempts import LEASE, Attempted, Taken, attempt, claim
from app.services.webhooks.sender import AT_ONCE_PER_HOST, AT_ONCE_PER_TENANT, Sender
from app.settings import Settings, load_settings
from app.storage import migrate, optimizations, webhook_deliveries
from app.storage.database import Database, Session
from app.storage.ids import new_id
from app.storage.tables import OptimizationRow, WebhookDeliveryRow
from app.storage.webhook_deliveries import Busy, Claimed, Listing, Outcome
from app.wire.webhook_delivery import WebhookDelivery
from app.wire.webhook_endpoint import WebhookEndpointRequest, WebhookEndpointWithSecret
from app.wire.webhook_event import OptimizationEventType
from tests.app.services.webhooks.receiver import Receiver, Reply, receiving

TENANT = "default"
CALLER = Caller(TENANT, "command_line")
SECRET = signing.new_secret()
TRUSTED = ssl.create_default_context()


@pytest.fixture
def database(empty_database_url: str) -> Iterator[Database]:
    migrate.upgrade(empty_database_url)
    database = Database(empty_database_url)
    yield database
    database.close()


def settings_of(**changed: object) -> Settings:
    defaults = {"webhook_secret": SECRET, "webhook_allowed_hosts": "127.0.0.1", "webhook_retry_seconds": (0.0, 0.0)}
    return load_settings(**{**defaults, **changed})


def url_of(receiver: Receiver) -> str:
    return f"http://127.0.0.1:{receiver.port}/in"


def ended(database: Database, status: str = "succeeded", *, webhook_url: str | None, tenant: str = TENANT) -> str:
    """An optimization that ends, and is announced in the transaction in which it does."""
    at = datetime.now(UTC)
    row = OptimizationRow(
        id=new_id("opt", at),
        tenant_id=tenant,
        status=status,
        solution_status="optimal" if status == "succeeded" else None,
        stop_reason="proven" if status == "succeeded" else None,
        label="Trail shoe launch",
        created_at=at,
        completed_at=at,
        warnings_json="[]",
        webhook_url=webhook_url,
    )
    with database.writing() as session:
        session.add(row)
        session.flush()
        events.announce(session, [row.id])
        return row.id


def registered(
    database: Database, url: str, types: list[OptimizationEventType] | None = None, tenant: str = TENANT
) -> WebhookEndpointWithSecret:
    with database.writing() as session:
        return endpoints.register(
            session, Caller(tenant, "command_line"), WebhookEndpointRequest(url=url, event_types=types)
        )


def listed(database: Database, tenant: str = TENANT, **narrowed: str) -> list[WebhookDelivery]:
    with database.reading() as session:
        return deliveries.page(session, tenant, Listing(**narrowed), cursor=None, limit=100).data


def deliver(database: Database, settings: Settings | None = None) -> list[Attempted]:
    seen: list[Attempted] = []
    attempts.deliver_due(database, settings or settings_of(), TRUSTED, seen.append)
    return seen


def taken(database: Database) -> Taken:
    claimed = claim(database)
    assert claimed is not None
    return claimed


def let_leases_end(database: Database) -> None:
    with database.writing() as session:
        session.execute(update(WebhookDeliveryRow).values(claimed_until=datetime.now(UTC) - timedelta(seconds=1)))


def test_the_library_accepts_what_a_briefs_url_gets(database: Database) -> None:
    with receiving() as receiver:
        optimization_id = ended(database, webhook_url=url_of(receiver))
        [seen] = deliver(database)
    [got] = receiver.got
    event = got.verified(SECRET)
    assert (event["type"], event["data"]["id"], event["data"]["status"], event["data"]["solution_status"]) == (
        "optimization.completed",
        optimization_id,
        "succeeded",
        "optimal",
    )
    assert set(event) == {"type", "timestamp", "data"}
    assert len(got.body) < 1000
    assert got.headers["Content-Type"] == "application/json"
    [delivery] = listed(database)
    assert (delivery.status, delivery.next_attempt_at) == ("delivered", None)
    assert delivery.event_id == got.headers["webhook-id"]
    assert [attempt.status_code for attempt in delivery.attempts] == [204]
    assert (seen.outcome, seen.status) == ("delivered", "delivered")
    with pytest.raises(WebhookVerificationError):
        got.verified(signing.new_secret())


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("succeeded", "optimization.completed"),
        ("failed", "optimization.failed"),
        ("cancelled", "optimization.cancelled"),
    ],
)
def test_each_way_to_end_has_its_event(database: Database, status: str, kind: str) -> None:
    ended(database, status, webhook_url="https://hooks.example.com/")
    [delivery] = listed(database)
    assert delivery.type == kind


def test_one_that_is_cancelled_in_the_queue_is_told_once(database: Database) -> None:
    at = datetime.now(UTC)
    row = OptimizationRow(id=new_id("opt", at), status="queued", created_at=at, warnings_json="[]")
    row.webhook_url = "https://hooks.example.com/"
    with database.writing() as session:
        session.add(row)
    for _ in range(2):
        with database.writing() as session:
            stop(session, CALLER, row.id)
    [delivery] = listed(database)
    assert (delivery.type, delivery.optimization_id) == ("optimization.cancelled", row.id)


def test_what_is_rolled_back_is_not_told(database: Database) -> None:
    registered(database, "https://hooks.example.com/")

    def end_and_fail() -> None:
        with database.writing() as session:
            row = OptimizationRow(id=new_id("opt", datetime.now(UTC)), status="failed", created_at=datetime.now(UTC))
            row.warnings_json = "[]"
            session.add(row)
            session.flush()
            events.announce(session, [row.id])
            raise KeyError

    with pytest.raises(KeyError):
        end_and_fail()
    assert listed(database) == []


def test_announcing_again_tells_nobody_twice(database: Database) -> None:
    registered(database, "https://hooks.example.com/")
    optimization_id = ended(database, webhook_url="https://hooks.example.com/brief")
    with database.writing() as session:
        events.announce(session, [optimization_id, "opt_unknown"])
    assert len(listed(database)) == 2


def test_endpoints_get_what_they_asked_for_and_each_its_own_signature(database: Database) -> None:
    with receiving() as receiver:
        every = registered(database, url_of(receiver))
        failed = registered(database, url_of(receiver) + "?failed", ["optimization.failed"])
        registered(database, url_of(receiver) + "?other", tenant="somebody else")
        ended(database, webhook_url=None)
        ended(database, "failed", webhook_url=None)
        deliver(database)
    told = {}
    for got in receiver.got:
        endpoint = failed if got.path.endswith("failed") else every
        told[(endpoint.id, got.verified(endpoint.secret)["type"])] = got.headers["webhook-id"]
    assert set(told) == {
        (every.id, "optimization.completed"),
        (every.id, "optimization.failed"),
        (failed.id, "optimization.failed"),
    }
    assert told[(every.id, "optimization.failed")] == told[(failed.id, "optimization.failed")]
    assert listed(database, "somebody else") == []


def test_both_secrets_sign_while_one_follows_the_other(database: Database) -> None:
    with receiving() as receiver:
        endpoint = registered(database, url_of(receiver))
        with database.writing() as session:
            rotated = endpoints.rotate(session, CALLER, endpoint.id, 60)
        assert rotated.previous_secret_until is not None
        ended(database, webhook_url=None)
        deliver(database)
        with database.writing() as session:
            last = endpoints.rotate(session, CALLER, endpoint.id, 0)
        assert last.previous_secret_until is None
        ended(database, webhook_url=None)
        deliver(database)
    during, after = receiver.got
    assert len(during.headers["webhook-signature"].split()) == 2
    during.verified(endpoint.secret)
    during.verified(rotated.secret)
    after.verified(last.secret)
    for old in (endpoint.secret, rotated.secret):
        with pytest.raises(WebhookVerificationError):
            after.verified(old)


def test_of_two_that_rotate_at_once_both_get_a_secret_that_signs(database: Database) -> None:
    with receiving() as receiver:
        endpoint = registered(database, url_of(receiver))
        secrets: list[str] = []

        def again() -> None:
            with database.writing() as session:
                secrets.append(endpoints.rotate(session, CALLER, endpoint.id, 60).secret)

        second = threading.Thread(target=again)
        with database.writing() as session:
            secrets.append(endpoints.rotate(session, CALLER, endpoint.id, 60).secret)
            second.start()
            second.join(0.3)  # it would have read the endpoint by now if nothing kept it waiting
        second.join(60)
        ended(database, webhook_url=None)
        deliver(database)
    [got] = receiver.got
    for secret in secrets:
        got.verified(secret)


def test_endpoints_registered_at_once_do_not_share_the_last_place(database: Database) -> None:
    for _ in range(endpoints.MOST_ENDPOINTS - 2):
        registered(database, "https://hooks.example.com/in")
    outcomes: list[bool] = []

    def register() -> None:
        try:
            registered(database, "https://hooks.example.com/in")
        except InvalidRequest:
            outcomes.append(False)
        else:
            outcomes.append(True)

    callers = [threading.Thread(target=register) for _ in range(6)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(60)
    assert sorted(outcomes) == [False] * 4 + [True] * 2


def test_a_failure_is_tried_again_with_the_same_id_and_body(database: Database) -> None:
    with receiving(Reply(500), Reply(302, {"Location": "http://127.0.0.1:1/"}), Reply(200)) as receiver:
        ended(database, webhook_url=url_of(receiver))
        assert [seen.status for seen in deliver(database)] == ["pending", "pending", "delivered"]
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    assert len({got.body for got in receiver.got}) == 1
    for got in receiver.got:
        got.verified(SECRET)
    [delivery] = listed(database)
    assert [made.status_code for made in delivery.attempts] == [500, 302, 200]
    assert [made.error is None for made in delivery.attempts] == [False, False, True]


def test_attempts_end(database: Database) -> None:
    with receiving(Reply(500)) as receiver:
        ended(database, webhook_url=url_of(receiver))
        assert [seen.status for seen in deliver(database)] == ["pending", "pending", "failed"]
        assert deliver(database) == []
        assert len(receiver.got) == 3
    [delivery] = listed(database, status="failed")
    assert delivery.ended_at is not None


def test_a_receiver_that_asks_for_time_gets_it(database: Database) -> None:
    with receiving(Reply(429, {"Retry-After": "3600"})) as receiver:
        ended(database, webhook_url=url_of(receiver))
        assert [seen.status for seen in deliver(database)] == ["pending"]
        assert len(receiver.got) == 1
    [delivery] = listed(database)
    assert delivery.next_attempt_at is not None
    assert delivery.next_attempt_at - delivery.attempts[0].at >= timedelta(seconds=3600)


def test_gone_disables_an_endpoint_and_what_is_on_its_way_to_it(database: Database) -> None:
    with receiving(Reply(410), Reply(200)) as gone, receiving() as there:
        endpoint, other = registered(database, url_of(gone)), registered(database, url_of(there))
        for _ in range(3):
            ended(database, webhook_url=None)
        deliver(database)
        ended(database, webhook_url=None)
        deliver(database)
        assert (len(gone.got), len(there.got)) == (1, 4)
        failed = listed(database, endpoint_id=endpoint.id)
        assert [delivery.status for delivery in failed] == ["failed"] * 3
        with database.writing() as session:
            assert endpoints.get(session, TENANT, endpoint.id).disabled_reason == "The receiver answered 410 Gone."
            assert endpoints.get(session, TENANT, other.id).disabled_at is None
            with pytest.raises(EndpointDisabled):
                deliveries.replay(session, CALLER, failed[0].id)
            with pytest.raises(EndpointDisabled):
                endpoints.ping(session, CALLER, endpoint.id)
            endpoints.enable(session, CALLER, endpoint.id)
            deliveries.replay(session, CALLER, failed[0].id)
        deliver(database)
        assert len(gone.got) == 2


def test_gone_ends_what_is_told_to_a_briefs_url(database: Database) -> None:
    with receiving(Reply(410)) as receiver:
        ended(database, webhook_url=url_of(receiver))
        assert [seen.status for seen in deliver(database)] == ["failed"]


def test_a_ping_is_tried_once(database: Database) -> None:
    with receiving(Reply(500), Reply(200)) as receiver:
        endpoint = registered(database, url_of(receiver))
        with database.writing() as session:
            endpoints.ping(session, CALLER, endpoint.id)
        assert [seen.status for seen in deliver(database)] == ["failed"]
        event = receiver.got[0].verified(endpoint.secret)
    assert (event["type"], event["data"]) == ("ping", {"id": endpoint.id})


def test_replaying_sends_the_same_event_with_all_attempts_again(database: Database) -> None:
    with receiving(*[Reply(500)] * 5, Reply(200)) as receiver:
        ended(database, webhook_url=url_of(receiver))
        deliver(database)
        [failed] = listed(database)
        with database.writing() as session:
            assert deliveries.replay(session, CALLER, failed.id).status == "pending"
        assert [seen.status for seen in deliver(database)] == ["pending", "pending", "delivered"]
        assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
        [delivered] = listed(database)
        assert len(delivered.attempts) == 6


def test_erasing_an_optimization_or_an_endpoint_erases_its_deliveries(database: Database) -> None:
    endpoint = registered(database, "https://hooks.example.com/")
    first, second = ended(database, webhook_url=None), ended(database, webhook_url="https://hooks.example.com/b")
    with database.writing() as session:
        optimizations.erase(session, TENANT, first, datetime.now(UTC))
    assert {delivery.optimization_id for delivery in listed(database)} == {second}
    with database.writing() as session:
        endpoints.erase(session, CALLER, endpoint.id)
    assert [delivery.endpoint_id for delivery in listed(database)] == [None]


@pytest.mark.parametrize("first", ["the end", "the erasure"])
def test_an_endpoint_erased_while_an_optimization_ends_is_told_nothing(database: Database, first: str) -> None:
    endpoint = registered(database, "https://hooks.example.com/in")
    at_end = ended(database, webhook_url=None)  # told once already, so that both ways below find the same rows
    optimization_id = ended(database, "cancelled", webhook_url=None)
    assert len(listed(database)) == 2

    def end() -> None:
        with database.writing() as session:
            session.execute(update(OptimizationRow).values(status="failed"))
            events.announce(session, [at_end, optimization_id])
            go_on()

    def erase() -> None:
        with database.writing() as session:
            endpoints.erase(session, CALLER, endpoint.id)
            go_on()

    steps = [end, erase] if first == "the end" else [erase, end]
    second = threading.Thread(target=steps[1])
    begun: list[bool] = []

    def go_on() -> None:
        if not begun:  # the first: the second gets under way before this is committed
            begun.append(True)
            second.start()
            second.join(0.3)

    steps[0]()
    second.join(60)
    assert listed(database) == []


def test_two_that_are_told_gone_at_once_do_not_wait_for_each_other(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, both = webhook_deliveries.keep, threading.Barrier(2)
    away: list[Unavailable] = []

    def kept(session: Session, claimed: Claimed, outcome: Outcome, *, at: datetime) -> bool:
        written = keep(session, claimed, outcome, at=at)
        with suppress(threading.BrokenBarrierError):
            both.wait(0.5)  # each has its own delivery by now, if nothing has kept one of them waiting
        return written

    def patient(_: float) -> None:
        away.append(Unavailable("once"))

    monkeypatch.setattr(webhook_deliveries, "keep", kept)
    monkeypatch.setattr(attempts, "sleep", patient)
    with receiving(Reply(410), Reply(410)) as receiver:
        endpoint = registered(database, url_of(receiver))
        for _ in range(2):
            ended(database, webhook_url=None)
        senders = [
            threading.Thread(target=attempt, args=(database, settings_of(), taken(database), TRUSTED)) for _ in range(2)
        ]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join(60)
    assert away == []
    with database.reading() as session:
        assert endpoints.get(session, TENANT, endpoint.id).disabled_at is not None
    assert {delivery.status for delivery in listed(database)} == {"failed"}


def test_a_machine_whose_clock_is_ahead_delays_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    class Ahead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Ahead":
            return cls.fromtimestamp(datetime.now(tz).timestamp() + 3600, tz)

    with receiving() as receiver:
        with monkeypatch.context() as patched:
            patched.setattr(events, "datetime", Ahead)
            ended(database, webhook_url=url_of(receiver))
        assert [seen.status for seen in deliver(database)] == ["delivered"]


def test_what_cannot_be_signed_is_a_failed_attempt(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def unusable(*_: object) -> dict[str, str]:
        raise ValueError("Secret can't be empty.")

    monkeypatch.setattr(signing, "headers", unusable)
    with receiving() as receiver:
        ended(database, webhook_url=url_of(receiver))
        assert [seen.status for seen in deliver(database)] == ["pending", "pending", "failed"]
        assert receiver.got == []


def test_what_a_dead_process_had_taken_up_is_sent_when_its_lease_is_over(database: Database) -> None:
    with receiving() as receiver:
        ended(database, webhook_url=url_of(receiver))
        taken(database)  # and the process dies
        assert deliver(database) == []
        let_leases_end(database)
        assert [seen.status for seen in deliver(database)] == ["delivered"]
        assert len(receiver.got) == 1


@pytest.mark.parametrize("meanwhile", [200, 500])
def test_who_was_paused_and_wakes_late_sends_nothing_and_changes_nothing(database: Database, meanwhile: int) -> None:
    with receiving(Reply(meanwhile), Reply(200)) as receiver:
        ended(database, webhook_url=url_of(receiver))
        paused = taken(database)
        let_leases_end(database)
        deliver(database, settings_of(webhook_retry_seconds=(60,)))
        before = listed(database)
        late = Taken(paused.delivery, paused.until - LEASE.total_seconds())
        seen: list[Attempted] = []
        attempt(database, settings_of(), late, TRUSTED, seen.append)
        assert len(receiver.got) == 1
        attempt(database, settings_of(), paused, TRUSTED, seen.append)  # it had just begun to send when it was paused
        assert len(receiver.got) == 2
        assert seen == []
        assert listed(database) == before


def test_two_who_look_at_once_take_up_different_ones(database: Database) -> None:
    for _ in range(12):
        ended(database, webhook_url="https://hooks.example.com/")
    found: list[str] = []
    failures: list[Exception] = []

    def take() -> None:
        try:
            while (claimed := claim(database)) is not None:
                found.append(claimed.delivery.id)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert len(found) == len(set(found))
    while (rest := claim(database)) is not None:  # those that another one had locked at that moment
        found.append(rest.delivery.id)
    assert sorted(found) == sorted(delivery.id for delivery in listed(database))


def test_what_a_receiver_has_is_kept_though_the_database_is_away_for_a_moment(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [Unavailable("away"), Unavailable("away")]
    keep = webhook_deliveries.keep

    def flaky(*arguments: Any, **named: Any) -> bool:
        if failures:
            raise failures.pop()
        return keep(*arguments, **named)

    with receiving() as receiver:
        ended(database, webhook_url=url_of(receiver))
        monkeypatch.setattr(webhook_deliveries, "keep", flaky)
        assert [seen.status for seen in deliver(database)] == ["delivered"]
        assert len(receiver.got) == 1


def test_busy_hosts_and_tenants_are_passed_over(database: Database) -> None:
    ended(database, webhook_url="https://slow.example.com/")
    ended(database, webhook_url="https://other.example.com/", tenant="busy")
    ended(database, webhook_url="https://third.example.com:8443/x?y")
    with database.writing() as session:
        claimed = webhook_deliveries.claim_due(session, lease=LEASE, busy=Busy(["busy"], ["slow.example.com"]))
        assert claimed is not None
        assert claimed.host == "third.example.com:8443"
        assert webhook_deliveries.claim_due(session, lease=LEASE, busy=Busy(["busy"], ["slow.example.com"])) is None


def test_a_brief_without_a_secret_by_now_waits_for_one(database: Database) -> None:
    with receiving() as receiver:
        ended(database, webhook_url=url_of(receiver))
        unset = settings_of(webhook_secret=None)
        claimed = taken(database)
        attempt(database, unset, claimed, TRUSTED)
        assert receiver.got == []
        [delivery] = listed(database)
        assert "CREATORMIX_WEBHOOK_SECRET" in str(delivery.attempts[0].error)
        deliver(database)
        assert len(receiver.got) == 1


def test_a_host_that_is_not_allowed_any_more_is_not_called(database: Database) -> None:
    with receiving() as receiver:
        ended(database, webhook_url=url_of(receiver))
        seen = deliver(database, settings_of(webhook_allowed_hosts=""))
        assert [(one.status, one.outcome) for one in seen] == [
            ("pending", "blocked"),
            ("pending", "blocked"),
            ("failed", "blocked"),
        ]
        assert receiver.got == []


def test_the_sender_delivers_after_a_restart_and_stops_in_order(database: Database) -> None:
    settings = settings_of(webhook_retry_seconds=(0.3, 0.3, 0.3))
    with receiving(Reply(503), Reply(503), Reply(200)) as receiver:
        ended(database, webhook_url=url_of(receiver))
        first = Sender(database, settings)
        first.start()
        receiver.wait_for(1)
        first.stop(5)
        seen: list[Attempted] = []
        second = Sender(database, settings, seen.append)
        second.start()
        receiver.wait_for(3)
        until(lambda: any(one.outcome == "delivered" for one in seen))
        second.stop(5)
        assert len(receiver.got) == 3
    [delivery] = listed(database)
    assert [made.status_code for made in delivery.attempts] == [503, 503, 200]


def test_many_senders_send_each_delivery_once_each_time_it_is_due(database: Database) -> None:
    others = [Database(database.url) for _ in range(2)]
    senders = [Sender(one, settings_of(webhook_retry_seconds=(0.2,))) for one in (database, *others)]
    with receiving() as receiver:
        receiver.decide = lambda _, times: Reply(503) if times == 1 else Reply(200)
        for _ in range(15):
            ended(database, webhook_url=url_of(receiver))
        for sender in senders:
            sender.start()
        receiver.wait_for(30, 60)
        until(lambda: {delivery.status for delivery in listed(database)} == {"delivered"})
        for sender in senders:
            sender.stop(10)
        assert len(receiver.got) == 30
    for one in others:
        one.close()
    assert {len(delivery.attempts) for delivery in listed(database)} == {2}


def test_a_receiver_that_hangs_does_not_delay_another(database: Database) -> None:
    settings = settings_of(webhook_allowed_hosts="127.0.0.1,localhost")
    with receiving(Reply(200, {"X": "x" * 1000}, drip_s=0.5)) as slow, receiving() as quick:
        for _ in range(AT_ONCE_PER_HOST + 2):
            ended(database, webhook_url=url_of(slow), tenant="slow")
        ended(database, webhook_url=url_of(quick))
        sender = Sender(database, settings)
        sender.start()
        quick.wait_for(1)
        assert len(slow.wait_for(AT_ONCE_PER_HOST)) == AT_ONCE_PER_HOST
        slow.ended.set()
        sender.stop(20)
    assert AT_ONCE_PER_HOST < AT_ONCE_PER_TENANT


def test_ended_deliveries_are_erased_after_a_while(database: Database) -> None:
    with receiving() as receiver:
        ended(database, webhook_url=url_of(receiver))
        deliver(database)
    ended(database, webhook_url="https://hooks.example.com/")
    with database.writing() as session:
        assert deliveries.erase_ended(session, datetime.now(UTC) - timedelta(days=1)) == 0
        assert deliveries.erase_ended(session, datetime.now(UTC) + timedelta(days=1)) == 1
    assert [delivery.status for delivery in listed(database)] == ["pending"]


def test_secrets_and_urls_are_not_logged(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with receiving(Reply(500), Reply(200)) as receiver:
        endpoint = registered(database, url_of(receiver) + "?token=sesame")
        ended(database, webhook_url=None)
        deliver(database)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("creatormix")]
    assert ours
    for told in (endpoint.secret.removeprefix("whsec_"), "sesame", "Trail shoe"):
        assert not any(told in message for message in ours)


def until(condition: Callable[[], Any]) -> None:
    waiting = threading.Event()
    for _ in range(600):
        if condition():
            return
        waiting.wait(0.05)
    raise AssertionError("it did not come to that")


def test_the_body_is_json_of_the_documented_shape(database: Database) -> None:
    ended(database, "failed", webhook_url="https://hooks.example.com/")
    body = json.loads(taken(database).delivery.body)
    assert set(body["data"]) == {
        *("id", "status", "solution_status", "stop_reason", "parent_id", "label", "created_at", "completed_at"),
    }
    assert body["timestamp"].endswith("Z")

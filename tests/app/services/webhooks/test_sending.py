"""One request: over TLS to the name, bounded in every direction, and led nowhere else."""

import ssl
from datetime import UTC, datetime
from time import monotonic

import pytest
import trustme

from app.services.webhooks import sending
from app.services.webhooks.guard import target_of
from app.services.webhooks.sending import Answer, post, retry_after_s
from tests.app.services.webhooks.receiver import Receiver, Reply, receiving
from tests.app.services.webhooks.resolving import faked

NAME = "hooks.example.com"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def server_of(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def sent(receiver: Receiver, trusted: ssl.SSLContext | None = None, *, url: str = "", total_s: float = 5) -> Answer:
    scheme = "http" if trusted is None else "https"
    target = target_of(url or f"{scheme}://{NAME}:{receiver.port}/in?x=1", frozenset({NAME, "127.0.0.1"}))
    return post(
        target,
        {"webhook-id": "evt_1"},
        b'{"a":1}',
        trusted or ssl.create_default_context(),
        deadline=monotonic() + total_s,
    )


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    faked(monkeypatch, {NAME: ["127.0.0.1"]}, connects=True)


def test_tls_asks_for_the_name_though_the_address_is_connected_to(authority: trustme.CA) -> None:
    asked: list[str | None] = []
    context = server_of(authority, NAME)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with receiving(Reply(200, {"Content-Length": "2"}, b"ok"), tls=context) as receiver:
        assert sent(receiver, trusting(authority)) == Answer(200, None)
    [got] = receiver.got
    assert asked == [NAME]
    assert got.headers["Host"] == f"{NAME}:{receiver.port}"
    assert (got.path, got.body, got.headers["webhook-id"]) == ("/in?x=1", b'{"a":1}', "evt_1")


@pytest.mark.parametrize("certified", ["other.example.com", "127.0.0.1"])
def test_a_certificate_of_another_name_is_not_accepted(authority: trustme.CA, certified: str) -> None:
    with receiving(tls=server_of(authority, certified)) as receiver:
        answer = sent(receiver, trusting(authority))
    assert answer.error is not None
    assert answer.error.startswith("The receiver's certificate is not accepted:")
    assert receiver.got == []


def test_a_certificate_of_nobody_we_trust_is_not_accepted(authority: trustme.CA) -> None:
    with receiving(tls=server_of(trustme.CA(), NAME)) as receiver:
        answer = sent(receiver, trusting(authority))
    assert "certificate is not accepted" in str(answer.error)
    assert receiver.got == []


def test_who_is_trusted_by_default_are_the_usual_authorities() -> None:
    context = sending.trusting()
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert len(context.get_ca_certs()) > 50


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_failures_and_not_followed(status: int) -> None:
    with receiving() as elsewhere, receiving(Reply(status, {"Location": f"http://127.0.0.1:{elsewhere.port}/"})) as at:
        answer = sent(at)
        assert (answer.status_code, answer.is_success) == (status, False)
        assert "redirects are not followed" in str(answer.error)
        assert len(at.got) == 1
        assert elsewhere.got == []


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_a_success(status: int) -> None:
    with receiving(Reply(status, {"Content-Length": "0"})) as receiver:
        assert sent(receiver).is_success


@pytest.mark.parametrize("status", [304, 400, 404, 410, 429, 500, 503])
def test_nothing_else_is(status: int) -> None:
    with receiving(Reply(status, {"Content-Length": "0"})) as receiver:
        answer = sent(receiver)
    assert not answer.is_success
    assert answer.error is not None


def test_proxies_of_the_environment_have_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as proxy, receiving() as receiver:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        assert sent(receiver).is_success
        assert proxy.got == []


def test_an_endless_body_is_read_in_part() -> None:
    with receiving(Reply(200, {"Content-Length": "100000000"}, b"x" * 5_000_000)) as receiver:
        assert sent(receiver, total_s=20).is_success


def test_an_endless_head_is_a_failure() -> None:
    with receiving(Reply(200, {"X-Long": "x" * 1_000_000})) as receiver:
        assert sent(receiver).error == "The connection broke: RemoteProtocolError."


def test_what_is_not_http_is_a_failure() -> None:
    with receiving(Reply(200, {"no colon\r\n\x00": ""})) as receiver:
        assert sent(receiver).status_code is None


def test_dripping_bytes_do_not_stretch_an_attempt() -> None:
    with receiving(Reply(200, {"X-Slow": "x" * 1000}, drip_s=0.1)) as receiver:
        answer = sent(receiver, total_s=0.7)  # each byte comes in time; all of them would take a hundred seconds
    assert answer == Answer(None, "The receiver took too long.")


def test_nothing_is_sent_after_the_deadline() -> None:
    with receiving() as receiver:
        assert sent(receiver, total_s=-1) == Answer(None, "The receiver took too long.")
    assert receiver.got == []


def test_a_body_that_breaks_off_after_a_2xx_is_still_a_success() -> None:
    with receiving(Reply(200, {"Content-Length": "100"}, b"x")) as receiver:
        assert sent(receiver).is_success


def test_retry_after_is_read_in_both_its_forms() -> None:
    now = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
    assert retry_after_s("120", now) == 120
    assert retry_after_s(" 0 ", now) == 0
    assert retry_after_s("Sun, 01 Mar 2026 12:01:00 GMT", now) == 60
    assert retry_after_s("Sun, 01 Mar 2026 11:00:00 GMT", now) == 0
    for nothing in ("", "-1", "soon", "1.5", "²", "Sun, 99 Mar 2026 12:01:00 GMT", "\x00"):
        assert retry_after_s(nothing, now) is None
    for beyond in (f"Sun, 01 Mar {'9' * 20} 12:01:00 GMT", f"Sun, 01 Mar 2026 12:01:00 -{'9' * 14}"):
        assert retry_after_s(beyond, now) is None
    with receiving(Reply(503, {"Retry-After": "77", "Content-Length": "0"})) as receiver:
        assert sent(receiver).retry_after_s == 77

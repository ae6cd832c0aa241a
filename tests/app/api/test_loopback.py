"""Without a key only this machine's own user is answered, whoever else can reach the socket."""

import pytest
from starlette.types import Scope

from app.api.loopback import refusal


def scope(client: str | None = "127.0.0.1", version: str = "1.1", **headers: str | list[str]) -> Scope:
    sent = {"host": "127.0.0.1:8000", **headers}
    pairs = [
        (name.replace("_", "-").encode(), value.encode())
        for name, values in sent.items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    return {
        "type": "http",
        "client": None if client is None else (client, 50000),
        "http_version": version,
        "headers": pairs,
    }


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "localhost.", "mix.localhost", "127.0.0.1", "[::1]:8000"]
)
def test_a_call_of_this_machine_is_answered(client: str, host: str) -> None:
    assert refusal(scope(client, host=host)) is None


@pytest.mark.parametrize(
    "client", ["10.0.0.7", "192.168.1.2", "::ffff:10.0.0.7", "fe80::1%eth0", "0.0.0.0", "", None, "x"]
)
def test_another_machine_is_not(client: str | None) -> None:
    assert refusal(scope(client)) == "it comes from another machine"


@pytest.mark.parametrize(
    "header", ["x_forwarded_for", "forwarded", "via", "x_real_ip", "x_forwarded_host", "cf_connecting_ip"]
)
def test_a_proxy_of_this_machine_is_not(header: str) -> None:
    assert "through a proxy" in (refusal(scope(**{header: ""})) or "")
    assert "through a proxy" in (refusal(scope(**{header: "127.0.0.1"})) or "")


def test_a_proxy_that_hides_is_known_by_its_old_http() -> None:
    assert "HTTP/1.0" in (refusal(scope(version="1.0")) or "")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example", "notlocalhost", "0.0.0.0:8000",
        "10.0.0.7", "2130706433", "0x7f000001", "127.1", "", "[::1", "user@evil.example", "127.0.0.1@evil.example",
        ["127.0.0.1", "evil.example"], [],
    ],
)  # fmt: skip
def test_a_name_that_was_pointed_here_is_not(host: str | list[str]) -> None:
    assert "Host" in (refusal(scope(host=host)) or "")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example", "file://", ""])
def test_a_page_of_another_origin_is_not(origin: str) -> None:
    assert "another origin" in (refusal(scope(origin=origin)) or "")


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_the_page_of_the_service_itself_is_answered(origin: str) -> None:
    assert refusal(scope(origin=origin)) is None

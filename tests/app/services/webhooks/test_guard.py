"""No trick leads a webhook to an address that is not public, and honest URLs are called."""

import ssl
from time import monotonic

import pytest

from app.services.webhooks.guard import RefusedError, addresses_of, is_public, target_of
from app.services.webhooks.sending import Answer, post
from tests.app.services.webhooks.resolving import Names, faked

PUBLIC = "93.184.216.34"
PUBLIC_V6 = "2606:2800:220:1:248:1893:25c8:1946"

LOOKS = [
    # schemes
    "http://hooks.example.com/",
    "HTTP://hooks.example.com/",
    "ftp://hooks.example.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_INFO",
    "unix:///var/run/docker.sock",
    "javascript:alert(1)",
    "//hooks.example.com/",
    "hooks.example.com/",
    "https:/hooks.example.com/",
    "https:\\\\hooks.example.com\\",
    " https://hooks.example.com/",
    # addresses as they are
    "https://127.0.0.1/",
    "https://127.8.8.8/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://100.100.100.200/",
    "https://0.0.0.0/",
    "https://0.1.2.3/",
    "https://192.0.0.192/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://198.51.100.7/",
    "https://203.0.113.7/",
    "https://192.88.99.1/",
    "https://224.0.0.1/",
    "https://239.255.255.250/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://168.63.129.16/",
    # the same in other numbers
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.0.0.01/",
    "https://127.0.0.1.5/",
    "https://256.256.256.256/",
    "https://0/",
    "https://0x/",
    "https://93.184.216.0x22/",
    "https://4294967297/",
    # IPv6, and IPv4 inside it
    "https://[::1]/",
    "https://[::]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:93.184.216.34]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:0:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::10.0.0.1]/",
    "https://[64:ff9b:1::10.0.0.1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:c0a8:101::1]/",
    "https://[2001:0:7f00:1::]/",
    "https://[2001:db8::1]/",
    "https://[2001:10::1]/",
    "https://[3fff::1]/",
    "https://[5f00::1]/",
    "https://[100::1]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[::1/",
    "https://::1/",
    "https://[127.0.0.1]/",
    "https://[v1.x]/",
    # names that are nobody's in public
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://localhost.localdomain/",
    "https://api.localhost/",
    "https://metadata.google.internal/",
    "https://printer.local/",
    "https://router.home.arpa/",
    "https://wiki.corp/",
    "https://nas.lan/",
    "https://intranet/",
    "https://kubernetes.default.svc.cluster.local/",
    "https://hooks.example.com./",
    "https://hooks..example.com/",
    "https://.example.com/",
    "https://-x.example.com/",
    f"https://{'a' * 64}.example.com/",
    f"https://{'a.' * 130}com/",
    # other letters
    "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "https://１２７.０.０.１/",
    "https://127。0。0。1/",
    "https://127．0．0．1/",
    "https://bücher.example/",
    "https://loc\u00adalhost/",
    "https://exam\u200bple.com/",
    # two readers, two hosts
    "https://user@127.0.0.1/",
    "https://user:secret@hooks.example.com/",
    "https://hooks.example.com@127.0.0.1/",
    "https://127.0.0.1@hooks.example.com/",
    "https://hooks.example.com\\@127.0.0.1/",
    "https://hooks.example.com#@127.0.0.1/",
    "https://127.0.0.1#.example.com/",
    "https://127.0.0.1\\.example.com/",
    "https://127.0.0.1%2f.example.com/",
    "https://%6c%6f%63%61%6c%68%6f%73%74/",
    "https://127.0.0.1%00.example.com/",
    "https://hooks.example.com\x00.evil.example/",
    "https://hooks.example.com\t/",
    "https://hooks.example.com/\r\nX-Injected: 1",
    "https://hooks.example.com /",
    "https://hooks.example.com:80:443/",
    "https://hooks.example.com;127.0.0.1/",
    "https://hooks.example.com,127.0.0.1/",
    "https://hooks.example.com&127.0.0.1/",
    # no host, and ports
    "https://",
    "https:///",
    "https:///127.0.0.1/",
    "https://?x=1",
    "https://:443/",
    "https://hooks.example.com:/",
    "https://hooks.example.com:0/",
    "https://hooks.example.com:22/",
    "https://hooks.example.com:25/",
    "https://hooks.example.com:80/",
    "https://hooks.example.com:1023/",
    "https://hooks.example.com:65536/",
    "https://hooks.example.com:99999999/",
    "https://hooks.example.com:-1/",
    "https://hooks.example.com:４４３/",
    "https://hooks.example.com:0x1bb/",
]
"""Refused for what they look like, before any name is looked up."""

RESOLVES = {
    "loopback": ["127.0.0.1"],
    "loopback-v6": ["::1"],
    "private": ["10.1.2.3"],
    "link-local": ["169.254.169.254"],
    "zone": ["fe80::1%2"],
    "unique-local": ["fd00:ec2::254"],
    "multicast": ["224.0.0.251"],
    "unspecified": ["0.0.0.0"],
    "broadcast": ["255.255.255.255"],
    "shared": ["100.64.0.1"],
    "azure": ["168.63.129.16"],
    "mapped": ["::ffff:10.0.0.1"],
    "mapped-public": ["::ffff:93.184.216.34"],
    "compatible": ["::10.0.0.1"],
    "nat64": ["64:ff9b::a00:1"],
    "6to4": ["2002:a00:1::"],
    "teredo": ["2001:0:4136:e378:8000:63bf:f5ff:fffe"],
    "mix": [PUBLIC, "10.0.0.1"],
    "mix-later": [PUBLIC, PUBLIC_V6, "192.168.0.1"],
    "mix-v6": [PUBLIC, "::1"],
    "nothing": [],
}
"""Refused for what their name resolves to."""

HONEST = {
    "https://hooks.example.com": ("hooks.example.com", 443, "/"),
    "https://hooks.example.com/": ("hooks.example.com", 443, "/"),
    "HTTPS://Hooks.Example.COM/In?a=1&b=%20": ("hooks.example.com", 443, "/In?a=1&b=%20"),
    "https://hooks.example.com?x=1": ("hooks.example.com", 443, "/?x=1"),
    "https://hooks.example.com:443/x": ("hooks.example.com", 443, "/x"),
    "https://hooks.example.com:8443/x": ("hooks.example.com", 8443, "/x"),
    "https://xn--bcher-kva.example/": ("xn--bcher-kva.example", 443, "/"),
    "https://a_b.example.com/": ("a_b.example.com", 443, "/"),
    "https://93.184.216.34/x": (PUBLIC, 443, "/x"),
    "https://[2606:2800:220:1:248:1893:25c8:1946]/x": (PUBLIC_V6, 443, "/x"),
    "https://hooks.example.com/x@y": ("hooks.example.com", 443, "/x@y"),
    "https://127.0.0.1.example.com/": ("127.0.0.1.example.com", 443, "/"),
}


def sent(url: str, allowed: frozenset[str] = frozenset()) -> Answer:
    try:
        target = target_of(url, allowed)
    except RefusedError as error:
        return Answer(None, str(error))
    return post(target, {}, b"{}", ssl.create_default_context(), deadline=monotonic() + 5)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """A name system in which every name that a trick could use is public: only the guard can refuse."""
    hosts = ["hooks.example.com", "localhost", "intranet", "metadata.google.internal", "127.1", "2130706433"]
    return faked(monkeypatch, {host: [PUBLIC] for host in hosts})


def test_the_list_is_long_and_has_nothing_twice() -> None:
    assert len(set(LOOKS)) == len(LOOKS)
    assert len(LOOKS) + len(RESOLVES) >= 60


@pytest.mark.parametrize("url", LOOKS, ids=ascii)
def test_what_looks_wrong_is_refused_before_anything_is_looked_up(url: str, names: Names) -> None:
    with pytest.raises(RefusedError):
        target_of(url, frozenset())
    assert sent(url).error
    assert names.asked == []
    assert names.connected == []


@pytest.mark.parametrize("trick", RESOLVES)
def test_a_name_that_resolves_wrong_is_not_connected_to(trick: str, monkeypatch: pytest.MonkeyPatch) -> None:
    names = faked(monkeypatch, {"hooks.example.com": RESOLVES[trick]})
    answer = sent("https://hooks.example.com/")
    assert answer.status_code is None
    assert answer.error in ("The host's name has an address that is not public.", "The host's name has no address.")
    assert names.asked == ["hooks.example.com"]
    assert names.connected == []


@pytest.mark.parametrize("url", HONEST)
def test_an_honest_url_is_connected_to(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    host, port, path = HONEST[url]
    names = faked(monkeypatch, {host: [PUBLIC]})
    target = target_of(url, frozenset())
    assert (target.scheme, target.host, target.port, target.path) == ("https", host, port, path)
    assert sent(url).error == "There is no connection."
    assert names.connected == [(PUBLIC_V6 if ":" in host else PUBLIC, port)]


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    names = faked(monkeypatch, {"hooks.example.com": lambda: next(turns)})
    sent("https://hooks.example.com/")
    assert names.asked == ["hooks.example.com"]  # once: a second answer is never asked for
    assert names.connected == [(PUBLIC, 443)]
    assert sent("https://hooks.example.com/").error == "The host's name has an address that is not public."
    assert names.connected == [(PUBLIC, 443)]


def test_every_checked_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    names = faked(monkeypatch, {"hooks.example.com": [PUBLIC, PUBLIC_V6]})
    sent("https://hooks.example.com:8443/")
    assert names.connected == [(PUBLIC, 8443), (PUBLIC_V6, 8443)]


@pytest.mark.parametrize(
    ("url", "connected"),
    [
        ("http://localhost:8080/x", ("127.0.0.1", 8080)),
        ("http://LocalHost/x", ("127.0.0.1", 80)),
        ("https://localhost/x", ("127.0.0.1", 443)),
        ("http://10.0.0.7:99/x", ("10.0.0.7", 99)),
        ("http://[::1]:8080/x", ("::1", 8080)),
        ("http://[0:0:0:0:0:0:0:1]:8080/x", ("::1", 8080)),
        ("http://receiver/x", ("192.168.3.4", 80)),
    ],
)
def test_a_host_that_the_setting_names_may_be_private_and_plain(
    url: str, connected: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = faked(monkeypatch, {"localhost": ["127.0.0.1"], "receiver": ["192.168.3.4"]})
    sent(url, frozenset({"localhost", "10.0.0.7", "::1", "receiver"}))
    assert names.connected == [connected]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://api.localhost/",
        "http://localhost./",
        "http://localhost@10.0.0.1/",
        "http://user@localhost/",
        "ftp://localhost/",
        "http://localhost:0/",
        "http://10.0.0.8/",
        "http://0xa000007/",
    ],
)
def test_naming_a_host_names_no_other(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    names = faked(monkeypatch, {"localhost": ["127.0.0.1"]})
    with pytest.raises(RefusedError):
        target_of(url, frozenset({"localhost", "10.0.0.7"}))
    assert names.connected == []


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.128.0.1", "223.255.255.1"])
def test_public_addresses_next_to_private_ones_are_public(address: str) -> None:
    assert is_public(address)


def test_what_is_no_address_is_not_public() -> None:
    assert not any(map(is_public, ["", "localhost", "1.2.3", "1.2.3.4 ", "::1%1", "２.2.2.2"]))


def test_addresses_are_listed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    faked(monkeypatch, {"hooks.example.com": [PUBLIC, PUBLIC]})
    assert addresses_of(target_of("https://hooks.example.com", frozenset())) == [PUBLIC]


def test_the_trap_is_real(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the guard's judgement of addresses the same tricks would be connected to."""
    names = faked(monkeypatch, {"hooks.example.com": RESOLVES["private"]})
    monkeypatch.setattr("app.services.webhooks.guard.is_public", lambda _: True)
    sent("https://hooks.example.com/")
    sent("https://169.254.169.254/latest/meta-data/")
    assert names.connected == [("10.1.2.3", 443), ("169.254.169.254", 443)]

"""Where a webhook may go: to public addresses over https, and to the hosts that a setting names.

A URL is taken apart here once, by a narrow grammar, and only its parts are used from then on, so that no second
reader can see another host in it. What a name resolves to is checked just before it is called, and the addresses that
were checked are the ones that are connected to.
"""

import re
import socket
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network

DEFAULT_PORTS = {"https": 443, "http": 80}
LOWEST_FREE_PORT = 1024

_PRINTABLE = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", re.ASCII)
"""The characters of RFC 3986."""
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?", re.ASCII)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_LONGEST_NAME = 253

_PRIVATE_ENDINGS = frozenset(
    ("localhost", "localdomain", "local", "internal", "intranet", "private", "corp", "home", "lan", "onion", "alt")
)
"""Last labels of names that mean something else in every network (RFC 6761, RFC 6762, RFC 7686, RFC 9476, ICANN)."""

_NOT_PUBLIC_V4 = tuple(
    IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # looks public; inside Azure it is the host's own service
    )
)
"""The special-purpose registry of IANA (RFC 6890), multicast and reserved space."""

_PUBLIC_V6 = IPv6Network("2000::/3")
"""Global unicast. Outside are loopback, link-local, unique local, multicast, and IPv4 in disguise: ::ffff:0:0/96
(mapped), ::/96 (compatible), 64:ff9b::/96 and 64:ff9b:1::/48 (NAT64)."""

_NOT_PUBLIC_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments; Teredo, which carries an IPv4 address, is 2001::/32
        "2001:db8::/32",
        "2002::/16",  # 6to4, which carries an IPv4 address
        "3fff::/20",
    )
)


class RefusedError(Exception):
    """A webhook must not go there; the message says why, and what would be allowed."""


class UnresolvedError(Exception):
    """The name has no address now."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in its parts. host: a lower-case name or an address without brackets. path: with the query.

    is_named: whether a setting names the host, so that it may be private and plain http.
    """

    scheme: str
    host: str
    port: int
    path: str
    is_named: bool

    @property
    def host_header(self) -> str:
        """The host and, unless it is the scheme's own, the port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def target_of(url: str, allowed_hosts: Collection[str]) -> Target:
    """The parts of a URL that may be called as far as one can tell without resolving its name. Raises RefusedError."""
    if not _PRINTABLE.fullmatch(url):
        raise RefusedError(
            "A URL has no spaces and no characters outside ASCII; write host names of other scripts in their xn-- "
            "form, and the rest percent-encoded."
        )
    scheme, separator, rest = url.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in DEFAULT_PORTS:
        raise RefusedError("Only https URLs are called, as in https://hooks.example.com/creatormix.")
    if "#" in rest:
        raise RefusedError("The URL has a fragment (#...), which is never sent; leave it out.")
    end = min((place for place in (rest.find("/"), rest.find("?")) if place >= 0), default=len(rest))
    authority, path = rest[:end], rest[end:]
    if "@" in authority:
        raise RefusedError(
            "The URL has a user name or password in front of its host; every delivery is signed instead."
        )
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise RefusedError(
            "The URL has no host that can be called; it is a name or an address, with or without a port."
        )
    host = _host(parts[1].lower(), allowed_hosts)
    is_named = host in allowed_hosts
    if scheme == "http" and not is_named:
        raise RefusedError(
            "Only https URLs are called; plain http only at hosts that CREATORMIX_WEBHOOK_ALLOWED_HOSTS names."
        )
    port = int(parts[2]) if parts[2] else DEFAULT_PORTS[scheme]
    if not (port == 443 or LOWEST_FREE_PORT <= port <= 65535 or (is_named and 1 <= port < LOWEST_FREE_PORT)):
        raise RefusedError(f"Port {port} is not called; allowed are 443 and {LOWEST_FREE_PORT} to 65535.")
    return Target(scheme, host, port, path if path.startswith("/") else f"/{path}", is_named)


def addresses_of(target: Target) -> list[str]:
    """The addresses to connect to, all of them checked. Raises RefusedError if any is not public, UnresolvedError."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError) as error:
        raise UnresolvedError("The host's name has no address.") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not addresses:
        raise UnresolvedError("The host's name has no address.")
    if not target.is_named and not all(map(is_public, addresses)):
        raise RefusedError("The host's name has an address that is not public.")
    return addresses


def is_public(address: str) -> bool:
    """Whether an address, as text, is one of the public internet and of one machine."""
    try:
        v4 = IPv4Address(address)
    except AddressValueError:
        try:
            v6 = IPv6Address(address)
        except AddressValueError:
            return False
        return v6.scope_id is None and v6 in _PUBLIC_V6 and not any(v6 in network for network in _NOT_PUBLIC_V6)
    return not any(v4 in network for network in _NOT_PUBLIC_V4)


def _host(host: str, allowed_hosts: Collection[str]) -> str:
    """The host as it is called. Raises RefusedError for what is surely not public and not named by the setting."""
    if host.startswith("["):
        try:
            host = str(IPv6Address(host[1:-1]))
        except AddressValueError:
            raise RefusedError("The URL's host is not an IPv6 address.") from None
        return host if host in allowed_hosts else _public(host)
    if host in allowed_hosts:
        return host
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return _public(str(IPv4Address(host)))
        except AddressValueError:
            raise RefusedError(
                "The URL's host is a number; an IPv4 address is four decimal numbers, as 1.2.3.4."
            ) from None
    if len(host) > _LONGEST_NAME or not all(map(_LABEL.fullmatch, labels)):
        raise RefusedError("The URL's host is not a name that the domain name system knows.")
    if len(labels) < 2 or _is_private(labels):
        raise _not_public("name")
    return host


def _is_private(labels: Iterable[str]) -> bool:
    *_, second, last = labels
    return last in _PRIVATE_ENDINGS or (second, last) == ("home", "arpa")


def _public(address: str) -> str:
    if not is_public(address):
        raise _not_public("address")
    return address


def _not_public(what: str) -> RefusedError:
    return RefusedError(
        f"The URL's host is not a public {what}; CREATORMIX_WEBHOOK_ALLOWED_HOSTS can name hosts that may be called "
        "all the same."
    )

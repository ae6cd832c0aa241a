"""Calls without a key, while none was made: only from this machine, and only from its own user.

A connection from a loopback address is not enough. A proxy on this machine connects from there on behalf of
anybody, and so does a browser here that runs a page of somebody else's (by a name that was pointed at 127.0.0.1).
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

_FORWARDED = (
    "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-server",
    "x-original-forwarded-for", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip", "cf-connecting-ip",
    "fastly-client-ip",
)  # fmt: skip


def refusal(scope: Scope) -> str | None:
    """Why a call without a key is not taken for one of this machine's user; None when it is."""
    headers = Headers(scope=scope)
    client = scope.get("client")
    if client is None or not _is_loopback_address(client[0]):
        return "it comes from another machine"
    forwarded = next((name for name in _FORWARDED if name in headers), None)
    if forwarded is not None:
        return f"it came through a proxy (it has the header {forwarded})"
    if scope.get("http_version") == "1.0":
        return "it is HTTP/1.0, which proxies speak that do not say that they are one"
    host = headers.getlist("host")
    if len(host) != 1 or not is_loopback_host(_name(f"//{host[0]}")):
        return "its Host header does not name this machine as localhost, 127.0.0.1 or [::1]"
    origins = headers.getlist("origin")
    if any(not is_loopback_host(_name(origin)) for origin in origins):
        return "it was sent by a page of another origin"
    return None


def is_loopback_host(name: str | None) -> bool:
    """Whether a name can only mean this machine: ``localhost``, a name below it (RFC 6761), a loopback address."""
    if not name:
        return False
    name = name.removesuffix(".").lower()
    return name == "localhost" or name.endswith(".localhost") or _is_loopback_address(name)


def _name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _is_loopback_address(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback

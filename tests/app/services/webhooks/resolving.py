"""The name system as a test wants it: names resolve to given addresses, and every connection is noted."""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import Any

import pytest

Answers = dict[str, Sequence[str] | Callable[[], Sequence[str]]]


class Names:
    """What was looked up, and where a connection was tried. connect: what a connection attempt does."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.connected: list[tuple[str, int]] = []

    def getaddrinfo(self, host: str, port: int, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        """As socket.getaddrinfo; addresses are themselves, unknown names have none."""
        try:
            found: Sequence[str] = [str(ipaddress.ip_address(host))]
        except ValueError:
            self.asked.append(host)
            answer = self.answers.get(host)
            if answer is None:
                raise socket.gaierror(socket.EAI_NONAME, "unknown") from None
            found = answer() if callable(answer) else answer
        return [_entry(address, port) for address in found]

    def create_connection(self, address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        """As socket.create_connection, which always fails."""
        self.connected.append(address)
        raise ConnectionRefusedError


def faked(monkeypatch: pytest.MonkeyPatch, answers: Answers, *, connects: bool = False) -> Names:
    """Names of these answers for the rest of the test. connects: whether connections are really made."""
    names = Names(answers)
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    if not connects:
        monkeypatch.setattr(socket, "create_connection", names.create_connection)
    return names


def _entry(address: str, port: int) -> tuple[Any, ...]:
    if ":" in address:
        return socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port)

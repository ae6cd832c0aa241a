"""Things for a process to do."""

import os
import signal
import struct
import time
from multiprocessing.connection import Connection


class StubbornError(Exception):
    """An exception that cannot be sent."""

    def __reduce__(self) -> str:
        raise TypeError("no")


def nothing() -> None:
    """Do nothing."""


def double(number: int) -> int:
    """Twice the number."""
    return 2 * number


def wrong() -> None:
    """Fail."""
    raise ValueError("this is wrong")


def stubborn() -> None:
    """Fail with an exception that cannot be sent."""
    raise StubbornError


def die(number: int) -> None:
    """End through a signal."""
    signal.signal(signal.Signals(number), signal.SIG_DFL) if number != signal.SIGKILL else None
    os.kill(os.getpid(), number)
    time.sleep(60)


def lose_a_connection() -> None:
    """Fail as a client of a server does."""
    raise ConnectionResetError("somebody else's connection")


def break_off() -> None:
    """End in the middle of the answer: of a megabyte ten bytes come."""

    def send_a_little(self: Connection, _: bytes) -> None:
        os.write(self.fileno(), struct.pack("!i", 1 << 20) + bytes(10))
        os.kill(os.getpid(), signal.SIGKILL)

    Connection.send_bytes = Connection._send_bytes = send_a_little  # type: ignore[attr-defined,method-assign,assignment]


def die_at_start() -> None:
    """End before any work."""
    os._exit(3)


def take_memory(size_bytes: int) -> int:
    """Take that much memory."""
    return len(bytearray(size_bytes))


def span(seconds: float) -> tuple[float, float]:
    """Wait, and say from when to when."""
    start = time.monotonic()
    time.sleep(seconds)
    return start, time.monotonic()

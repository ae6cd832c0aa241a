"""Things for a process to do."""

import os
import signal
import time


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

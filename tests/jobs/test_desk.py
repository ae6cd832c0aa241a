"""A desk gets ready before it is needed, once, and whoever meets it is told what went wrong in words of the service."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from app.errors import Unavailable, WorkFailed
from app.jobs.desk import Desk
from app.jobs.pool import ClosedError
from app.jobs.process import OverrunError, WorkerDiedError


class Room:
    """A pool of one that works here, or fails in a way that processes do."""

    size = 1

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.done: list[str] = []
        self.worked = threading.Event()

    def start(self) -> None: ...

    def is_ready(self) -> bool:
        return True

    def run(self, work: Callable[..., Any], *arguments: object, timeout_s: float | None = None) -> Any:
        try:
            if self.failure is not None:
                raise self.failure
            return work(*arguments)
        finally:
            self.worked.set()

    def close(self) -> None: ...


def test_it_gets_ready_once_and_not_after_the_first_question() -> None:
    room = Room()
    desk = Desk(room, 1.0)
    for _ in range(3):
        desk.prepare(room.done.append, "ready")
    assert room.worked.wait(10)
    assert room.done == ["ready"]
    asked = Room()
    desk = Desk(asked, 1.0)
    desk.run(asked.done.append, "question")
    desk.prepare(asked.done.append, "ready")
    assert asked.done == ["question"]


@pytest.mark.parametrize(
    ("failure", "told"),
    [(WorkerDiedError(-9), WorkFailed), (OverrunError("too long"), WorkFailed), (ClosedError(), Unavailable)],
)
def test_what_goes_wrong_is_told_to_who_asks_and_not_to_who_prepares(failure: Exception, told: type[Exception]) -> None:
    with pytest.raises(told):
        Desk(Room(failure), 1.0).run(print)
    room = Room(failure)
    Desk(room, 1.0).prepare(print)
    assert room.worked.wait(10)

"""Processes that stand ready, as many as may work at a time."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from app.jobs.process import Limits, OverrunError, Worker, WorkerDiedError

_log = logging.getLogger("creatormix.jobs")

_REFUSED_S = 1.0
"""How long to wait before a system that would not start a process is asked again."""


class ClosedError(Exception):
    """The pool was closed while the work waited or went on."""


class Workers(Protocol):
    """Who work, so many at a time; a ``Pool`` has a process for each."""

    size: int

    def start(self) -> None:
        """Get ready, so that the first work finds them so."""

    def is_ready(self) -> bool:
        """Whether one of them would begin at once."""

    def run(self, work: Callable[..., Any], *arguments: object, timeout_s: float | None = None) -> Any:
        """What ``work`` returns, or its exception. Raises WorkerDiedError, OverrunError, ClosedError."""

    def close(self) -> None:
        """End at once; work that goes on ends with ClosedError."""


class Pool:
    """So many processes; whoever finds none free waits. Safe to use from many threads."""

    def __init__(self, size: int, limits: Limits, warm_up: Callable[[], object]) -> None:
        self.size = size
        self._limits, self._warm_up = limits, warm_up
        self._changed = threading.Condition()
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._wanted = 0
        self._refused_until = 0.0
        self._is_closed = False

    def start(self) -> None:
        """Start the processes, so that the first work finds them ready."""
        with self._changed:
            while not self._is_closed and len(self._idle) + len(self._busy) < self.size:
                self._idle.append(Worker(self._limits, self._warm_up))
            self._wanted = self.size

    def is_ready(self) -> bool:
        """Whether a process is free and has started; one that died before it had work is replaced."""
        with self._changed:
            ready = None
            for worker in list(self._idle):
                try:
                    ready = worker if worker.is_ready() else ready
                except WorkerDiedError as error:
                    _log.error("a process died before it had work: %s", error)
                    self._idle.remove(worker)
                    worker.close()
            self._start_missing()
            if ready is None:
                return False
            self._idle.remove(ready)
            self._idle.append(ready)  # the next one to be taken
            return True

    def run(self, work: Callable[..., Any], *arguments: object, timeout_s: float | None = None) -> Any:
        """What ``work`` returns in one of the processes, or its exception; a function that can be imported there.

        Raises WorkerDiedError, OverrunError (timeout_s from when it begins), ClosedError.
        """
        worker = self._take()
        try:
            answer = worker.do(work, *arguments, timeout_s=timeout_s)
        except (WorkerDiedError, OverrunError) as error:
            self._replace(worker)
            if self._is_closed:
                raise ClosedError from error
            raise
        except BaseException:
            self._give_back(worker)
            raise
        self._give_back(worker)
        return answer

    def close(self) -> None:
        """End all processes at once; work that goes on ends with ClosedError."""
        with self._changed:
            self._is_closed = True
            workers = [*self._idle, *self._busy]
            self._idle.clear()
            self._changed.notify_all()
        for worker in workers:
            worker.kill()

    def pids(self) -> list[int]:
        """The process ids, for those who watch memory."""
        with self._changed:
            return [worker.pid for worker in (*self._idle, *self._busy) if worker.pid is not None]

    def _take(self) -> Worker:
        with self._changed:
            while not self._is_closed:
                if self._idle:
                    worker = self._idle.pop()
                    if worker.has_died():  # before it had work: that is nothing to tell whoever has some
                        worker.close()
                        continue
                elif len(self._busy) < self.size:
                    worker = Worker(self._limits, self._warm_up)
                    self._wanted = max(self._wanted, len(self._busy) + 1)
                else:
                    self._changed.wait()
                    continue
                self._busy.add(worker)
                return worker
        raise ClosedError

    def _give_back(self, worker: Worker) -> None:
        with self._changed:
            self._busy.discard(worker)
            if self._is_closed:
                worker.kill()
            else:
                self._idle.append(worker)
            self._changed.notify()

    def _replace(self, worker: Worker) -> None:
        """One that is no good any more makes room for another, which starts at once."""
        worker.close()
        with self._changed:
            self._busy.discard(worker)
            self._start_missing()
            self._changed.notify()

    def _start_missing(self) -> None:
        """Start those that are to replace others; what the system refuses now is tried again by ``is_ready``."""
        while not self._is_closed and len(self._idle) + len(self._busy) < self._wanted:
            if time.monotonic() < self._refused_until:
                return
            try:
                self._idle.insert(0, Worker(self._limits, self._warm_up))
            except OSError as error:
                _log.error("a process cannot be started: %s", error)
                self._refused_until = time.monotonic() + _REFUSED_S

"""One process that works for another: started before it is needed, replaced when it dies."""

import multiprocessing
import os
import pickle
import resource
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

_CONTEXT = multiprocessing.get_context("spawn")  # a fork would copy locks that threads of the parent hold
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_LONGEST_START_S = 120.0
_KILLED_S = 10.0


class WorkerDiedError(Exception):
    """The process ended in the middle of its work. exit_code: negative, the signal that killed it."""

    def __init__(self, exit_code: int | None) -> None:
        super().__init__(f"the process ended {how_it_ended(exit_code)}")
        self.exit_code = exit_code


class OverrunError(Exception):
    """The work took longer than it may; its process was killed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a process may take. memory_bytes: of data, None for no limit. nice: by how much its work gives way."""

    memory_bytes: int | None = None
    nice: int = 0


class Worker:
    """A process that does one thing at a time. It imports what it is told to while it starts, before any work."""

    def __init__(self, limits: Limits, warm_up: Callable[[], object]) -> None:
        self._here, there = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_serve, args=(there, limits), name="creatormix-solver", daemon=True)
        self._process.start()
        there.close()
        self._here.send((warm_up, ()))
        self._is_warm = False

    @property
    def pid(self) -> int | None:
        """Its process id."""
        return self._process.pid

    def is_ready(self) -> bool:
        """Whether it has started and warmed up. Raises WorkerDiedError when it has died, on the way there or since."""
        if not self._is_warm and (self._here.poll() or not self._process.is_alive()):
            self._answer(0)
            self._is_warm = True
        if self.has_died():
            raise WorkerDiedError(self._exit_code())
        return self._is_warm

    def has_died(self) -> bool:
        """Whether it has ended by itself, in the middle of work or while it had none."""
        return not self._process.is_alive()

    def do(self, work: Callable[..., Any], *arguments: object, timeout_s: float | None = None) -> Any:
        """What ``work`` returns there, or its exception. Raises WorkerDiedError or OverrunError.

        After one of these the worker is no good any more.
        """
        if not self._is_warm:
            self._answer(_LONGEST_START_S)
            self._is_warm = True
        try:
            self._here.send((work, arguments))
        except (BrokenPipeError, ConnectionResetError):
            raise WorkerDiedError(self._exit_code()) from None
        return self._answer(timeout_s)

    def kill(self) -> None:
        """End it at once, whatever it does."""
        self._process.kill()

    def close(self) -> None:
        """End it and wait until it is gone."""
        self._process.kill()
        self._process.join(_KILLED_S)
        self._here.close()

    def _answer(self, timeout_s: float | None) -> Any:
        moved = wait([self._here, self._process.sentinel], timeout_s)
        if not moved:
            self.close()
            raise OverrunError(f"it took longer than {timeout_s:g} s")
        try:
            if not self._here.poll():
                raise EOFError
            succeeded, answer = self._here.recv()
        except (EOFError, OSError):  # the latter when it ended in the middle of its answer
            raise WorkerDiedError(self._exit_code()) from None
        if succeeded:
            return answer
        raise answer

    def _exit_code(self) -> int | None:
        self._process.join(_KILLED_S)
        return self._process.exitcode


def how_it_ended(exit_code: int | None) -> str:
    """An exit code for people."""
    if exit_code is None:
        return "without an exit code"
    if exit_code >= 0:
        return f"with exit code {exit_code}"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = "unknown"
    return f"through signal {-exit_code} ({name})"


def _serve(connection: Connection, limits: Limits) -> None:
    """The life of the process: take work, do it, answer; end with the parent."""
    for number in (signal.SIGINT, signal.SIGTERM):  # those are for the parent, who ends us when it wants
        signal.signal(number, signal.SIG_IGN)
    for name in _ONE_THREAD:
        os.environ[name] = "1"
    if limits.memory_bytes is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (limits.memory_bytes, limits.memory_bytes))
    threading.Thread(target=_end_with_parent, name="parent-watch", daemon=True).start()
    is_warm = False
    while True:
        try:
            work, arguments = connection.recv()
        except EOFError:
            return
        try:
            answer = True, work(*arguments)
        except Exception as error:
            answer = False, _that_travels(error)
        connection.send(answer)
        if not is_warm:
            os.nice(limits.nice)  # not before: somebody may wait for the start
            is_warm = True


def _that_travels(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)

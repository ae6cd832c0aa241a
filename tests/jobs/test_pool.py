"""Processes that work: their end is theirs alone."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.jobs import pool as pool_module
from app.jobs.pool import ClosedError, Pool
from app.jobs.process import Limits, OverrunError, Worker, WorkerDiedError
from tests.jobs import work

MEBIBYTE = 2**20


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    pool = Pool(1, Limits(512 * MEBIBYTE), work.nothing)
    pool.start()
    yield pool
    pool.close()


def test_work_is_done_elsewhere_and_its_answer_comes_back(pool: Pool) -> None:
    assert pool.run(work.double, 21) == 42
    assert pool.run(os.getpid) != os.getpid()


def test_an_exception_comes_back_as_it_was(pool: Pool) -> None:
    with pytest.raises(ValueError, match="this is wrong"):
        pool.run(work.wrong)
    with pytest.raises(RuntimeError, match="StubbornError"):
        pool.run(work.stubborn)
    assert pool.run(work.double, 1) == 2


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGABRT])
def test_a_death_is_told_with_its_signal_and_the_next_work_is_done(pool: Pool, number: int) -> None:
    with pytest.raises(WorkerDiedError) as caught:
        pool.run(work.die, number)
    assert caught.value.exit_code == -number
    assert signal.Signals(number).name in str(caught.value)
    assert pool.run(work.double, 2) == 4


def test_a_death_in_the_middle_of_an_answer_is_a_death(pool: Pool) -> None:
    with pytest.raises(WorkerDiedError) as caught:
        pool.run(work.break_off)
    assert caught.value.exit_code == -signal.SIGKILL
    assert pool.run(work.double, 4) == 8


def test_what_work_says_of_connections_is_no_death(pool: Pool) -> None:
    before = pool.run(os.getpid)
    with pytest.raises(ConnectionResetError, match="somebody else's"):
        pool.run(work.lose_a_connection)
    assert pool.run(os.getpid) == before


def test_who_dies_without_work_is_replaced_and_the_next_work_is_done(pool: Pool) -> None:
    for is_seen_before in (True, False):
        before = pool.run(os.getpid)
        os.kill(before, signal.SIGKILL)
        os.waitid(os.P_PID, before, os.WEXITED | os.WNOWAIT)
        if is_seen_before:
            assert not pool.is_ready()
        assert pool.run(os.getpid) != before
        assert len(pool.pids()) == 1


def test_a_system_that_starts_no_process_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Pool(1, Limits(), work.nothing)
    pool.start()
    refused: list[bool] = []

    def refusing(*_: object) -> Worker:
        refused.append(True)
        raise BlockingIOError("Resource temporarily unavailable")

    try:
        with monkeypatch.context() as patched:
            patched.setattr(pool_module, "Worker", refusing)
            with pytest.raises(WorkerDiedError):
                pool.run(work.die, signal.SIGKILL)
            assert not pool.is_ready()
        assert refused == [True], "it is left in peace for a moment"
        until_ready(pool)
        assert pool.run(work.double, 5) == 10
    finally:
        pool.close()


def until_ready(pool: Pool) -> None:
    deadline = time.monotonic() + 60
    while not pool.is_ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_who_takes_too_long_is_killed(pool: Pool) -> None:
    before = pool.run(os.getpid)
    with pytest.raises(OverrunError):
        pool.run(time.sleep, 60, timeout_s=0.2)
    with pytest.raises(ProcessLookupError):
        os.kill(before, 0)
    assert pool.run(work.double, 3) == 6


def test_memory_has_an_end_and_that_ends_only_the_work(pool: Pool) -> None:
    before = pool.run(os.getpid)
    with pytest.raises(MemoryError):
        pool.run(work.take_memory, 2 * 1024 * MEBIBYTE)
    assert pool.run(os.getpid) == before


def test_signals_to_the_group_do_not_end_the_work(pool: Pool) -> None:
    pid = pool.run(os.getpid)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(pid, number)
    assert pool.run(os.getpid) == pid


def test_no_more_than_its_size_work_at_a_time() -> None:
    pool = Pool(2, Limits(), work.nothing)
    try:
        with ThreadPoolExecutor(6) as threads:
            spans = list(threads.map(lambda _: pool.run(work.span, 0.1), range(6)))
        assert max(sum(a <= moment < b for a, b in spans) for moment, _ in spans) == 2
        assert len(pool.pids()) == 2
    finally:
        pool.close()


def test_it_is_ready_once_a_process_has_started_and_not_while_all_work() -> None:
    pool = Pool(1, Limits(), work.nothing)
    try:
        assert not pool.is_ready()
        pool.start()
        until_ready(pool)
        with ThreadPoolExecutor(1) as threads:
            busy = threads.submit(pool.run, time.sleep, 0.5)
            time.sleep(0.2)
            assert not pool.is_ready()
            busy.result()
        assert pool.is_ready()
    finally:
        pool.close()


def test_one_that_dies_while_it_starts_is_replaced() -> None:
    pool = Pool(1, Limits(), work.die_at_start)
    try:
        pool.start()
        before = pool.pids()
        deadline = time.monotonic() + 60
        while pool.pids() == before:
            assert not pool.is_ready()
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        pool.close()


def test_closing_ends_what_goes_on() -> None:
    pool = Pool(1, Limits(), work.nothing)
    ended: list[BaseException] = []

    def run() -> None:
        try:
            pool.run(time.sleep, 60)
        except ClosedError as error:
            ended.append(error)

    pool.run(work.nothing)
    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.2)
    pool.close()
    thread.join(10)
    assert len(ended) == 1
    with pytest.raises(ClosedError):
        pool.run(work.nothing)

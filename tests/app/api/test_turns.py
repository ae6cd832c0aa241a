"""Questions and bodies are worked on a few at a time, and tenants take turns."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, ClassVar

import anyio
import httpx
import pytest

from app.api.turns import Turns
from app.jobs.runtime import ASKING_NICE
from app.main import create_app
from app.settings import Settings
from tests.app.api.conftest import Body
from tests.app.api.keyed import bearer, make_key
from tests.app.api.test_errors import problem
from tests.event_loop import in_an_event_loop
from tests.in_threads import InThreads
from tests.serving import served

PATH = "/v1/optimizations"
_SOON_S = 30


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SOON_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Bench:
    """Work that begins when it is its turn and ends when it is told to."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self._ends: dict[str, threading.Event] = {}

    def work(self, name: str) -> Callable[[], str]:
        end = self._ends.setdefault(name, threading.Event())

        def run() -> str:
            self.begun.append(name)
            assert end.wait(_SOON_S)
            return name.upper()

        return run

    def end(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()

    async def begins(self, *names: str) -> None:
        """Wait until exactly these have begun, in this order."""
        with anyio.fail_after(_SOON_S):
            while len(self.begun) < len(names):
                await anyio.sleep(0.005)
        assert self.begun == list(names)


@in_an_event_loop
async def test_a_place_that_becomes_free_goes_to_the_tenant_that_has_the_fewest() -> None:
    turns, bench, results = Turns(2), Bench(), []

    async def one(name: str) -> None:
        results.append(await turns.run(name[0], bench.work(name)))

    async with anyio.create_task_group() as tasks:
        for name in ("a1", "a2", "a3", "a4", "a5"):
            tasks.start_soon(one, name)
            await anyio.sleep(0)
        await bench.begins("a1", "a2")
        for name in ("b1", "b2", "c1"):
            tasks.start_soon(one, name)
            await anyio.sleep(0)
        assert [turns.waiting(tenant) for tenant in "abcd"] == [3, 2, 1, 0]
        bench.end("a1")
        await bench.begins("a1", "a2", "b1")
        bench.end("b1")
        await bench.begins("a1", "a2", "b1", "c1")  # b and c had none, and b has just had its turn
        bench.end("a2")
        await bench.begins("a1", "a2", "b1", "c1", "b2")  # a and b have none now, and a has just had its turn
        bench.end("c1")
        await bench.begins("a1", "a2", "b1", "c1", "b2", "a3")
        bench.end("a3", "a4", "a5", "b2")
    assert sorted(results) == ["A1", "A2", "A3", "A4", "A5", "B1", "B2", "C1"]
    assert [turns.waiting(tenant) for tenant in "abc"] == [0, 0, 0]


@in_an_event_loop
async def test_who_goes_away_or_fails_leaves_no_place_taken() -> None:
    turns, bench = Turns(1), Bench()

    def fail() -> None:
        raise ValueError("no")

    async def left_waiting() -> None:
        with anyio.move_on_after(0.05):
            await turns.run("b", bench.work("never"))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(turns.run, "a", bench.work("a1"))
        await bench.begins("a1")
        tasks.start_soon(left_waiting)
        with anyio.move_on_after(0.05):
            await turns.run("a", bench.work("never"))
        await anyio.sleep(0.1)
        assert (turns.waiting("a"), turns.waiting("b")) == (0, 0)
        bench.end("a1")
    with pytest.raises(ValueError, match="no"):
        await turns.run("a", fail)
    bench.end("never")
    with anyio.fail_after(_SOON_S):
        assert await turns.run("b", lambda: 7) == 7
    assert "never" not in bench.begun


@in_an_event_loop
async def test_many_that_come_go_away_and_fail_are_never_too_many_and_all_end() -> None:
    turns, lock, at_once, most = Turns(3), threading.Lock(), 0, 0

    def work() -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.0005)
        with lock:
            at_once -= 1

    async def one(number: int) -> None:
        with anyio.move_on_after(0.0002 * (number % 50)):
            await turns.run(f"t{number % 7}", work)

    with anyio.fail_after(_SOON_S):
        async with anyio.create_task_group() as tasks:
            for number in range(1000):
                tasks.start_soon(one, number)
                if number % 20 == 0:
                    await anyio.sleep(0.001)
        assert await turns.run("t0", lambda: most) == 3
    assert sum(turns.waiting(f"t{number}") for number in range(7)) == 0


class Gated(InThreads):
    """Questions wait at a gate; whose were asked is noted."""

    asked: ClassVar[list[str]]
    gate: ClassVar[threading.Semaphore]

    def run(self, work: Callable[..., Any], *arguments: Any, timeout_s: float | None = None) -> Any:
        self.asked.append(arguments[1])
        assert self.gate.acquire(timeout=_SOON_S)
        return super().run(work, *arguments, timeout_s=timeout_s)


@pytest.fixture
def gated(new_settings: Callable[..., Settings]) -> Iterator[tuple[httpx.Client, type[Gated], dict[str, str]]]:
    """A service that answers one question at a time, when it is let, and keys of two tenants."""

    class Here(Gated):
        asked: ClassVar[list[str]] = []
        gate: ClassVar = threading.Semaphore(0)

    settings = new_settings(concurrent_questions=1, waiting_questions=3)
    keys = {tenant: make_key(settings.database_url, tenant) for tenant in ("acme", "other")}
    app = create_app(
        settings, lambda settings, size, nice: (Here if nice == ASKING_NICE else InThreads)(settings, size, nice)
    )
    with ExitStack() as stack:
        base_url = stack.enter_context(served(app))
        yield stack.enter_context(httpx.Client(base_url=base_url, timeout=60, trust_env=False)), Here, keys


def test_a_tenant_that_asks_much_gets_a_503_and_another_is_answered_next(
    gated: tuple[httpx.Client, type[Gated], dict[str, str]], brief: Body
) -> None:
    client, here, keys = gated
    paths = {
        tenant: f"{PATH}/{client.post(PATH, json=brief, headers=bearer(key)).json()['id']}/strategies"
        for tenant, key in keys.items()
    }

    def ask(tenant: str) -> httpx.Response:
        return client.get(paths[tenant], headers=bearer(keys[tenant]))

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(ask, "acme")
        until(lambda: here.asked == ["acme"])
        futures: list[Future[httpx.Response]] = []
        refused = None
        while refused is None:  # three wait, the next one is refused
            futures.append(pool.submit(ask, "acme"))
            time.sleep(0.2)
            done = [future.result() for future in futures if future.done()]
            refused = done[0] if done else None
            assert len(futures) <= 6
        problem(refused, 503, "unavailable")
        assert "tenant acme" in refused.json()["detail"]
        assert int(refused.headers["Retry-After"]) > 0
        theirs = pool.submit(ask, "other")
        time.sleep(0.3)
        assert here.asked == ["acme"]
        here.gate.release()
        assert first.result().status_code == 200
        until(lambda: len(here.asked) == 2)
        assert here.asked == ["acme", "other"]
        here.gate.release(4)
        assert theirs.result().status_code == 200
        assert [future.result().status_code for future in futures].count(200) == 3
    assert here.asked == ["acme", "other", "acme", "acme", "acme"]

"""Waiting for optimizations to move: one question to the database answers everybody who waits in this process."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from app.errors import Unavailable
from app.storage import jobs
from app.storage.database import Database
from app.storage.jobs import State

_POLL_S = 0.05
_AWAY_S = 1.0


@dataclass(eq=False, slots=True)
class _Waiting:
    """Somebody who waits for a state that pleases him; None is told when there is no such optimization any more."""

    optimization_id: str
    pleases: Callable[[State], bool]
    told: "asyncio.Future[State | NotYet | None]"


class Watch:
    """Asks the database every 50 ms while anybody waits, and at once when it is poked."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: set[_Waiting] = set()
        self._limiter = CapacityLimiter(1)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._poked: asyncio.Event | None = None
        self._asking: asyncio.Task[None] | None = None
        self._is_over = False

    def poke(self) -> None:
        """Something has moved; from any thread."""
        loop, poked = self._loop, self._poked
        if loop is not None and poked is not None and not loop.is_closed():
            loop.call_soon_threadsafe(poked.set)

    def release(self) -> None:
        """Let everybody go, now and from now on: the process is about to end. From the event loop."""
        self._is_over = True
        for waiting in list(self._waiting):
            if not waiting.told.done():
                waiting.told.set_result(_NOT_YET)

    @property
    def is_over(self) -> bool:
        """Whether nobody may wait any more."""
        return self._is_over

    async def ended(self, optimization_id: str, within_s: float) -> bool:
        """Wait until it has ended or is erased; False when the time is up before."""
        return await self._until(optimization_id, lambda state: state.has_ended, within_s) is not _NOT_YET

    async def moved(self, optimization_id: str, revision: int, within_s: float) -> "State | NotYet | None":
        """Its state once its revision is higher than this one, or has ended; None when it is erased."""
        return await self._until(optimization_id, lambda state: state.revision > revision or state.has_ended, within_s)

    async def _until(
        self, optimization_id: str, pleases: Callable[[State], bool], within_s: float
    ) -> "State | NotYet | None":
        if self._is_over or within_s <= 0:
            return _NOT_YET
        self._loop = asyncio.get_running_loop()
        waiting = _Waiting(optimization_id, pleases, self._loop.create_future())
        self._waiting.add(waiting)
        if self._asking is None or self._asking.done():
            self._poked = asyncio.Event()
            self._asking = self._loop.create_task(self._ask_on(self._poked))
        try:
            return await asyncio.wait_for(waiting.told, within_s)
        except TimeoutError:
            return _NOT_YET
        finally:
            self._waiting.discard(waiting)

    async def _ask_on(self, poked: asyncio.Event) -> None:
        while self._waiting:
            pause_s = _POLL_S
            try:
                await self._ask()
            except Unavailable:
                pause_s = _AWAY_S
            try:
                await asyncio.wait_for(poked.wait(), pause_s)
            except TimeoutError:
                continue
            poked.clear()

    async def _ask(self) -> None:
        ids = sorted({waiting.optimization_id for waiting in self._waiting})
        states = {state.id: state for state in await run_sync(self._states, ids, limiter=self._limiter)}
        asked = set(ids)
        for waiting in list(self._waiting):
            if waiting.told.done() or waiting.optimization_id not in asked:
                continue
            state = states.get(waiting.optimization_id)
            if state is None or waiting.pleases(state):
                waiting.told.set_result(state)

    def _states(self, ids: list[str]) -> list[State]:
        with self._database.reading() as session:
            return jobs.states(session, ids)


class NotYet:
    """The time was up before anything moved."""


_NOT_YET = NotYet()

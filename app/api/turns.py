"""Work that is done a few at a time: who has to wait, waits in a queue of its tenant, and tenants take turns."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync


class Turns:
    """So many places for work in threads. A place that becomes free goes to the waiting tenant with the fewest.

    So one tenant's long queue delays another's first work by no more than what ends next. Of tenants with as many,
    the one goes first whose last work began or ended longest ago. Those who wait hold no thread. For one event loop.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._threads = CapacityLimiter(places)
        self._taken: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    def waiting(self, tenant_id: str) -> int:
        """How many of the tenant's wait."""
        return len(self._waiting.get(tenant_id, ()))

    async def run(self, tenant_id: str, work: Callable[[], Any]) -> Any:
        """What ``work`` returns in a thread, or its exception, once it is this tenant's turn.

        Work that has begun goes on when its caller is cancelled, and keeps its place until it ends.
        """
        await self._take(tenant_id)
        try:
            return await run_sync(work, limiter=self._threads)
        finally:
            self._give_back(tenant_id)

    async def _take(self, tenant_id: str) -> None:
        if self._free:
            self._free -= 1
            self._taken[tenant_id] += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(tenant_id, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._leave(tenant_id, turn)
            else:  # it was given the place in the moment in which it went away
                self._give_back(tenant_id)
            raise

    def _leave(self, tenant_id: str, turn: asyncio.Future[None]) -> None:
        queue = self._waiting.get(tenant_id, deque())
        if turn in queue:
            queue.remove(turn)
            if not queue:
                del self._waiting[tenant_id]

    def _give_back(self, tenant_id: str) -> None:
        if tenant_id in self._waiting:
            self._waiting[tenant_id] = self._waiting.pop(tenant_id)  # behind the others
        self._taken[tenant_id] -= 1
        if not self._taken[tenant_id]:
            del self._taken[tenant_id]
        self._free += 1
        while self._free and self._waiting:
            self._give_to(min(self._waiting, key=lambda waiting: self._taken[waiting]))

    def _give_to(self, tenant_id: str) -> None:
        queue = self._waiting.pop(tenant_id)
        turn = queue.popleft()
        if queue:
            self._waiting[tenant_id] = queue
        if not turn.done():
            self._free -= 1
            self._taken[tenant_id] += 1
            turn.set_result(None)

"""Clients that try again with the same Idempotency-Key until they have an answer, and remember what they were told."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx

POST = "/v1/optimizations"
ENDED = ("succeeded", "failed", "cancelled")
PATIENCE_S = 180.0
PAUSE_S = 0.1
_TRY_AGAIN = (409, 429, 500, 502, 503, 504)


@dataclass
class Told:
    """What the clients were told. ids: by key, every id that an answer to it named. unanswered: keys without one."""

    ids: dict[str, set[str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    tries: Counter[str] = field(default_factory=Counter)
    """By what they met: a status, or the name of the exception."""

    def accepted(self) -> int:
        """Keys with an answer."""
        return len(self.ids)


class Crowd:
    """Posts briefs to any of the base URLs, several at a time."""

    def __init__(self, base_urls: Sequence[str], headers: dict[str, str], clients: int = 8) -> None:
        self._base_urls = base_urls
        self._headers = {"Content-Type": "application/json", "Prefer": "respond-async", **headers}
        self._clients = clients
        self._local = threading.local()
        self._lock = threading.Lock()
        self.told = Told()

    def post(self, bodies: Iterable[dict[str, Any]], on_answer: Callable[[int], None] = lambda count: None) -> Told:
        """Post each body under a key of its own, which is its label too. on_answer: is told how many have answers."""
        with ExitStack() as stack, ThreadPoolExecutor(self._clients) as pool:
            self._stack = stack
            for _ in pool.map(lambda body: self._insist(body, on_answer), bodies):
                pass
        return self.told

    def _insist(self, body: dict[str, Any], on_answer: Callable[[int], None]) -> None:
        key, raw = body["label"], json.dumps(body).encode()
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            met, answer = self._once(key, raw)
            with self._lock:
                self.told.tries[met] += 1
            if answer is not None:
                with self._lock:
                    self.told.ids.setdefault(key, set()).add(answer["id"])
                on_answer(len(self.told.ids))
                return
            if met.isdigit() and int(met) not in _TRY_AGAIN:
                with self._lock:
                    self.told.refused.append(f"{key}: {met}")
                return
            time.sleep(PAUSE_S * random.uniform(0.5, 2))
        with self._lock:
            self.told.unanswered.append(key)

    def _once(self, key: str, raw: bytes) -> tuple[str, dict[str, Any] | None]:
        """What one try met, and the optimization if it was that."""
        client = self._client()
        try:
            response = client.post(
                random.choice(self._base_urls) + POST, content=raw, headers={**self._headers, "Idempotency-Key": key}
            )
            answer = response.json() if response.is_success else None
        except (httpx.TransportError, ValueError) as error:
            return type(error).__name__, None
        return str(response.status_code), answer

    def _client(self) -> httpx.Client:
        if not hasattr(self._local, "client"):
            with self._lock:
                self._local.client = self._stack.enter_context(httpx.Client(timeout=20, trust_env=False))
        client: httpx.Client = self._local.client
        return client

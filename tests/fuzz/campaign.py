"""A run of fuzzed requests against a service that runs as a process of its own."""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from app.services import demo_briefs
from tests.fuzz.cases import JSON, POST, Case, case
from tests.fuzz.seeds import Document
from tests.fuzz.verdict import ENDED, complaints, of_an_optimization
from tests.processes import Api

THREADS = 4
ANSWER_DEADLINE_S = 120.0
WARM_SHARE = 0.25
"""Memory is compared with what it is after this share of the run: by then everything has been loaded and met once."""
_DEEPEST = 10_000
"""Calls within calls, in this process: several changes may nest one body deeper than Python copies by default."""
MOST_GROWTH = 1.25
GROWTH_ALLOWANCE_BYTES = 64 * 2**20


@dataclass
class Outcome:
    """What a run has shown. counts: cases by call, status and code; defects: what was wrong, by case."""

    counts: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    solved: Counter[str] = field(default_factory=Counter)
    defects: list[tuple[Case, list[str]]] = field(default_factory=list)
    warm_rss_bytes: int = 0
    last_rss_bytes: int = 0
    still_answers: bool = False
    seconds: float = 0.0

    def memory_is_bounded(self) -> bool:
        """Whether the service needs about as much memory as it did early in the run."""
        return self.last_rss_bytes <= MOST_GROWTH * self.warm_rss_bytes + GROWTH_ALLOWANCE_BYTES


class Campaign:
    """Posts cases from several threads and judges the answers."""

    def __init__(self, service: Api, seed: int, headers: dict[str, str]) -> None:
        self._service = service
        self._headers = headers
        self._seed = seed
        self._threads = threading.local()
        self._lock = threading.Lock()
        self._open_clients = ExitStack()
        self._accepted: list[tuple[Case, str]] = []
        self.outcome = Outcome()
        self._brief: Document = json.loads(demo_briefs.raw("pinned"))
        self._id = self._solved_id()

    def run(self, cases: int) -> Outcome:
        """Post the cases of the seed from 0 on."""
        calls = sys.getrecursionlimit()
        sys.setrecursionlimit(_DEEPEST)
        try:
            with self._open_clients:
                return self._run(cases)
        finally:
            sys.setrecursionlimit(calls)

    def _run(self, cases: int) -> Outcome:
        began = time.monotonic()
        warm = max(1, int(cases * WARM_SHARE))
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(self._one, range(warm)))
            self.outcome.warm_rss_bytes = self._service.tree_rss_bytes()
            list(pool.map(self._one, range(warm, cases)))
        for accepted, optimization_id in self._accepted:
            self._await_end(accepted, optimization_id)
        self.outcome.last_rss_bytes = self._service.tree_rss_bytes()
        self.outcome.still_answers = self._still_answers()
        self.outcome.seconds = time.monotonic() - began
        return self.outcome

    def _client(self) -> httpx.Client:
        if not hasattr(self._threads, "client"):
            with self._lock:
                self._threads.client = self._open_clients.enter_context(self._new_client())
        client: httpx.Client = self._threads.client
        return client

    def _new_client(self) -> httpx.Client:
        return httpx.Client(
            base_url=self._service.base_url, headers=self._headers, timeout=ANSWER_DEADLINE_S, trust_env=False
        )

    def _one(self, number: int) -> None:
        drawn = case(self._seed, number, self._brief)
        path = drawn.path.replace("{id}", self._id)
        try:
            response = self._client().post(path, content=drawn.raw, headers=drawn.headers)
        except httpx.TransportError as error:
            self._note(drawn, 0, type(error).__name__, [f"no answer: {error!r}"])
            return
        found = complaints(drawn, response)
        code = _code(response)
        if response.status_code == 202 and not found:
            with self._lock:
                self._accepted.append((drawn, response.json()["id"]))
        self._note(drawn, response.status_code, code, found)

    def _note(self, drawn: Case, status: int, code: str, found: list[str]) -> None:
        with self._lock:
            self.outcome.counts[drawn.call, status, code] += 1
            self.outcome.kinds[drawn.kind] += 1
            if found:
                self.outcome.defects.append((drawn, found))

    def _await_end(self, accepted: Case, optimization_id: str) -> None:
        """What was accepted ends, and well."""
        deadline = time.monotonic() + ANSWER_DEADLINE_S
        while True:
            answer = self._client().get(f"{POST}/{optimization_id}").json()
            if answer["status"] in ENDED:
                break
            if time.monotonic() > deadline:
                self.outcome.defects.append((accepted, [f"{optimization_id} does not end: {answer['status']}"]))
                return
            time.sleep(0.05)
        brief = json.loads(accepted.raw) if accepted.call == "solve" else None
        found = list(of_an_optimization(answer, brief))
        if found:
            self.outcome.defects.append((accepted, found))

    def _solved_id(self) -> str:
        with self._new_client() as client:
            answer = client.post(POST, json=self._brief)
            answer.raise_for_status()
            solved: str = answer.json()["id"]
            return solved

    def _still_answers(self) -> bool:
        ready = self._client().get("/readyz")
        solved = self._client().post(POST, content=demo_briefs.raw("minimal"), headers=JSON)
        return ready.status_code == 200 and solved.status_code == 201 and self._service.alive()


def _code(response: httpx.Response) -> str:
    try:
        answer = response.json()
    except ValueError:
        return "?"
    if response.is_error:
        return str(answer.get("type", "?")).partition("#")[2]
    return str(answer.get("solution_status") or answer.get("status") or ("valid" if answer.get("valid") else ""))


def keep(defects: list[tuple[Case, list[str]]], folder: Path) -> Iterator[str]:
    """Write each failing body into the folder; lines that say how to see it again."""
    for failing, found in defects:
        folder.mkdir(parents=True, exist_ok=True)
        body = folder / f"{failing.number:06}-{failing.call}-{failing.kind}.body"
        body.write_bytes(failing.raw)
        said = {"path": failing.path, "headers": failing.headers, "found": found}
        body.with_suffix(".json").write_text(json.dumps(said, indent=1))
        yield f"case {failing.number} ({failing.call}, {failing.kind}): {'; '.join(found)[:600]}\n  {body}"

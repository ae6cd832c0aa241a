"""A small client for creatormix, to copy and to change. It needs httpx and nothing else.

    make serve                                          in one terminal
    .venv/bin/python examples/creatormix_client.py      in another

CREATORMIX_URL names another service, CREATORMIX_KEY an API key.
"""

import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, Self

import httpx

Json = dict[str, Any]

TRY_AGAIN = {409, 429, 502, 503, 504}
"""409 only where it says that the same request is still under way."""
ENDED = {"succeeded", "failed", "cancelled"}


class ApiError(Exception):
    """The service said no. problem: its problem details (RFC 9457), with a JSON Pointer to each fault of the body."""

    def __init__(self, status: int, problem: Json) -> None:
        self.status = status
        self.problem = problem
        self.code: str = str(problem.get("type", "")).rpartition("#")[2]
        faults = "".join(f"\n  {fault['pointer']}: {fault['detail']}" for fault in problem.get("errors", []))
        super().__init__(f"{status} {problem.get('title', '')}: {problem.get('detail', '')}{faults}")


class Client:
    """One service, one key. Use it in ``with``."""

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        attempts: int = 6,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """attempts: how often a call is tried in all. transport and sleep: for tests."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=90, transport=transport)
        self._attempts = attempts
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def call(self, method: str, path: str, **how: Any) -> httpx.Response:
        """One call, tried again while that can help. Raises ApiError, or httpx.TransportError when nobody answers.

        A POST carries one Idempotency-Key through all tries, so its work is done once even if an answer gets lost.
        """
        if method == "POST":
            how["headers"] = {"Idempotency-Key": str(uuid.uuid4()), **how.get("headers", {})}
        for attempt in range(1, self._attempts + 1):
            last = attempt == self._attempts
            try:
                answer = self._http.request(method, path, **how)
            except httpx.TransportError:
                if last:
                    raise
                self._sleep(_pause_s(None, attempt))
                continue
            if answer.status_code < 400:
                return answer
            problem = _problem(answer)
            if last or not _may_pass(problem):
                raise problem
            self._sleep(_pause_s(answer, attempt))
        raise ValueError("attempts must be 1 or more")

    def solve(self, brief: Json, *, wait_s: int = 30, longest_s: float = 600) -> Json:
        """The finished optimization of a brief, however long it takes up to longest_s."""
        answer = self.call("POST", "/v1/optimizations", json=brief, headers={"Prefer": f"wait={wait_s}"})
        optimization: Json = answer.json()
        return optimization if optimization["status"] in ENDED else self.wait(optimization["id"], longest_s)

    def submit(self, brief: Json) -> str:
        """Queue a brief and do not wait: the id of its optimization."""
        answer = self.call("POST", "/v1/optimizations", json=brief, headers={"Prefer": "respond-async"})
        return str(answer.json()["id"])

    def wait(self, optimization_id: str, longest_s: float = 600) -> Json:
        """Ask until it has ended; unchanged answers are cheap (ETag). Raises TimeoutError."""
        give_up = time.monotonic() + longest_s
        etag = ""
        while time.monotonic() < give_up:
            answer = self.call("GET", f"/v1/optimizations/{optimization_id}", headers={"If-None-Match": etag})
            if answer.status_code != httpx.codes.NOT_MODIFIED:
                etag = answer.headers["ETag"]
                optimization: Json = answer.json()
                if optimization["status"] in ENDED:
                    return optimization
            self._sleep(1)
        raise TimeoutError(f"{optimization_id} has not ended after {longest_s} s; it goes on")

    def events(self, optimization_id: str) -> Iterator[tuple[str, Json]]:
        """Name and data of each event until it has ended. A connection that breaks is taken up where it was."""
        seen, failures = "", 0
        while failures < self._attempts:
            name, data = "", ""
            try:
                headers = {"Last-Event-ID": seen, "Accept": "text/event-stream"}
                with self._http.stream("GET", f"/v1/optimizations/{optimization_id}/events", headers=headers) as stream:
                    if stream.status_code >= 400:
                        stream.read()
                        raise _problem(stream)
                    for line in stream.iter_lines():
                        field, _, value = line.partition(":")
                        value = value.removeprefix(" ")
                        if field == "id":
                            seen, failures = value, 0
                        elif field == "event":
                            name = value
                        elif field == "data":
                            data += value
                        elif not line and data:
                            yield name, json.loads(data)
                            if name == "completed":
                                return
                            name, data = "", ""
            except httpx.TransportError:
                pass
            failures += 1
            self._sleep(_pause_s(None, failures))
        raise TimeoutError(f"no more events of {optimization_id}")

    def rows(self, path: str, **parameters: Any) -> Iterator[Json]:
        """The rows of a list, page after page."""
        cursor: str | None = None
        while True:
            page = self.call("GET", path, params={**parameters, **({"cursor": cursor} if cursor else {})}).json()
            yield from page["data"]
            cursor = page["next_cursor"]
            if cursor is None:
                return


def _problem(answer: httpx.Response) -> ApiError:
    is_problem = answer.headers.get("Content-Type", "").startswith("application/problem+json")
    return ApiError(answer.status_code, answer.json() if is_problem else {"title": answer.reason_phrase})


def _may_pass(problem: ApiError) -> bool:
    return problem.status in TRY_AGAIN and (problem.status != 409 or problem.code == "idempotency_key_in_use")


def _pause_s(answer: httpx.Response | None, attempt: int) -> float:
    """What Retry-After says, else half a second that doubles with each try."""
    named = "" if answer is None else answer.headers.get("Retry-After", "")
    return float(named) if named.isdecimal() else min(0.5 * 2 ** (attempt - 1), 30.0)


def from_environment() -> Client:
    """A client for the service that the environment names."""
    return Client(os.environ.get("CREATORMIX_URL", "http://127.0.0.1:8000"), os.environ.get("CREATORMIX_KEY"))


def main() -> None:
    """Solve a built-in brief, follow it, and print what to book and what was nearly booked."""
    with from_environment() as client:
        brief = client.call("GET", "/v1/demo-briefs/realistic").json()
        optimization_id = client.submit(brief)
        for name, told in client.events(optimization_id):
            print(f"{name}: {told.get('status') or told.get('phase')}")
        result = client.wait(optimization_id)["result"]
        totals = result["totals"]
        print(f"{totals['creators']} creators for {totals['spend']} {brief['currency']}", end=", ")
        print(f"{totals['engaged_reach']:,.0f} engaged people, gap {result['value']['relative_gap']:.0e}")
        rejected = client.rows(f"/v1/optimizations/{optimization_id}/creators", decision="rejected", limit=50)
        near = [row for row in rejected if row["entry_price"] and not row["reasons"][0].startswith("filtered")]
        for row in sorted(near, key=lambda row: -float(row["entry_price"]))[:3]:
            print(f"{row['creator_id']} {row['offer_id']}: in at about {row['entry_price']}")
        try:
            client.solve({**brief, "budget": "-1"})
        except ApiError as problem:
            print(problem)


if __name__ == "__main__":
    main()

"""Who makes the load: planners who post, poll and ask, and one who only meets the bare endpoint."""

import random
import time
from collections import deque
from typing import Any, ClassVar

from locust import FastHttpUser, between, task

from tests.load import bare, bodies

POST = "/v1/optimizations"
JSON = {"Content-Type": "application/json"}
END_DEADLINE_S = 60.0
ENDED = ("succeeded", "failed", "cancelled")


class Planner(FastHttpUser):
    """Someone who plans: posts briefs and reads what came out."""

    wait_time = between(0.05, 0.3)
    headers: ClassVar[dict[str, str]] = {}
    known: ClassVar[deque[str]] = deque(maxlen=500)
    """Ids of optimizations with a plan, so that what is asked exists."""

    @task(6)
    def post_small(self) -> None:
        self._post("solve, small, wait", bodies.small())

    @task(3)
    def post_mid(self) -> None:
        self._post("solve, mid, wait", bodies.mid())

    @task(4)
    def post_and_poll(self) -> None:
        answer = self._call("POST", POST, "solve, small, async", bodies.small(), Prefer="respond-async")
        deadline = time.monotonic() + END_DEADLINE_S
        while answer and answer["status"] not in ENDED:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{answer['id']} does not end")
            time.sleep(0.1)
            answer = self._call("GET", f"{POST}/{answer['id']}", "poll")
        self._note(answer)

    @task(8)
    def read(self) -> None:
        if self.known:
            self._call("GET", f"{POST}/{random.choice(self.known)}", "get")

    @task(3)
    def list(self) -> None:
        self._call("GET", f"{POST}?limit=10", "list, 10")

    @task(4)
    def creators(self) -> None:
        if self.known:
            self._call("GET", f"{POST}/{random.choice(self.known)}/creators?limit=50", "creators, 50")

    @task(3)
    def validate_small(self) -> None:
        self._call("POST", f"{POST}:validate", "validate, small", bodies.small())

    @task(3)
    def validate_mid(self) -> None:
        self._call("POST", f"{POST}:validate", "validate, mid", bodies.mid())

    @task(1)
    def ask(self) -> None:
        if self.known:
            path, name = random.choice((("frontier?points=5", "frontier, 5"), ("alternatives?k=2", "alternatives, 2")))
            self._call("GET", f"{POST}/{random.choice(self.known)}/{path}", name)

    def _post(self, name: str, body: bytes) -> None:
        answer = self._call("POST", POST, name, body)
        if answer and answer["status"] in ENDED:
            self._note(answer)

    def _note(self, answer: Any) -> None:
        if answer and answer["solution_status"] == "optimal":
            self.known.append(answer["id"])

    def _call(self, method: str, path: str, name: str, body: bytes | None = None, **headers: str) -> Any:
        given = {**self.headers, **headers, **(JSON if body else {})}
        with self.client.request(method, path, name=name, data=body, headers=given, catch_response=True) as response:
            if not 200 <= response.status_code < 300:
                response.failure(f"{response.status_code}: {(response.text or '')[:200]}")
                return None
            answer = response.json()
            if answer.get("status") == "failed":
                response.failure(f"the optimization failed: {answer['failure']}")
                return None
            response.success()
            return answer


class BareCaller(FastHttpUser):
    """Posts the same bodies to the endpoint that only parses them."""

    wait_time = between(0.05, 0.3)
    fixed_count = 1

    @task
    def small(self) -> None:
        self._parse("bare, small", bodies.small())

    @task
    def mid(self) -> None:
        self._parse("bare, mid", bodies.mid())

    def _parse(self, name: str, body: bytes) -> None:
        self.client.post(bare.PATH, name=name, data=body, headers=JSON)


class Hurried(FastHttpUser):
    """Posts one body as fast as it is answered."""

    path: ClassVar[str] = ""
    body: ClassVar[bytes] = b""
    headers: ClassVar[dict[str, str]] = {}

    @task
    def post(self) -> None:
        self.client.post(self.path, name="hurried", data=self.body, headers={**JSON, **self.headers})

"""A service with processes that really solve: stopped, killed, and asked while they are busy."""

import json
import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from app.main import create_app
from app.services import demo_briefs
from app.settings import Settings
from tests.serving import served

PATH = "/v1/optimizations"
Json = dict[str, Any]


@pytest.fixture
def client(new_settings: Callable[..., Settings]) -> Iterator[httpx.Client]:
    settings = new_settings(concurrent_solves=1, concurrent_questions=1)
    with ExitStack() as stack:
        base_url = stack.enter_context(served(create_app(settings)))
        yield stack.enter_context(httpx.Client(base_url=base_url, timeout=60, trust_env=False))


def long_brief() -> Json:
    """A brief that has a plan at once and takes half a minute to prove it: the last cent of a share is a puzzle."""
    brief: Json = json.loads(demo_briefs.raw("realistic"))
    brief["objective"] = {"minimise": "cost", "min_engaged_reach": 9000}
    brief["solver"] = {"time_limit": "PT300S", "relative_gap": 1e-12}
    return brief


def minimal() -> Json:
    brief: Json = json.loads(demo_briefs.raw("minimal"))
    return brief


def started(client: httpx.Client, brief: Json) -> str:
    """Post it without waiting, and give its path once it has a plan."""
    answer = client.post(PATH, json=brief, headers={"Prefer": "respond-async"})
    assert answer.status_code == 202
    assert answer.headers["Preference-Applied"] == "respond-async"
    assert int(answer.headers["Retry-After"]) > 0
    path: str = answer.headers["Location"]
    until(lambda: (client.get(path).json()["progress"] or {}).get("value") is not None)
    return path


def until(holds: Callable[[], bool], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def ids_until_progress(client: httpx.Client, path: str, last: str | None = None) -> list[str]:
    """The ids of what is told first, the first progress included."""
    headers = {} if last is None else {"Last-Event-ID": last}
    ids, name = [], None
    with client.stream("GET", f"{path}/events", headers=headers) as response:
        for line in response.iter_lines():
            field, _, value = line.partition(": ")
            name = value if field == "event" else name
            if field == "id":
                ids.append(value)
            if line == "" and name == "progress":
                break
    return ids


def events(client: httpx.Client, path: str, last: str | None = None) -> list[Json]:
    headers = {} if last is None else {"Last-Event-ID": last}
    text = client.get(f"{path}/events", headers=headers).text
    told = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in fields:
            told.append({**fields, "data": json.loads(fields["data"])})
    return told


def test_a_stop_keeps_the_best_plan_and_whoever_follows_is_told(client: httpx.Client) -> None:
    path = started(client, long_brief())
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(events, client, path)
        time.sleep(0.3)
        stopped = client.post(f"{path}:stop")
        told = following.result(60)
    assert stopped.status_code == 200
    ended = stopped.json()
    assert (ended["status"], ended["solution_status"], ended["stop_reason"]) == ("succeeded", "feasible", "stopped")
    assert ended["result"]["selection"]
    assert ended["result"]["value"]["relative_gap"] > 0
    assert client.post(f"{path}:stop").json() == ended
    assert [one["event"] for one in told[:1] + told[-1:]] == ["status", "completed"]
    assert told[-1]["data"]["stop_reason"] == "stopped"
    ids = [int(one["id"]) for one in told]
    assert ids == sorted(set(ids))
    assert [one["event"] for one in events(client, path)] == ["completed"]
    assert [one["event"] for one in events(client, path, told[0]["id"])] == ["completed"]


def test_who_comes_back_is_told_nothing_under_an_id_that_was_told(client: httpx.Client) -> None:
    path = started(client, long_brief())
    last = ids_until_progress(client, path)[0]
    for _ in range(3):
        again = ids_until_progress(client, path, last)
        assert int(last) < min(int(one) for one in again)
        last = again[-1]
    client.delete(path)


def test_what_waits_is_cancelled_and_what_is_erased_is_let_go(client: httpx.Client) -> None:
    running = started(client, long_brief())
    waiting = client.post(PATH, json=minimal(), headers={"Prefer": "wait=0"})
    assert (waiting.status_code, waiting.json()["status"]) == (202, "queued")
    cancelled = client.post(f"{waiting.headers['Location']}:stop").json()
    assert (cancelled["status"], cancelled["stop_reason"], cancelled["result"]) == ("cancelled", "stopped", None)
    assert client.delete(running).status_code == 204
    assert client.post(PATH, json=minimal(), headers={"Prefer": "wait=30"}).status_code == 201
    assert client.get(running).status_code == 404


def test_a_killed_solver_fails_its_own_job_and_no_other(client: httpx.Client) -> None:
    path = started(client, long_brief())
    after = client.post(PATH, json=minimal(), headers={"Prefer": "respond-async"}).headers["Location"]
    for process in multiprocessing.active_children():
        process.kill()
    until(lambda: client.get(path).json()["status"] not in ("queued", "running"))
    failed = client.get(path).json()
    assert (failed["status"], failed["stop_reason"]) == ("failed", "out_of_memory")
    assert failed["failure"]["code"] == "process_killed"
    assert "memory" in failed["failure"]["detail"]
    until(lambda: client.get(after).json()["status"] == "succeeded")
    assert client.get(f"{path}/brief").json() == long_brief()


def test_a_question_whose_process_dies_is_told_so(client: httpx.Client) -> None:
    path = client.post(PATH, json=minimal()).headers["Location"]
    assert client.get(f"{path}/strategies").status_code == 200
    brief = {**long_brief(), "solver": {"time_limit": "PT300S"}}
    evaluation = {"brief": brief, "selection": []}
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.post, f"{PATH}:evaluate", json=evaluation)
        time.sleep(1.0)
        for process in multiprocessing.active_children():
            process.kill()
        answer = asked.result(60)
    assert answer.status_code == 500
    assert answer.json()["type"].endswith("#work_failed")
    until(lambda: client.get(f"{path}/strategies").status_code == 200)


def test_a_wait_that_runs_out_is_no_error(client: httpx.Client) -> None:
    answer = client.post(PATH, json=long_brief(), headers={"Prefer": "wait=1"})
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (202, "wait=1")
    assert answer.json()["status"] in ("queued", "running")
    assert client.get(answer.headers["Location"]).status_code == 200
    client.post(f"{answer.headers['Location']}:stop")

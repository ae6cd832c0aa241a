"""What the answers around a plan cost those who ask for them over HTTP, in posts of the same brief, in one run.

Run it with ``make bench-over-http``; ``python -m benchmarks.over_http 3000 1 2`` posts 3 000 creators, seeds 1 and 2.
A service is started for it, on SQLite in a folder of its own. Each question is asked once, since answers are kept.
"""

import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from time import monotonic, perf_counter, sleep

import httpx

from benchmarks.drawn_brief import brief_of

CREATORS, SEEDS = 10_000, (1, 2)
PATIENCE_S = 600.0
"""For one answer; the service is given as long as it wants."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Briefs that are alike. budget: in budgets of the drawn brief, which pays an eighth of all creators."""

    offers: int
    budget: str
    rules: bool

    def brief(self, creators: int, seed: int) -> bytes:
        """A brief of this kind."""
        brief = json.loads(brief_of(creators, self.offers, seed, self.rules))
        brief["budget"] = str((Decimal(brief["budget"]) * Decimal(self.budget)).quantize(Decimal("0.01")))
        return json.dumps(brief).encode()


KINDS = tuple(Kind(offers, budget, rules) for budget in ("1", "0.01") for offers in (1, 2) for rules in (False, True))
QUESTIONS = {
    "frontier, 20 budgets": "frontier?points=20",
    "strategies": "strategies",
    "alternatives, 5 plans": "alternatives?k=5&min_difference=2",
    "why not, 1 000 rows": "creators?decision=rejected&limit=1000",
}
"""Paths under an optimization."""
PRICED = 2
"""Creators whose exact price is asked for, one in a call: the first of the plan and the first that is not in it."""


@contextmanager
def service() -> Iterator[httpx.Client]:
    """A client of a service that runs while the block does. Raises RuntimeError when it does not come up."""
    with tempfile.TemporaryDirectory(prefix="creatormix-bench-") as folder, socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{found.getsockname()[1]}"
        found.close()
        settings = {
            "CREATORMIX_DATABASE_URL": f"sqlite:///{Path(folder) / 'service.db'}",
            "CREATORMIX_LOG_LEVEL": "error",
            "CREATORMIX_PORT": address.rpartition(":")[2],
        }
        command = [str(Path(sys.executable).parent / "creatormix"), "serve"]
        process = subprocess.Popen(command, env={**os.environ, **settings})
        try:
            with httpx.Client(base_url=address, timeout=PATIENCE_S) as client:
                _wait_until_ready(client, process)
                yield client
        finally:
            process.terminate()
            process.wait(60)


def _wait_until_ready(client: httpx.Client, process: "subprocess.Popen[bytes]") -> None:
    deadline = monotonic() + 60
    while process.poll() is None and monotonic() < deadline:
        try:
            if client.get("/readyz").is_success:
                return
        except httpx.TransportError:
            pass
        sleep(0.1)
    raise RuntimeError("the service did not start")


def _post(client: httpx.Client, brief: bytes) -> tuple[float, str]:
    """Seconds until the plan is there, and the id it is kept under."""
    headers = {"Content-Type": "application/json", "Prefer": "wait=60"}
    start = perf_counter()
    answer = client.post("/v1/optimizations", content=brief, headers=headers)
    took_s = perf_counter() - start
    if answer.status_code != httpx.codes.CREATED or answer.json()["solution_status"] != "optimal":
        raise RuntimeError(f"the benchmark's brief was answered {answer.status_code}: {answer.text[:300]}")
    return took_s, answer.json()["id"]


def _ask(client: httpx.Client, path: str, body: object = None) -> float:
    """Seconds until the answer is there whole."""
    start = perf_counter()
    answer = client.get(path) if body is None else client.post(path, json=body)
    took_s = perf_counter() - start
    answer.raise_for_status()
    return took_s


def measured(client: httpx.Client, brief: bytes) -> tuple[float, dict[str, float], list[float]]:
    """Seconds of the post, of each question, and of exact prices."""
    posts = [_post(client, brief) for _ in range(3)]
    at = f"/v1/optimizations/{posts[-1][1]}"
    questions = {name: _ask(client, f"{at}/{path}") for name, path in QUESTIONS.items()}
    prices = []
    for decision in ("chosen", "rejected")[:PRICED]:
        rows = client.get(f"{at}/creators?decision={decision}&limit=1").json()["data"]
        prices += [_ask(client, f"{at}/break-even", {"creator_ids": [row["creator_id"]]}) for row in rows]
    return statistics.median(took_s for took_s, _ in posts), questions, prices


def table(client: httpx.Client, creators: int, seeds: tuple[int, ...]) -> Iterator[str]:
    """Markdown lines as they come: a brief each, with the post in seconds and each question in posts."""
    yield f"| offers | budget | rules | seed | post s | {' | '.join(QUESTIONS)} | exact price, slowest of {PRICED}, s |"
    yield f"|---:|---:|---|---:|---:|{'---:|' * len(QUESTIONS)}---:|"
    for kind in KINDS:
        for seed in seeds:
            post_s, questions, prices = measured(client, kind.brief(creators, seed))
            ratios = " | ".join(f"{took_s / post_s:.2f}" for took_s in questions.values())
            words = f"{kind.offers} | x {kind.budget} | {'three' if kind.rules else 'none'} | {seed}"
            yield f"| {words} | {post_s:.2f} | {ratios} | {max(prices):.2f} |"


def main() -> None:
    """Measure and print a Markdown table."""
    words = sys.argv[1:]
    creators, seeds = (int(words[0]) if words else CREATORS), tuple(map(int, words[1:])) or SEEDS
    print(f"{creators:,} creators over HTTP; answers in posts of the same brief, the post the median of three")
    print(f"Python {platform.python_version()}, OR-Tools {version('ortools')}, NumPy {version('numpy')}\n")
    with service() as client:
        _post(client, brief_of(100, 1, 0, rules=True))  # to warm up
        for line in table(client, creators, seeds):
            print(line, flush=True)


if __name__ == "__main__":
    main()

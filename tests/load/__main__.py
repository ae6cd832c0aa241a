"""``make load``: MINUTES=10 of mixed load with USERS=8, on SQLite or LOAD_DATABASE=postgresql.

python -m tests.load [minutes] [users] [sqlite | postgresql]
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence

import gevent
from locust import User
from locust.env import Environment
from locust.stats import StatsEntry

from tests.load import bare, bodies
from tests.load.figures import Row, percentile, table
from tests.load.stage import Stage, staged
from tests.load.users import POST, BareCaller, Hurried, Planner
from tests.processes import ROOT

MEBIBYTE = 2**20
WARM_SHARE = 0.2
SAMPLE_EVERY_S = 1.0
MOST_GROWTH = 0.05
MEMORY_NEEDS_MINUTES = 5.0
"""A shorter run prints how memory has grown and does not judge it: what is loaded once is still most of it."""
PROBE_S = 15.0
LONG_BRIEFS = 8
HURRIED_SHARE = 0.05
HURRIED_USERS = 4


def main() -> None:
    """Run, print tables, and exit 1 where a claim does not hold."""
    words = [*sys.argv[1:], "", "", ""]
    minutes, users, database = float(words[0] or 10), int(words[1] or 8), words[2] or "sqlite"
    wrong: list[str] = []
    with staged(database) as stage:
        print(
            f"{minutes:g} minutes of mixed load, {users} users without pauses to speak of, {database}, "
            f"{stage.processes()} processes of the service",
            flush=True,
        )
        wrong += mixed(stage, minutes, users)
        wrong += hurried(stage, max(2.0, 60 * minutes * HURRIED_SHARE))
        wrong += livez_while_all_solve(stage)
    if wrong:
        sys.exit("FAILED: " + "; ".join(wrong))


def mixed(stage: Stage, minutes: float, users: int) -> list[str]:
    """The mixed load; what is wrong with it."""
    Planner.host, BareCaller.host, Planner.headers = stage.service.base_url, stage.bare_url, stage.headers
    environment = Environment(user_classes=[Planner, BareCaller])
    runner = environment.create_local_runner()
    runner.start(users, spawn_rate=users)
    warm_s, all_s = 60 * minutes * WARM_SHARE, 60 * minutes
    gevent.sleep(warm_s)
    failed_early = environment.stats.total.num_failures
    environment.stats.reset_all()
    samples: list[int] = []
    ticks = max(4, int((all_s - warm_s) / SAMPLE_EVERY_S))
    for _ in range(ticks):
        gevent.sleep((all_s - warm_s) / ticks)
        samples.append(stage.rss_bytes())
    rows = [_row(entry) for entry in sorted(environment.stats.entries.values(), key=lambda entry: entry.name)]
    errors = [f"{error.occurrences} x {error.name}: {error.error}" for error in environment.stats.errors.values()]
    runner.quit()
    print(table(rows))
    calls, failures = sum(row.calls for row in rows), sum(row.failures for row in rows) + failed_early
    print(f"{calls} calls after {warm_s:.0f} s of warming up, {failures} errors in all", *errors[:10], sep="\n")
    quarter = max(1, len(samples) // 4)
    first, last = (statistics.median(part) / MEBIBYTE for part in (samples[:quarter], samples[-quarter:]))
    growth = last / first - 1
    print(
        f"memory of the service's processes: {first:.0f} MiB in the first quarter, {last:.0f} MiB in the last, "
        f"{growth:+.1%}; highest {max(samples) / MEBIBYTE:.0f} MiB",
        flush=True,
    )
    wrong = [f"{failures} of {calls} calls failed"] if failures else []
    if growth >= MOST_GROWTH and minutes >= MEMORY_NEEDS_MINUTES:
        wrong.append(f"memory has grown by {growth:.1%}")
    return wrong


def hurried(stage: Stage, seconds: float) -> list[str]:
    """The same body to the bare endpoint, to be checked, and to be solved, each as fast as it is answered."""
    rows = []
    for size, body in (("small", bodies.SMALL[0]), ("mid", bodies.MID[0])):
        for name, base_url, path in (
            ("bare FastAPI, parses", stage.bare_url, bare.PATH),
            ("validate", stage.service.base_url, f"{POST}:validate"),
            ("solve and wait", stage.service.base_url, POST),
        ):
            rows.append(_hurried(f"{name}, {size}", base_url, path, body, stage.headers, seconds))
    print(f"\n{HURRIED_USERS} clients, each posts again as soon as it has its answer, {seconds:.0f} s per row:")
    print(table(rows), flush=True)
    return [f"{row.failures} of {row.calls} calls failed ({row.name})" for row in rows if row.failures]


def _hurried(name: str, base_url: str, path: str, body: bytes, headers: dict[str, str], seconds: float) -> Row:
    Hurried.host, Hurried.path, Hurried.body, Hurried.headers = base_url, path, body, headers
    users: Sequence[type[User]] = [Hurried]
    environment = Environment(user_classes=list(users))
    runner = environment.create_local_runner()
    runner.start(HURRIED_USERS, spawn_rate=HURRIED_USERS)
    gevent.sleep(seconds)
    row = _row(environment.stats.total, name)
    runner.quit()
    return row


def livez_while_all_solve(stage: Stage) -> list[str]:
    """How quickly /livez answers while every solving process is busy."""
    import requests

    with requests.Session() as session:
        session.headers.update({**stage.headers, "Content-Type": "application/json", "Prefer": "respond-async"})
        posted = [session.post(stage.service.base_url + POST, data=bodies.long(seed)) for seed in range(LONG_BRIEFS)]
        refused = [answer.status_code for answer in posted if answer.status_code != 202]
        ports = [str(stage.service.port), stage.bare_url.rpartition(":")[2]]
        command = [sys.executable, "-m", "tests.load.probe", str(PROBE_S), *ports]
        probed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        of_service_ms, of_bare_ms = json.loads(probed.stdout)
        ids = [answer.json()["id"] for answer in posted if answer.status_code == 202]
        left = [session.get(f"{stage.service.base_url}{POST}/{one}").json()["status"] for one in ids]
    for name, times_ms in (("the service", of_service_ms), ("the bare endpoint beside it", of_bare_ms)):
        p50, p99 = percentile(times_ms, 0.5), percentile(times_ms, 0.99)
        print(f"/livez of {name} while all solve: p50 {p50:.1f} ms, p99 {p99:.1f} ms, highest {max(times_ms):.1f} ms")
    waiting = f"{left.count('running')} being solved and {left.count('queued')} waiting"
    print(f"{len(of_service_ms)} calls each; at the end {waiting}", flush=True)
    wrong = [f"long briefs were answered {refused} instead of 202"] if refused else []
    if "queued" not in left:
        wrong.append("the queue ran empty while /livez was measured, so not all were solving")
    return wrong


def _row(entry: StatsEntry, name: str | None = None) -> Row:
    times = [float(entry.get_response_time_percentile(share)) for share in (0.5, 0.95, 0.99)]
    return Row(
        name or entry.name, entry.num_requests, entry.num_failures, times[0], times[1], times[2], entry.total_rps
    )


if __name__ == "__main__":
    main()

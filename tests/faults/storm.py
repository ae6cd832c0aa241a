"""Many accepted briefs while processes are killed, paused and started again, and the database goes away: the counts."""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.drawn_brief import brief_of
from tests.builders import brief, creator
from tests.faults.crowd import Crowd, Told
from tests.faults.ledger import Ledger
from tests.postgres import Postgres
from tests.processes import Command, api, make_key, worker

STORMY_END_S = 120.0
"""For so long after the last acceptance the storm goes on, if anything has not ended yet; then it calms down."""
CALM_END_S = 300.0
PAUSED_S = 12.0
"""Longer than a process may be silent before its work is given to others."""
DATABASE_AWAY_S = 4.0


@dataclass
class Counts:
    """What came of it."""

    told: Told = field(default_factory=Told)
    kills: int = 0
    pauses: int = 0
    database_stops: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    unended: list[str] = field(default_factory=list)
    failed: int = 0
    ended_more_than_once: list[str] = field(default_factory=list)
    never_noted: list[str] = field(default_factory=list)
    changes_after_end: int = 0
    seconds: float = 0.0
    logs: dict[str, str] = field(default_factory=dict)

    def wrong(self) -> list[str]:
        """What must not be."""
        claims = {
            "accepted and lost": self.lost,
            "two optimizations for one key": self.twice,
            "two ids told for one key": [key for key, ids in self.told.ids.items() if len(ids) > 1],
            "not ended": self.unended,
            "ended more than once": self.ended_more_than_once,
            "ended without being noted": self.never_noted,
            "never answered": self.told.unanswered,
            "refused": self.told.refused,
        }
        found = [f"{len(which)} {what}: {which[:5]}" for what, which in claims.items() if which]
        if self.changes_after_end:
            found.append(f"{self.changes_after_end} changes after an end")
        return found

    def lines(self) -> list[str]:
        """The counts in words."""
        return [
            f"{self.told.accepted()} briefs accepted, all over after {self.seconds:.0f} s; {self.kills} processes "
            f"killed, {self.pauses} paused, the database stopped {self.database_stops} times",
            f"tries by what they met: {dict(self.told.tries.most_common())}",
            f"lost {len(self.lost)}, twice {len(self.twice)}, not ended {len(self.unended)}, ended more than once "
            f"{len(self.ended_more_than_once)}, changed after the end {self.changes_after_end}, never answered "
            f"{len(self.told.unanswered)}, refused {len(self.told.refused)}, failed {self.failed}",
        ]


def numbered_brief(number: int) -> dict[str, Any]:
    """A brief under a label of its own. Every fourth keeps a process busy for some tenths of a second."""
    label = f"key-{number}"
    if number % 4 == 0:
        drawn: dict[str, Any] = json.loads(brief_of(50, 2, number % 40, rules=True))
        return {**drawn, "label": label}
    return brief(label=label, candidates=[creator(f"c{number}") for number in range(6)])


class Storm:
    """Kills a random one of its commands again and again, and starts it again at once."""

    def __init__(self, commands: Sequence[Command], every_s: Callable[[], float], most: int | None = None) -> None:
        self._commands, self._every_s, self._most = commands, every_s, most
        self._spared: set[int] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._rage, name="storm")
        self.kills = 0

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """End, and wait until it is over."""
        self._ended.set()
        self._thread.join()

    def over(self) -> bool:
        """Whether it has killed as often as it was to."""
        return not self._thread.is_alive()

    def pause(self, command: Command, seconds: float) -> None:
        """Stop a command with all it has started, as a machine that sleeps does, and let it wake late."""
        self._spared.add(id(command))
        tree = command.tree()
        for process in tree:
            process.suspend()
        time.sleep(seconds)
        for process in tree:
            if process.is_running():
                process.resume()
        self._spared.discard(id(command))

    def _rage(self) -> None:
        while not self._ended.wait(self._every_s()):
            if self._most is not None and self.kills >= self._most:
                return
            victim = random.choice([one for one in self._commands if id(one) not in self._spared])
            victim.kill()
            victim.start()
            self.kills += 1


def on_postgresql(server: Postgres, folder: Path, briefs: int, *, every_s: float = 1.0) -> Counts:
    """Two API and three worker processes, one of the five killed every so often until all has ended."""
    url = server.new_database()
    settings: dict[str, object] = {
        "database_url": url,
        "serve_solves": "false",
        "rate_limit": "",
        "concurrent_solves": 1,
        "log_level": "warning",
    }
    apis = [api(folder, settings, f"api-{number}") for number in range(2)]
    workers = [worker(folder, settings, f"worker-{number}") for number in range(3)]
    storm = Storm([*apis, *workers], lambda: every_s)
    with running(*apis, *workers):
        for service in apis:
            service.wait_until_ready()
        ledger, headers = Ledger(url), make_key(settings)
        ledger.install()
        counts = Counts()
        trouble = _Trouble(storm, workers, server, counts, briefs)
        began = time.monotonic()
        storm.start()
        try:
            crowd = Crowd([service.base_url for service in apis], headers)
            counts.told = crowd.post((numbered_brief(number) for number in range(briefs)), trouble.on_answer)
            trouble.join()
            _wait_for_ends(ledger, STORMY_END_S)
        finally:
            storm.end()
        _wait_for_ends(ledger, CALM_END_S)
        counts.kills, counts.seconds = storm.kills, time.monotonic() - began
        _count(ledger, counts)
        counts.logs = {command.log.name: command.output() for command in (*apis, *workers)}
    return counts


def on_sqlite(folder: Path, briefs: int, kills: int) -> Counts:
    """One process that serves and solves, killed and started again so many times while briefs keep coming."""
    settings: dict[str, object] = {
        "database_url": f"sqlite:///{folder / 'service.db'}",
        "rate_limit": "",
        "log_level": "warning",
    }
    service = api(folder, settings)
    storm = Storm([service], lambda: random.uniform(2.0, 6.0), kills)
    counts = Counts()
    with running(service):
        service.wait_until_ready()
        ledger, headers = Ledger(str(settings["database_url"])), make_key(settings)
        ledger.install()
        began = time.monotonic()
        storm.start()
        crowd = Crowd([service.base_url], headers, clients=4)
        # Spread over the kills: a brief is posted when its share of them has been.
        counts.told = crowd.post(_paced(storm, briefs, kills))
        while not storm.over():
            time.sleep(0.1)
        _wait_for_ends(ledger, CALM_END_S)
        counts.kills, counts.seconds = storm.kills, time.monotonic() - began
        _count(ledger, counts)
        counts.logs = {"api.log": service.output()}
    return counts


def _paced(storm: Storm, briefs: int, kills: int) -> Iterator[dict[str, Any]]:
    for number in range(briefs):
        while not storm.over() and storm.kills * briefs < (number - briefs // kills) * kills:
            time.sleep(0.02)
        yield numbered_brief(number)


class _Trouble:
    """What happens once each, when so many briefs have been accepted."""

    def __init__(self, storm: Storm, workers: Sequence[Command], server: Postgres, counts: Counts, briefs: int) -> None:
        self._storm, self._workers, self._server, self._counts = storm, workers, server, counts
        self._stop_at, self._pause_at = briefs // 3, 2 * briefs // 3
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def on_answer(self, accepted: int) -> None:
        with self._lock:
            if accepted >= self._stop_at and not self._counts.database_stops:
                self._counts.database_stops = 1
                self._begin(self._stop_database)
            if accepted >= self._pause_at and not self._counts.pauses:
                self._counts.pauses = 1
                self._begin(lambda: self._storm.pause(self._workers[0], PAUSED_S))

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _begin(self, do: Callable[[], None]) -> None:
        self._threads.append(threading.Thread(target=do))
        self._threads[-1].start()

    def _stop_database(self) -> None:
        self._server.stop()
        time.sleep(DATABASE_AWAY_S)
        self._server.start()


@contextmanager
def running(*commands: Command) -> Iterator[None]:
    """Start the commands, and leave none of them behind."""
    try:
        for command in commands:
            command.start()
        yield
    finally:
        for command in commands:
            command.destroy()


def _wait_for_ends(ledger: Ledger, deadline_s: float) -> None:
    deadline = time.monotonic() + deadline_s
    while ledger.unended() and time.monotonic() < deadline:
        time.sleep(0.2)


def _count(ledger: Ledger, counts: Counts) -> None:
    """Compare what was told with what is kept."""
    kept, ends = ledger.statuses(), ledger.ends()
    for key, told in counts.told.ids.items():
        rows = kept.get(key, [])
        ids = {one for one, _ in rows}
        if not told <= ids:
            counts.lost.append(key)
        if len(rows) > 1:
            counts.twice.append(key)
    for label, rows in kept.items():
        for one, status in rows:
            if status in ("queued", "running"):
                counts.unended.append(f"{label} {status}")
            elif ends[one] != 1:
                (counts.ended_more_than_once if ends[one] else counts.never_noted).append(label)
            counts.failed += status == "failed"
    counts.changes_after_end = ledger.changes_after_end()

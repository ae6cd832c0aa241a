"""Says that this process lives, and takes from the dead what they had taken up.

Nobody's clock is trusted: every process counts a beat of its own up in the database, and the others watch whether it
moves, each by its own monotonic clock. Time in which the beats could not be read does not count.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.errors import Unavailable
from app.services.solving import crashed
from app.storage import executors, jobs
from app.storage.database import Database
from app.storage.tables import ExecutorRow

_log = logging.getLogger("creatormix.jobs")

BEAT_S = 1.0
SILENT_S = 6.0
"""A process whose beat has not moved for so long is dead; what it had taken up is queued again."""
_UNKNOWN_S = 5.0
"""What is said to run here and does not, for so long, is queued again: its claim was lost on the way to us."""


@dataclass(frozen=True, eq=False, slots=True)
class Chore:
    """Something to do now and then, in one of the processes or in each; it must bear being done twice."""

    name: str
    every_s: float
    do: Callable[[], object]


@dataclass(slots=True)
class _Watched:
    """What is known of another process: its last beat, and for how long that has not moved."""

    beat: int
    silent_s: float = 0.0


@dataclass(slots=True)
class Silence:
    """For how long each other process has been silent, by a clock of one's own."""

    seen: dict[str, _Watched] = field(default_factory=dict)

    def dead(self, beats: dict[str, int], passed_s: float) -> list[str]:
        """Those who are dead by now. passed_s: since the beats were read before."""
        counted_s = min(passed_s, 2 * BEAT_S)
        self.seen = {
            name: _Watched(beat, self.seen[name].silent_s + counted_s)
            if name in self.seen and self.seen[name].beat == beat
            else _Watched(beat)
            for name, beat in beats.items()
        }
        return [name for name, watched in self.seen.items() if watched.silent_s >= SILENT_S]


class Keeper:
    """A thread that beats, watches and does the chores.

    running: what is solved here, ids with their claims. poke: is called when something was queued again.
    slots: how many solves this process can run at a time by now.
    """

    def __init__(
        self,
        database: Database,
        me: ExecutorRow,
        *,
        running: Callable[[], set[tuple[str, int]]],
        poke: Callable[[], None],
        slots: Callable[[], int],
        chores: Sequence[Chore] = (),
    ) -> None:
        self._database, self._me = database, me
        self._id = me.id
        self._running, self._poke, self._slots = running, poke, slots
        self._chores = list(chores)
        self._due = {chore.name: 0.0 for chore in chores}
        self._silence = Silence()
        self._unknown: dict[tuple[str, int], float] = {}
        self._read_at = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        """Enter this process, so that others know it before it takes anything up. Raises Unavailable.

        On SQLite it is the only one: whoever else is entered is dead.
        """
        self._beat()
        if self._database.is_sqlite:
            with self._database.reading() as session:
                others = set(executors.beats(session)) - {self._id}
            self._take_from(others)
        self._thread.start()

    def close(self) -> None:
        """Stop, and take this process out of the list."""
        self._ended.set()
        if not self._thread.is_alive():
            return
        self._thread.join()
        try:
            with self._database.writing() as session:
                executors.remove(session, [self._id])
        except Unavailable:
            _log.warning("the database is away; the others will find out that this process has ended")

    def _keep(self) -> None:
        while not self._ended.wait(BEAT_S):
            try:
                self._beat()
                self._sweep()
                self._reconcile()
            except Unavailable:
                _log.warning("the database does not answer")
            except Exception:
                _log.exception("unexpected error while watching")
            self._do_chores()

    def _beat(self) -> None:
        self._me.slots = self._slots()
        with self._database.writing() as session:
            executors.beat(session, self._me, at=datetime.now(UTC))

    def _sweep(self) -> None:
        with self._database.reading() as session:
            beats = executors.beats(session)
        now = time.monotonic()
        beats.pop(self._id, None)
        dead = set(self._silence.dead(beats, now - self._read_at))
        self._read_at = now
        self._take_from(dead)

    def _take_from(self, dead: set[str]) -> None:
        with self._database.writing() as session:
            executors.remove(session, dead)
            lost = jobs.of_nobody(session)
            crashed(session, [job.id for job in lost if job.is_hopeless])
        for name in dead:
            _log.warning("%s is dead; what it had taken up is queued again", name)
        for job in lost:
            _log.warning("%s was left by a process that died (%d of %d)", job.id, job.crashes, jobs.MOST_CRASHES)
        if lost:
            self._poke()

    def _reconcile(self) -> None:
        """Hand back what the database says is solved here, and is not: the answer to a claim was lost."""
        with self._database.reading() as session:
            said = set(jobs.of_executor(session, self._id))
        unknown = said - self._running()
        now = time.monotonic()
        self._unknown = {job: self._unknown.get(job, now) for job in unknown}
        for (job_id, claim), since in list(self._unknown.items()):
            if now - since >= _UNKNOWN_S:
                with self._database.writing() as session:
                    jobs.hand_back(session, job_id, claim)
                _log.warning("%s was not being solved here; it is queued again", job_id)
                self._poke()

    def _do_chores(self) -> None:
        for chore in self._chores:
            if time.monotonic() < self._due[chore.name] or self._ended.is_set():
                continue
            self._due[chore.name] = time.monotonic() + chore.every_s
            try:
                chore.do()
            except Unavailable:
                continue
            except Exception:
                _log.exception("chore %s failed", chore.name)

"""The benchmark: families x sizes x solvers, each case in a process of its own, one after the other.

    python -m benchmarks.suite quick     # the claims, under 5 minutes
    python -m benchmarks.suite whole     # every family and size, with tables and charts for docs/
    python -m benchmarks.suite report    # tables and charts again, from what was measured

Every measured case is at once written to a file of JSON lines in .bench/. ``whole`` goes on where an interrupted
run of the same code ended; ``--fresh`` starts anew. The exit code is 1 when a claim does not hold, 2 on a defect: a
bound below a plan's value, a feasible problem called infeasible, a reported plan that breaks a rule.
"""

import argparse
import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import monotonic

from benchmarks.claims import claims, defects, of
from benchmarks.plans import Batch, quick, whole
from benchmarks.record import Record, read_records
from benchmarks.report import claims_table, machine, write_report

ROOT = Path(__file__).resolve().parents[1]
STORE = ROOT / ".bench"
_QUICK_S = 280.0
_OVERRUN = 1.25
"""How much longer than its limit a peer may take before it is killed: CBC looks at the clock between long steps."""


@dataclass(slots=True)
class Run:
    """A file of records that grows. deadline: monotonic seconds after which nothing more is begun."""

    path: Path
    deadline: float

    def batch(self, batch: Batch) -> None:
        """Measure what the batch asks for and the file does not have."""
        records = [record for record in read_records(self.path) if record.ended]
        known = {record.key for record in records}
        missing = [
            (seed, solver)
            for seed in batch.seeds
            for solver in batch.solvers
            if (batch.family, batch.size, seed, solver) not in known
        ]
        seeds = sorted({seed for seed, _ in missing})
        batch = replace(batch, solvers=tuple(s for s in batch.solvers if s in {solver for _, solver in missing}))
        left = self.deadline - monotonic()
        limit_s = batch.limit_s
        if batch.times_ours:
            ours = [record.total_s for record in of(records, batch.family, batch.size)]
            wanted_s = 1.1 * batch.times_ours * median(ours) if ours else 0.0
            limit_s = max(limit_s, min(wanted_s, 2 * limit_s))
        if not seeds or left < 0:
            return
        if batch.is_peer and left < _OVERRUN * limit_s * len(seeds):
            # A peer that has less time than planned says so in its record.
            seeds, limit_s = seeds[:1], min(limit_s, left / _OVERRUN)
        if limit_s < 1.0:
            return
        for record in measured(batch, seeds, limit_s):
            with self.path.open("a") as file:
                file.write(record.line() + "\n")
            print(f"  {_brief(record)}", file=sys.stderr, flush=True)


def measured(batch: Batch, seeds: list[int], limit_s: float) -> Iterator[Record]:
    """The records of a batch, as its child process prints them; what the child did not end is recorded so."""
    command = [sys.executable, "-m", "benchmarks.case", batch.family, str(batch.size)]
    command += ["--solver", *batch.solvers, "--limit-s", f"{limit_s:.1f}", "--seed", *map(str, seeds)]
    # Drawing, judging and starting are not what is limited, but a child that hangs must end.
    patience_s = (_OVERRUN * limit_s + 10.0 + batch.size / 50_000) * len(seeds) * len(batch.solvers)
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    killer = threading.Timer(patience_s, os.killpg, (child.pid, signal.SIGKILL))
    killer.start()
    missing = {(seed, solver): None for solver in batch.solvers for seed in seeds}
    try:
        for line in child.stdout or ():
            if line.startswith('{"family"'):
                record = Record.of_line(line)
                missing.pop((record.seed, record.solver), None)
                yield record
        child.wait()
    finally:
        killer.cancel()
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    ending = "killed" if child.returncode < 0 else "failed"
    for seed, solver in list(missing)[:1]:
        took_s = limit_s if ending == "killed" else 0.0
        yield Record(batch.family, batch.size, seed, solver, limit_s, "", ending, total_s=took_s)


def _brief(record: Record) -> str:
    gap = "" if record.gap is None else f", gap {record.gap:.0e}"
    case = f"{record.family} {record.size:,} seed {record.seed}"
    return f"{case:36} {record.solver:10} {record.ending:10} {record.total_s:8.3f} s{gap}"


def code_hash() -> str:
    """A hash of the code that is measured and that measures: records of other code are not mixed with new ones."""
    whole = hashlib.sha256()
    for folder in ("optimizer", "benchmarks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.stem not in {"report", "charts", "claims", "suite"}:
                whole.update(path.read_bytes())
    return whole.hexdigest()[:16]


def _store(name: str, fresh: bool) -> Path:
    STORE.mkdir(exist_ok=True)
    path = STORE / f"{name}-{code_hash()}.jsonl"
    if fresh:
        path.unlink(missing_ok=True)
    return path


def _latest() -> Path:
    found = sorted(STORE.glob("whole-*.jsonl"), key=lambda path: path.stat().st_mtime)
    if not found:
        sys.exit("Nothing has been measured yet: run `make bench`, which writes .bench/whole-*.jsonl.")
    return found[-1]


def main() -> int:
    """Measure, print the claims, write the report of a whole run."""
    parser = argparse.ArgumentParser(prog="benchmarks.suite", description="Run the benchmark.")
    parser.add_argument("what", choices=("quick", "whole", "report"))
    parser.add_argument("--fresh", action="store_true", help="forget what an interrupted whole run has measured")
    parser.add_argument("--family", action="append", help="only this family; may be said more than once")
    parser.add_argument(
        "--minutes", type=float, default=30.0, help="of a whole run; what is not begun by then is left out"
    )
    asked = parser.parse_args()
    if asked.what == "report":
        path = _latest()
    else:
        is_quick = asked.what == "quick"
        path = _store(asked.what, asked.fresh or is_quick)
        run = Run(path, monotonic() + (_QUICK_S if is_quick else 60 * asked.minutes))
        print(machine(), file=sys.stderr)
        for batch in quick() if is_quick else whole():
            if not asked.family or batch.family in asked.family:
                run.batch(batch)
    records = read_records(path)
    found = claims(records)
    print(f"\n{machine()}\n\n{claims_table(found)}\n")
    if asked.what != "quick":
        write_report(ROOT / "docs", records, found)
        print("Written: docs/benchmarks.md and docs/benchmarks/*.svg")
    wrong = defects(records)
    for defect in wrong:
        print(f"DEFECT: {defect}")
    return 2 if wrong else int(any(claim.holds is False for claim in found))


if __name__ == "__main__":
    sys.exit(main())

"""``make faults``: the long versions of the tests here; prints the counts and exits 1 where one is wrong.

python -m tests.faults [briefs] [kills on SQLite]
"""

import sys
import tempfile
from pathlib import Path

from tests import postgres
from tests.faults.failover import after_a_kill_on_postgresql, after_a_kill_on_sqlite
from tests.faults.storm import Counts, on_postgresql, on_sqlite

LOGS = Path("test-artifacts/faults")
LONGEST_GAP_S = 15.0


def main() -> None:
    """Run all, print counts."""
    words = [*sys.argv[1:], "", ""]
    briefs, kills = int(words[0] or 1_000), int(words[1] or 20)
    home = postgres.installation()
    if home is None:
        sys.exit(postgres.HOW_TO_INSTALL)
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="creatormix-faults-") as directory, postgres.running(home) as server:
        print("PostgreSQL: 2 API and 3 worker processes, a random one killed -9 every second", flush=True)
        wrong += told("postgresql", on_postgresql(server, _made(directory, "postgresql"), briefs))
        print(f"SQLite: one process, killed -9 and started again {kills} times", flush=True)
        wrong += told("sqlite", on_sqlite(_made(directory, "sqlite"), briefs // 5, kills))
        on_two = after_a_kill_on_postgresql(server, _made(directory, "two-workers"))
        on_one = after_a_kill_on_sqlite(_made(directory, "one-process"))
        for name, gap_s in (
            ("PostgreSQL, the worker that solves is killed", on_two),
            ("SQLite, the only process is killed and started again", on_one),
        ):
            print(f"{name}: its work goes on after {gap_s:.1f} s", flush=True)
            if gap_s > LONGEST_GAP_S:
                wrong.append(f"{name}: work goes on only after {gap_s:.1f} s")
    if wrong:
        sys.exit("FAILED: " + "; ".join(wrong))


def told(name: str, counts: Counts) -> list[str]:
    """Print the counts; what is wrong with them. Logs are kept where anything is."""
    print("\n".join(f"  {line}" for line in counts.lines()), flush=True)
    wrong = counts.wrong()
    if wrong:
        folder = LOGS / name
        folder.mkdir(parents=True, exist_ok=True)
        for log, text in counts.logs.items():
            (folder / log).write_text(text)
        print("\n".join(f"  WRONG: {one}" for one in wrong), flush=True)
    return [f"{name}: {one}" for one in wrong]


def _made(directory: str, name: str) -> Path:
    made = Path(directory) / name
    made.mkdir()
    return made


if __name__ == "__main__":
    main()

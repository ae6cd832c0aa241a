"""Where the time of small briefs goes: 50 creators with 2 offers each, in one process, from bytes to answer.

Run it with ``make bench-small``. The briefs are made by a seeded generator; ``python -m benchmarks.small_brief 200 3``
asks for 200 creators with 3 offers each.
"""

import platform
import statistics
import sys
from importlib.metadata import version
from time import perf_counter

from app.services.run import run
from app.services.translate import translate
from app.wire.parse import parse_brief
from benchmarks.drawn_brief import brief_of
from optimizer.forecast.benchmarks import Benchmarks, load_benchmarks
from optimizer.solution import Limits
from optimizer.solve import solve

SEEDS = range(1, 11)
ROUNDS = 5


def one_round(raw: bytes, benchmarks: Benchmarks) -> dict[str, float]:
    """Milliseconds per step of one pass. Raises RuntimeError when the plan is not proven."""
    start = perf_counter()
    brief = parse_brief(raw)
    read_s = perf_counter() - start
    campaign = translate(brief, benchmarks)
    outcome = run(campaign, read_s)
    whole_s = perf_counter() - start
    if outcome.solution_status != "optimal":
        raise RuntimeError(f"the benchmark's brief ended {outcome.solution_status}")
    phases = solve(campaign.problem, Limits()).seconds
    timings = outcome.result.timings
    seconds = {
        "read and check the brief": timings.read_s,
        "forecast": timings.forecast_s,
        "solve": timings.solve_s,
        **{f"- {phase}": phases.get(phase, 0.0) for phase in ("greedy", "bound", "improve", "screen", "core", "judge")},
        "answers": timings.answers_s,
        "whole": whole_s,
    }
    return {step: 1_000 * value for step, value in seconds.items()}


def table(briefs: list[bytes], benchmarks: Benchmarks) -> str:
    """A Markdown table over the briefs; a brief counts with the median of its rounds."""
    per_brief = []
    for raw in briefs:
        rounds = [one_round(raw, benchmarks) for _ in range(ROUNDS)]
        per_brief.append({step: statistics.median(one[step] for one in rounds) for step in rounds[0]})
    lines = ["| step | median brief | quickest | slowest |", "|---|---:|---:|---:|"]
    for step in per_brief[0]:
        times = [brief[step] for brief in per_brief]
        lines.append(f"| {step} | {statistics.median(times):.1f} | {min(times):.1f} | {max(times):.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print two Markdown tables."""
    creators, offers = (int(word) for word in (sys.argv[1:3] or ("50", "2")))
    benchmarks = load_benchmarks()
    one_round(brief_of(creators, offers, 0, rules=True), benchmarks)  # to warm up
    print(f"{creators} creators x {offers} offers, {len(SEEDS)} briefs, {ROUNDS} rounds each; milliseconds")
    print(f"Python {platform.python_version()}, OR-Tools {version('ortools')}, NumPy {version('numpy')}")
    for rules, words in ((True, "Rules on count, spend share and waste share"), (False, "No rule but the budget")):
        briefs = [brief_of(creators, offers, seed, rules) for seed in SEEDS]
        print(f"\n{words}:\n\n{table(briefs, benchmarks)}")


if __name__ == "__main__":
    main()

"""Where the time of small briefs goes: 50 creators with 2 offers each, in one process, from bytes to answer.

Run it with ``make bench``. The briefs are made by a seeded generator; ``python -m benchmarks.small_brief 200 3`` asks
for 200 creators with 3 offers each.
"""

import json
import platform
import statistics
import sys
from importlib.metadata import version
from time import perf_counter

import numpy as np

from app.services.run import run
from app.services.translate import translate
from app.wire.parse import parse_brief
from optimizer.forecast.benchmarks import Benchmarks, load_benchmarks
from optimizer.solution import Limits
from optimizer.solve import solve

SEEDS = range(1, 11)
ROUNDS = 5


def brief_of(creators: int, offers: int, seed: int, rules: bool) -> bytes:
    """A brief with tiers from nano to mega, two segments, two surcharges; rules on count, spend share and waste."""
    draw = np.random.default_rng(seed)
    followers = np.exp(draw.uniform(np.log(3_000), np.log(2_000_000), creators)).astype(int)
    rates = np.clip(np.exp(-2.14 - 0.12 * np.log(followers) + draw.normal(0, 0.75, creators)), 0.001, 0.4)
    fit = draw.beta(2, 5, (creators, 2)) * 0.9
    prices = followers * np.exp(draw.normal(np.log(0.012), 0.4, creators))
    formats = ("post", "reel", "story", "carousel")
    candidates = [
        {
            "id": f"creator-{number:04d}",
            "platform": "instagram",
            "followers": int(followers[number]),
            "country": ("DE", "AT", "CH")[number % 3],
            "genuine_share": round(float(draw.uniform(0.6, 1)), 2),
            "engagement": {
                "rate": round(float(rates[number]), 4),
                "per": "follower",
                "posts": int(draw.integers(6, 40)),
            },
            "audience": {
                "topic": {
                    "trail-running": round(float(fit[number, 0] / 2), 3),
                    "outdoor": round(float(fit[number, 1] / 2), 3),
                }
            },
            "offers": [
                {
                    "id": f"{posts} x {formats[(number + posts) % 4]}",
                    "format": formats[(number + posts) % 4],
                    "posts": posts,
                    "price": f"{max(20, prices[number] * posts**0.8):.2f}",
                }
                for posts in range(1, offers + 1)
            ],
        }
        for number in range(creators)
    ]
    brief = {
        "label": f"{creators} creators x {offers} offers",
        "currency": "EUR",
        "budget": f"{prices.sum() / 8:.2f}",
        "target": {
            "segments": [
                {"name": "trail runners", "size": 900_000, "where": {"topic": "trail-running"}},
                {"name": "outdoor fans", "size": 4_000_000, "relevance": 0.3, "where": {"topic": "outdoor"}},
            ]
        },
        "objective": {"maximise": "net_engaged_reach", "waste_aversion": 0.01, "duplication": 1.2},
        "surcharges": [
            {"name": "agency fee", "rate": 0.1},
            {"name": "KSK", "rate": 0.049, "where": {"country": "DE"}},
        ],
        "rules": [
            {"name": "at most 12 creators", "kind": "count", "max": 12},
            {"name": "small first", "kind": "spend_share", "where": {"tier": ["nano", "micro"]}, "min": 0.4},
            {"name": "waste", "kind": "waste_share", "max": 0.85},
        ]
        if rules
        else [],
        "candidates": candidates,
    }
    return json.dumps(brief).encode()


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

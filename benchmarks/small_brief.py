"""Where the time of a small brief goes: 50 creators with 2 offers each, in one process, from bytes to answer.

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

ROUNDS = 30
WARM_UP = 3
SEEDS = range(1, 11)


def brief_of(creators: int, offers: int, seed: int = 7, rules: bool = True) -> bytes:
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


def one_round(raw: bytes, benchmarks: Benchmarks) -> tuple[dict[str, float], str]:
    """Seconds per step of one pass, and a line that says what came out."""
    start = perf_counter()
    brief = parse_brief(raw)
    read_s = perf_counter() - start
    campaign = translate(brief, benchmarks)
    outcome = run(campaign, read_s)
    whole_s = perf_counter() - start
    phases = solve(campaign.problem, Limits()).seconds
    timings = outcome.result.timings
    steps = {
        "read and check the brief": timings.read_s,
        "forecast": timings.forecast_s,
        "solve": timings.solve_s,
        **{f"  {phase}": seconds for phase, seconds in phases.items()},
        "answers": timings.answers_s,
        "whole": whole_s,
    }
    result = outcome.result
    chosen = result.totals.creators if result.totals else 0
    gap = result.value.relative_gap if result.value else None
    return steps, f"{outcome.solution_status}, {chosen} creators, gap {gap}"


def solve_ms(raw: bytes, benchmarks: Benchmarks) -> float:
    """Median milliseconds of five solves of a brief."""
    problem = translate(parse_brief(raw), benchmarks).problem
    times = []
    for _ in range(5):
        start = perf_counter()
        solve(problem, Limits())
        times.append(1_000 * (perf_counter() - start))
    return statistics.median(times)


def main() -> None:
    """Measure and print two Markdown tables."""
    creators, offers = (int(word) for word in (sys.argv[1:3] or ("50", "2")))
    raw = brief_of(creators, offers)
    benchmarks = load_benchmarks()
    rounds = [one_round(raw, benchmarks) for _ in range(WARM_UP + ROUNDS)][WARM_UP:]
    print(f"{creators} creators x {offers} offers, {len(raw):,} bytes: {rounds[0][1]}")
    print(f"Python {platform.python_version()}, OR-Tools {version('ortools')}, NumPy {version('numpy')}")
    print(f"milliseconds, {ROUNDS} rounds after {WARM_UP} to warm up\n")
    print("| step | median | least | most |\n|---|---:|---:|---:|")
    for step in rounds[0][0]:
        times = [1_000 * steps.get(step, 0.0) for steps, _ in rounds]
        print(f"| {step} | {statistics.median(times):.1f} | {min(times):.1f} | {max(times):.1f} |")
    print(f"\nsolve alone, milliseconds, {len(SEEDS)} other briefs of this kind, each the median of 5\n")
    print("| rules | median | least | most |\n|---|---:|---:|---:|")
    for rules, name in ((True, "count, spend share, waste share"), (False, "none but the budget")):
        times = [solve_ms(brief_of(creators, offers, seed, rules), benchmarks) for seed in SEEDS]
        print(f"| {name} | {statistics.median(times):.1f} | {min(times):.1f} | {max(times):.1f} |")


if __name__ == "__main__":
    main()

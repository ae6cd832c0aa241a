"""A brief whose solve takes all the time it is given: market split, which no branch and bound gets through."""

import random
from typing import Any


def hard_brief(time_limit_s: float, seed: int = 1, creators: int = 60, splits: int = 5) -> dict[str, Any]:
    """A brief that wants exactly half of what each of several overlapping groups costs (Cornuéjols and Dawande)."""
    draw = random.Random(seed)
    prices = [draw.randrange(10_000, 100_000) for _ in range(creators)]
    tags = [[f"group {k}" for k in range(splits) if draw.random() < 0.5] for _ in range(creators)]
    groups = [[price for price, of in zip(prices, tags, strict=True) if f"group {k}" in of] for k in range(splits)]
    halves = [sum(group) // 2 for group in groups]
    return {
        "currency": "EUR",
        "budget": "1000000.00",
        "target": {"niche": "running", "size": 900_000},
        "rules": [
            {"name": f"half {k}", "kind": "spend", "where": {"tag": f"group {k}"}, "min": amount, "max": amount}
            for k, amount in enumerate(f"{half / 100:.2f}" for half in halves)
        ],
        "solver": {"time_limit": f"PT{time_limit_s:g}S"},
        "candidates": [
            {
                "id": f"c{number:02}",
                "platform": "instagram",
                "followers": 20_000,
                "engagement": {"rate": 0.04, "per": "follower"},
                "tags": of,
                "audience": {"topic": {"running": 0.3}},
                "offers": [{"id": "1 reel", "format": "reel", "price": f"{price / 100:.2f}"}],
            }
            for number, (price, of) in enumerate(zip(prices, tags, strict=True))
        ],
    }

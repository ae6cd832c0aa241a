"""A seeded brief as it is posted: what small_brief.py times and the family "brief" solves."""

import json

import numpy as np


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

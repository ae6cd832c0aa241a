"""Briefs with a panel from a generator: heavy-tailed audiences that overlap more than by chance."""

from typing import Any

import numpy as np

Json = dict[str, Any]


def panel_brief(
    creators: int,
    members: int,
    seed: int = 1,
    offers: int = 2,
    budget_share: float = 0.2,
    sizes: tuple[float, float] = (0.002, 0.3),
    **fields: object,
) -> Json:
    """A brief with ``creators`` of ``offers`` offers each whose samples are of ``members`` members.

    Members differ in how many creators they follow and in taste (two dimensions), so that audiences of one taste
    overlap. sizes: share of the members in the smallest and the largest sample, in between log-uniform. budget_share:
    of what one offer of each creator costs together.
    """
    rng = np.random.default_rng(seed)
    taste, place = rng.normal(size=(members, 2)), rng.normal(size=(creators, 2))
    zeal = np.exp(rng.normal(0.0, 1.0, members))
    weight = rng.lognormal(4.0, 0.4, members).round(2)
    size = np.exp(rng.uniform(np.log(sizes[0]), np.log(sizes[1]), creators))
    near = np.exp(-0.5 * ((taste[:, None] - place[None]) ** 2).sum(axis=2))
    chance = zeal[:, None] * near
    chance *= size / chance.mean(axis=0)
    inside = rng.random((members, creators)) < np.minimum(chance, 0.9)
    candidates, total = [], 0.0
    for i in range(creators):
        followers = max(int(weight @ inside[:, i] * rng.uniform(1.5, 6.0)), 1_000)
        price = round(followers**0.8 * rng.uniform(0.1, 0.3), 2)
        rate = float(np.exp(rng.normal(-3.3, 0.5)))
        made = [
            {
                "id": f"{posts} posts",
                "format": "post",
                "posts": posts,
                "price": f"{price * posts**0.9:.2f}",
                "non_follower_share": 0.1,
            }
            for posts in range(1, offers + 1)
        ]
        total += price
        candidates.append(
            {
                "id": f"c{i:03}",
                "platform": "instagram",
                "followers": followers,
                "country": ["DE", "AT", "CH"][i % 3],
                "engagement": {"rate": min(rate, 0.3), "per": "follower", "posts": 40},
                "genuine_share": 0.9,
                "reach_rate": 0.35,
                "audience_sample": [f"m{v:06}" for v in np.flatnonzero(inside[:, i])],
                "offers": made,
            }
        )
    return {
        "currency": "EUR",
        "budget": f"{total * budget_share:.2f}",
        "target": {"panel": {"weights": {f"m{v:06}": weight[v] for v in range(members)}}},
        "candidates": candidates,
    } | fields

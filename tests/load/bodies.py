"""What the load consists of: briefs from a handful of creators to some hundred."""

import json
import random

from app.services import demo_briefs
from benchmarks.drawn_brief import brief_of

SMALL: tuple[bytes, ...] = tuple(demo_briefs.raw(name) for name in ("minimal", "pinned", "infeasible"))
MID: tuple[bytes, ...] = tuple(brief_of(50, 2, seed, rules=True) for seed in range(6))


def small() -> bytes:
    """A brief of 3 to 20 creators."""
    return random.choice(SMALL)


def mid() -> bytes:
    """A brief of 50 creators with two offers each and three rules."""
    return random.choice(MID)


def long(seed: int) -> bytes:
    """A brief of 3 000 creators: its solve keeps a processor busy for a good while."""
    brief = json.loads(brief_of(3_000, 3, seed, rules=True))
    brief["solver"] = {"time_limit": "PT30S", "relative_gap": 0}
    return json.dumps(brief).encode()

"""What the load consists of: briefs from a handful of creators to some hundred."""

import json
import random

from app.services import demo_briefs
from benchmarks.drawn_brief import brief_of
from tests.hard_brief import hard_brief

SMALL: tuple[bytes, ...] = tuple(demo_briefs.raw(name) for name in ("minimal", "pinned", "infeasible"))
MID: tuple[bytes, ...] = tuple(brief_of(50, 2, seed, rules=True) for seed in range(6))


def small() -> bytes:
    """A brief of 3 to 20 creators."""
    return random.choice(SMALL)


def mid() -> bytes:
    """A brief of 50 creators with two offers each and three rules."""
    return random.choice(MID)


def long(seed: int) -> bytes:
    """A brief whose solve keeps a process busy for its 30 seconds, whatever the machine."""
    return json.dumps(hard_brief(30, seed)).encode()

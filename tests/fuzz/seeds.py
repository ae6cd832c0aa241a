"""The valid bodies that mutations start from."""

import copy
import json
import random
from functools import cache
from typing import Any

from app.services import demo_briefs
from app.services.demo_plans import habit
from benchmarks.drawn_brief import brief_of
from tests.app.wire.test_brief_fuzz import FULL
from tests.panels import panel_brief

Document = dict[str, Any]

SHORTEST_LIMITS = ("PT0.05S", "PT0.2S", "PT1S")


@cache
def _briefs() -> tuple[Document, ...]:
    demos: list[Document] = [
        json.loads(demo_briefs.raw(name)) for name in ("minimal", "pinned", "infeasible", "realistic")
    ]
    realistic = demos[-1]
    few = {**realistic, "candidates": realistic["candidates"][:8], "rules": realistic["rules"][5:8]}
    drawn = [json.loads(brief_of(6, 2, seed, rules=seed % 2 == 0)) for seed in range(4)]
    return (*demos[:3], few, FULL, *drawn, panel_brief(6, 40), realistic)


def brief(draw: random.Random) -> Document:
    """A valid brief that is solved soon; the large ones come seldom."""
    known = _briefs()
    number = draw.randrange(len(known) - 1) if draw.random() < 0.97 else len(known) - 1
    chosen = copy.deepcopy(known[number])
    chosen["solver"] = {**chosen.get("solver", {}), "time_limit": draw.choice(SHORTEST_LIMITS)}
    return chosen


def evaluation(draw: random.Random) -> Document:
    """A plan of one's own and its brief."""
    asked = brief(draw)
    return {"brief": asked, "selection": habit(asked)}


def replan(draw: random.Random, of: Document) -> Document:
    """What has happened since a plan for the brief ``of``; its creators need not be in the plan."""
    ids = [candidate["id"] for candidate in of["candidates"]]
    declined = draw.sample(ids, k=draw.randrange(2))
    priced = [one for one in of["candidates"] if one["id"] not in declined][:1]
    return {
        "declined": declined,
        "prices": [{"creator_id": one["id"], "offer_id": one["offers"][0]["id"], "price": "1.50"} for one in priced],
        "budget": of["budget"],
        "max_changes": draw.randrange(5),
    }


def break_even(draw: random.Random, of: Document) -> Document:
    """Some creators of the brief ``of``."""
    ids = [candidate["id"] for candidate in of["candidates"]]
    return {"creator_ids": draw.sample(ids, k=min(2, len(ids)))}

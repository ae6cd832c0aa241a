"""Briefs for the tests of answers, and their solving in one call."""

import json
from typing import Any

from app.services import demo_briefs
from app.services.run import Outcome, run
from app.services.translate import Campaign, translate
from app.wire.optimization import CreatorRow
from app.wire.parse import parse_brief
from optimizer.forecast.benchmarks import load_benchmarks


def demo(name: str, **changes: object) -> dict[str, Any]:
    """A built-in brief with some top-level fields replaced."""
    brief: dict[str, Any] = json.loads(demo_briefs.raw(name))
    return brief | changes


def campaign_of(brief: dict[str, Any]) -> Campaign:
    """The brief, translated with the packaged benchmarks."""
    return translate(parse_brief(json.dumps(brief).encode()), load_benchmarks())


def outcome_of(brief: dict[str, Any]) -> Outcome:
    """The brief, solved."""
    return run(campaign_of(brief), read_s=0.25)


def rows_of(outcome: Outcome) -> dict[tuple[str, str], CreatorRow]:
    """All creator rows by creator and offer id, chosen ones first."""
    return {
        (row.creator_id, row.offer_id): row
        for decision in ("chosen", "rejected")
        for chunk in outcome.creator_chunks(decision)
        for row in chunk
    }

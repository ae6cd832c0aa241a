"""Small valid briefs, as plain values that a test changes before it posts them."""

import json
from typing import Any

from app.services.translate import Campaign, translate
from app.wire.brief import Brief
from app.wire.parse import parse_brief
from optimizer.forecast.benchmarks import load_benchmarks

Json = Any


def offer(offer_id: str = "1 reel", **fields: Json) -> dict[str, Json]:
    """One reel for 100.00 unless said otherwise."""
    return {"id": offer_id, "format": "reel", "price": "100.00"} | fields


def bundle(offer_id: str = "reel + 2 stories", **fields: Json) -> dict[str, Json]:
    """A reel and two stories for one price."""
    items = [{"format": "reel"}, {"format": "story", "posts": 2}]
    return {"id": offer_id, "price": "150.00", "items": items} | fields


def creator(creator_id: str = "c1", **fields: Json) -> dict[str, Json]:
    """A micro creator on Instagram with one offer, every audience figure stated."""
    return {
        "id": creator_id,
        "platform": "instagram",
        "followers": 20_000,
        "engagement": {"rate": 0.04, "per": "follower", "posts": 24},
        "genuine_share": 0.9,
        "audience": {"topic": {"trail-running": 0.4}},
        "offers": [offer()],
    } | fields


def brief(**fields: Json) -> dict[str, Json]:
    """Three creators, one sized segment, 1000.00 EUR; a field given as ``...`` is left out."""
    document: dict[str, Json] = {
        "currency": "EUR",
        "budget": "1000.00",
        "target": {"segments": [{"name": "runners", "size": 1_000_000, "where": {"topic": "trail-running"}}]},
        "candidates": [creator("c1"), creator("c2"), creator("c3")],
    } | fields
    return {name: value for name, value in document.items() if value is not ...}


def body(document: Json) -> bytes:
    """The document as it is posted."""
    return json.dumps(document).encode()


def parsed(document: Json) -> Brief:
    """The brief of a document."""
    return parse_brief(body(document))


def campaign(document: Json) -> Campaign:
    """The campaign of a document, with the packaged benchmarks."""
    return translate(parsed(document), load_benchmarks())

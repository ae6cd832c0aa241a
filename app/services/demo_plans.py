"""Plans for the built-in briefs as people make them in a spreadsheet: the highest engagement rates first."""

from decimal import Decimal
from typing import Any


def habit(brief: dict[str, Any]) -> list[dict[str, str]]:
    """A selection for a built-in brief: first offers by engagement rate while their prices fit the budget."""
    ranked = sorted(brief["candidates"], key=lambda candidate: -_rate(candidate))
    left, selection = Decimal(str(brief["budget"])), []
    for candidate in ranked:
        offer = candidate["offers"][0]
        price = Decimal(str(offer["price"]))
        if price <= left:
            left -= price
            selection.append({"creator_id": candidate["id"], "offer_id": offer["id"]})
    return selection


def _rate(candidate: dict[str, Any]) -> float:
    return float((candidate.get("engagement") or {}).get("rate") or 0.0)

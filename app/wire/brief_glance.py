"""A look at a brief that was accepted before: who its creators are and what they ask, without checking it again."""

from dataclasses import dataclass
from typing import Any

from app.wire.json_body import read_json
from app.wire.money import amount_text, currency_of
from app.wire.objective import Objective, Solver
from app.wire.report_parts import Named


@dataclass(frozen=True, slots=True)
class Glance:
    """The head of a brief, and its creators by id, as posted. prices: (creator id, offer id) -> amount."""

    currency: str
    budget: str
    objective: Objective
    solver: Solver
    creators: dict[str, Any]
    prices: dict[tuple[str, str], str]

    def named(self, creator_id: str) -> Named:
        """Who a creator is."""
        posted = self.creators[creator_id]
        return Named(
            handle=posted.get("handle"), platform=posted["platform"], followers=int(float(str(posted["followers"])))
        )


def glance(raw: bytes) -> Glance:
    """What a stored brief says of these."""
    document: Any = read_json(raw)
    currency = currency_of(document["currency"])
    if currency is None:
        raise ValueError("a stored brief with a currency that is none")
    prices: dict[tuple[str, str], str] = {}
    for candidate in document["candidates"]:
        creator_id = candidate["id"]
        for offer in candidate["offers"]:
            prices[creator_id, offer["id"]] = currency.format(currency.to_minor(amount_text(offer["price"])))
    return Glance(
        currency=currency.code,
        budget=currency.format(currency.to_minor(amount_text(document["budget"]))),
        objective=Objective.model_validate(document.get("objective") or {}),
        solver=Solver.model_validate(document.get("solver") or {}),
        creators={candidate["id"]: candidate for candidate in document["candidates"]},
        prices=prices,
    )

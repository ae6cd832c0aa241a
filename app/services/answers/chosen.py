"""The offers of a plan, without what only the answered plan has."""

from app.services.translate import Campaign
from app.wire.chosen import ChosenOffer
from optimizer.columns import Positions


def chosen(campaign: Campaign, plan: Positions) -> list[ChosenOffer]:
    """A row per chosen offer, in the order of ids."""
    candidates, problem, text = campaign.candidates, campaign.problem, campaign.currency.format
    creators = candidates.offer_creator[plan].tolist()
    return [
        ChosenOffer(
            creator_id=str(candidates.creator_id[creator]),
            offer_id=str(candidates.offer_id[offer]),
            tier=campaign.tier.names[campaign.tier.codes[creator]],
            price=text(int(candidates.price_minor[offer])),
            landed_cost=text(int(problem.cost[offer])),
        )
        for offer, creator in zip(plan.tolist(), creators, strict=True)
    ]

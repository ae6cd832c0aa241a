"""Entry and drop-out prices, and what forcing an offer in costs, estimated for all offers from the proof."""

from dataclasses import dataclass

import numpy as np

from app.services.translate import Campaign
from optimizer.answers.prices import losses_if_forced, threshold_costs
from optimizer.columns import Floats, Positions
from optimizer.solution import Solution


@dataclass(frozen=True, eq=False, slots=True)
class PriceEstimates:
    """price: float64 (n,), whole minor units before surcharges, NaN where there is none.

    loss: float64 (n,), value lost when the offer is forced in, 0 for a chosen one, NaN where there is none.
    """

    campaign: Campaign
    price: Floats
    loss: Floats

    @classmethod
    def of(cls, campaign: Campaign, solution: Solution) -> "PriceEstimates":
        """Estimates for every offer; none at all without a plan or without the prices of a proof."""
        if solution.plan is None or solution.duals is None:
            return cls.none(campaign)
        cost = threshold_costs(campaign.problem, solution.plan, solution.duals)
        loss = losses_if_forced(campaign.problem, solution.plan, solution.duals)
        return cls(campaign, _before_surcharges(campaign, solution.plan, cost), loss)

    @classmethod
    def none(cls, campaign: Campaign) -> "PriceEstimates":
        """No estimate for any offer."""
        nothing = np.full(campaign.problem.offers, np.nan)
        return cls(campaign, nothing, nothing)

    def text(self, offer: int) -> str | None:
        """The estimate as money, None where there is none."""
        price = self.price[offer]
        return None if np.isnan(price) else self.campaign.currency.format(int(price))


def _before_surcharges(campaign: Campaign, plan: Positions, cost: Floats) -> Floats:
    """The highest price whose landed cost is at most ``cost``; never on the wrong side of the price that is asked."""
    rate, fixed = np.zeros(len(cost)), np.zeros(len(cost))
    for surcharge in campaign.surcharges:
        rate[surcharge.offers] += float(surcharge.rate or 0)
        fixed[surcharge.offers] += surcharge.fixed_minor or 0
    price = np.floor((cost - fixed) / (1 + rate))
    asked = campaign.candidates.price_minor.astype(np.float64)
    chosen = np.zeros(len(cost), np.bool_)
    chosen[plan] = True
    price = np.where(chosen, np.maximum(price, asked), np.minimum(price, asked))
    return np.where(price < 0, np.nan, price)

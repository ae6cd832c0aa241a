"""Every offer with its decision: rows made in chunks, since a brief may have a hundred thousand candidates."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.services.answers.plan_tables import engaged_in_segments, sources, stated
from app.services.answers.price_estimates import PriceEstimates
from app.services.translate import Campaign
from app.wire.optimization import CreatorRow, Decision, OfferForecast
from optimizer.columns import Flags, LabelSets, Positions
from optimizer.reasons import reasons
from optimizer.solution import Solution


@dataclass(frozen=True, eq=False, slots=True)
class CreatorRows:
    """chosen: bool (n,). reasons: codes per offer. prices: the entry price estimates."""

    campaign: Campaign
    chosen: Flags
    reasons: LabelSets
    prices: PriceEstimates

    @classmethod
    def of(cls, campaign: Campaign, solution: Solution, prices: PriceEstimates) -> "CreatorRows":
        """Decide and explain every offer; the rows themselves are made when they are asked for."""
        chosen = np.zeros(campaign.problem.offers, np.bool_)
        if solution.plan is not None:
            chosen[solution.plan] = True
        return cls(campaign, chosen, reasons(campaign.problem, solution), prices)

    def chunks(self, decision: Decision, size: int = 500) -> Iterator[list[CreatorRow]]:
        """The rows of one decision in the order of ids, at most ``size`` at a time."""
        offers = np.flatnonzero(self.chosen if decision == "chosen" else ~self.chosen)
        for start in range(0, len(offers), size):
            yield self._rows(decision, offers[start : start + size])

    def _rows(self, decision: Decision, offers: Positions) -> list[CreatorRow]:
        by_segment = engaged_in_segments(self.campaign, offers).tolist()
        return [self._row(decision, offer, engaged) for offer, engaged in zip(offers.tolist(), by_segment, strict=True)]

    def _row(self, decision: Decision, offer: int, engaged_by_segment: list[float]) -> CreatorRow:
        # model_construct: these rows come by the hundred thousand, and nothing in them is from outside
        candidates, forecast = self.campaign.candidates, self.campaign.forecast
        creator = int(candidates.offer_creator[offer])
        names = [segment.name for segment in self.campaign.target.segments]
        return CreatorRow.model_construct(
            creator_id=str(candidates.creator_id[creator]),
            offer_id=str(candidates.offer_id[offer]),
            decision=decision,
            reasons=self._reasons(offer),
            landed_cost=self.campaign.currency.format(int(self.campaign.problem.cost[offer])),
            entry_price=None if decision == "chosen" else self.prices.text(offer),
            reply_rate=stated(candidates.reply_rate[creator]),
            sources=sources(self.campaign, offer),
            forecast=OfferForecast.model_construct(
                single_post_reach=float(forecast.single_post_reach[offer]),
                audience_pool=float(forecast.audience_pool[offer]),
                reach=float(forecast.reach[offer]),
                contacts=float(forecast.contacts[offer]),
                engaged=float(forecast.engaged[offer]),
                engaged_by_segment=dict(zip(names, engaged_by_segment, strict=True)),
                waste=float(forecast.waste[offer]),
                on_target_share=float(forecast.on_target_share[creator]),
            ),
        )

    def _reasons(self, offer: int) -> list[str]:
        start, end = self.reasons.start[offer : offer + 2].tolist()
        return [self.reasons.names[code] for code in self.reasons.codes[start:end].tolist()]

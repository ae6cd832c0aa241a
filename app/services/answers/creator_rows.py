"""Every offer with its decision: rows made in chunks, since a brief may have a hundred thousand candidates."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from app.services.answers.plan_tables import engaged_in_segments, sources, stated
from app.services.answers.price_estimates import PriceEstimates
from app.services.answers.value import in_value
from app.services.translate import Campaign
from app.wire.optimization import CreatorRow, Decision
from optimizer.answers.reasons import reasons
from optimizer.columns import Flags, LabelSets, Positions
from optimizer.solution import Solution


@dataclass(frozen=True, eq=False)
class CreatorRows:
    """chosen: bool (n,). prices: the entry price estimates."""

    campaign: Campaign
    solution: Solution
    chosen: Flags
    prices: PriceEstimates

    @classmethod
    def of(cls, campaign: Campaign, solution: Solution, prices: PriceEstimates) -> "CreatorRows":
        """Decide every offer; reasons and rows are made when they are asked for: the command line never does."""
        chosen = np.zeros(campaign.problem.offers, np.bool_)
        if solution.plan is not None:
            chosen[solution.plan] = True
        return cls(campaign, solution, chosen, prices)

    @cached_property
    def reasons(self) -> LabelSets:
        """Why each offer is not in the plan, codes per offer."""
        return reasons(self.campaign.problem, self.solution)

    def chunks(self, decision: Decision, size: int = 500) -> Iterator[list[CreatorRow]]:
        """The rows of one decision in the order of ids, at most ``size`` at a time."""
        for documents in self.documents(decision, size):
            yield [CreatorRow.model_validate(document) for document in documents]

    def documents(self, decision: Decision, size: int = 500) -> Iterator[list[dict[str, Any]]]:
        """As ``chunks``, without a model per row, since rows come by the hundred thousand."""
        offers = np.flatnonzero(self.chosen if decision == "chosen" else ~self.chosen)
        for start in range(0, len(offers), size):
            yield self.documents_of(offers[start : start + size])

    def documents_of(self, offers: Positions) -> list[dict[str, Any]]:
        """The rows of some offers, in their order, as JSON objects."""
        problem, candidates = self.campaign.problem, self.campaign.candidates
        creators = candidates.offer_creator[offers]
        money = self.campaign.currency.format
        columns = zip(
            offers.tolist(),
            candidates.creator_id[creators].tolist(),
            candidates.offer_id[offers].tolist(),
            problem.cost[offers].tolist(),
            candidates.reply_rate[creators].tolist(),
            self.prices.loss[offers].tolist(),
            self.chosen[offers].tolist(),
            self._forecasts(offers),
            strict=True,
        )
        return [
            {
                "creator_id": creator_id,
                "offer_id": offer_id,
                "decision": "chosen" if chosen else "rejected",
                "reasons": self._reasons(offer),
                "landed_cost": money(cost),
                "entry_price": None if chosen else self.prices.text(offer),
                "loss_if_forced": in_value(self.campaign, loss),
                "reply_rate": stated(reply_rate),
                "sources": sources(self.campaign, offer),
                "forecast": forecast,
            }
            for offer, creator_id, offer_id, cost, reply_rate, loss, chosen, forecast in columns
        ]

    def _forecasts(self, offers: Positions) -> list[dict[str, Any]]:
        forecast = self.campaign.forecast
        names = [segment.name for segment in self.campaign.target.segments]
        figures = {
            "single_post_reach": forecast.single_post_reach[offers],
            "audience_pool": forecast.audience_pool[offers],
            "reach": forecast.reach[offers],
            "contacts": forecast.contacts[offers],
            "engaged": forecast.engaged[offers],
            "engaged_by_segment": engaged_in_segments(self.campaign, offers),
            "waste": forecast.waste[offers],
            "on_target_share": forecast.on_target_share[forecast.audience[offers]],
        }
        rows = zip(*(column.tolist() for column in figures.values()), strict=True)
        return [
            dict(zip(figures, (*row[:5], dict(zip(names, row[5], strict=True)), *row[6:]), strict=True)) for row in rows
        ]

    def _reasons(self, offer: int) -> list[str]:
        start, end = self.reasons.start[offer : offer + 2].tolist()
        return [self.reasons.names[code] for code in self.reasons.codes[start:end].tolist()]

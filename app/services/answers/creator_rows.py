"""Every offer with its decision: rows made in chunks, since a brief may have a hundred thousand candidates."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import isnan
from typing import Any

import numpy as np

from app.services.answers.plan_tables import engaged_in_segments, sources_of, stated
from app.services.answers.price_estimates import PriceEstimates
from app.services.answers.value import in_value
from app.services.translate import Campaign
from app.wire.garbage import collector_paused
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
        """The rows of some offers, in their order, as JSON objects; column by column, since there may be very many."""
        with collector_paused():
            return self._documents_of(offers)

    def _documents_of(self, offers: Positions) -> list[dict[str, Any]]:
        campaign, candidates = self.campaign, self.campaign.candidates
        creators, chosen = candidates.offer_creator[offers], self.chosen[offers].tolist()
        columns = {
            "creator_id": candidates.creator_id[creators].tolist(),
            "offer_id": candidates.offer_id[offers].tolist(),
            "decision": ["chosen" if own else "rejected" for own in chosen],
            "reasons": self._reasons(offers),
            "landed_cost": list(map(campaign.currency.format, campaign.problem.cost[offers].tolist())),
            "entry_price": self._entry_prices(offers),
            "loss_if_forced": [in_value(campaign, loss) for loss in self.prices.loss[offers].tolist()],
            "reply_rate": [stated(rate) for rate in candidates.reply_rate[creators].tolist()],
            "sources": sources_of(campaign, offers),
            "forecast": self._forecasts(offers),
        }
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def _forecasts(self, offers: Positions) -> list[dict[str, Any]]:
        forecast = self.campaign.forecast
        names = [segment.name for segment in self.campaign.target.segments]
        engaged = engaged_in_segments(self.campaign, offers).tolist()
        columns = {
            "single_post_reach": forecast.single_post_reach[offers].tolist(),
            "audience_pool": forecast.audience_pool[offers].tolist(),
            "reach": forecast.reach[offers].tolist(),
            "contacts": forecast.contacts[offers].tolist(),
            "engaged": forecast.engaged[offers].tolist(),
            "engaged_by_segment": [dict(zip(names, row, strict=True)) for row in engaged],
            "waste": forecast.waste[offers].tolist(),
            "on_target_share": forecast.on_target_share[forecast.audience[offers]].tolist(),
        }
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def _reasons(self, offers: Positions) -> list[list[str]]:
        """The codes of each offer; offers with the same ones share the list."""
        why_not, known = self.reasons, self._reason_lists
        ends = zip(why_not.start[offers].tolist(), why_not.start[offers + 1].tolist(), strict=True)
        keys = [why_not.codes[start:end].tobytes() for start, end in ends]
        for key in {*keys} - known.keys():
            known[key] = [why_not.names[code] for code in np.frombuffer(key, why_not.codes.dtype).tolist()]
        return [known[key] for key in keys]

    @cached_property
    def _reason_lists(self) -> dict[bytes, list[str]]:
        return {}

    def _entry_prices(self, offers: Positions) -> list[str | None]:
        prices = np.where(self.chosen[offers], np.nan, self.prices.price[offers]).tolist()
        money = self.campaign.currency.format
        return [None if isnan(price) else money(int(price)) for price in prices]

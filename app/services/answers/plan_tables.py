"""The plan by tier, by segment and by creator."""

from math import isnan

import numpy as np

from app.services.answers.price_estimates import PriceEstimates
from app.services.answers.value import cost_per_person, share
from app.services.translate import Campaign
from app.wire.optimization import MixRow, SegmentRow, SelectionRow, Sources
from optimizer.answers.explain import contributions, engaged_alone, engaged_together
from optimizer.columns import Floats, Positions
from optimizer.forecast.result import RATE_SOURCES, REACH_SOURCES

_SOURCES = [
    [Sources.model_validate({"reach": reach, "engagement": rate}) for rate in RATE_SOURCES] for reach in REACH_SOURCES
]
"""One object per combination, shared by all rows."""


def mix(campaign: Campaign, plan: Positions) -> list[MixRow]:
    """A row per tier that has a chosen creator, lowest bound first."""
    problem, candidates = campaign.problem, campaign.candidates
    tier = campaign.tier.codes[candidates.offer_creator[plan]]
    spend = int(problem.cost[plan].sum())
    rows = []
    for code, name in enumerate(campaign.tier.names):
        offers = plan[tier == code]
        if not len(offers):
            continue
        cost = int(problem.cost[offers].sum())
        replies = candidates.reply_rate[candidates.offer_creator[offers]]
        stated = replies[~np.isnan(replies)]
        rows.append(
            MixRow(
                tier=name,
                creators=len(offers),
                spend=campaign.currency.format(cost),
                spend_share=share(cost, spend),
                engaged_reach=engaged_together(problem, offers),
                waste=float(problem.waste[offers].sum()),
                reply_rate=float(stated.mean()) if len(stated) else None,
            )
        )
    return rows


def segments(campaign: Campaign, plan: Positions) -> list[SegmentRow]:
    """A row per segment of the target group, in the brief's order; people are not weighted here."""
    alone = engaged_in_segments(campaign, plan).sum(axis=0)
    overlap, targeted = campaign.overlap, campaign.target.segments
    met = overlap.people * -np.expm1(-campaign.problem.exponents[plan].sum(axis=0))
    once = np.bincount(overlap.segment_of, met, minlength=len(targeted)).tolist()
    rows = []
    for index, segment in enumerate(targeted):
        engaged = float(alone[index]) if segment.size is None else float(once[index])
        rows.append(
            SegmentRow(
                name=segment.name,
                size=segment.size,
                engaged_reach=engaged,
                covered_share=None if segment.size is None else share(engaged, segment.size),
                additive_would_claim=float(alone[index]),
            )
        )
    return rows


def selection(campaign: Campaign, plan: Positions, prices: PriceEstimates) -> list[SelectionRow]:
    """A row per chosen offer, in the order of ids."""
    candidates, problem, text = campaign.candidates, campaign.problem, campaign.currency.format
    contribution, alone = contributions(problem, plan), engaged_alone(problem, plan)
    rows = []
    for index, offer in enumerate(plan.tolist()):
        creator, cost = int(candidates.offer_creator[offer]), int(problem.cost[offer])
        rows.append(
            SelectionRow(
                creator_id=str(candidates.creator_id[creator]),
                offer_id=str(candidates.offer_id[offer]),
                tier=campaign.tier.names[campaign.tier.codes[creator]],
                price=text(int(candidates.price_minor[offer])),
                landed_cost=text(cost),
                engaged_reach_alone=float(alone[index]),
                contribution=float(contribution[index]),
                cost_per_engaged_person=cost_per_person(campaign.currency, cost, float(alone[index])),
                cpm=cost_per_person(campaign.currency, 1000 * cost, float(problem.contacts[offer])),
                waste=float(problem.waste[offer]),
                on_target_share=float(campaign.forecast.on_target_share[campaign.forecast.audience[offer]]),
                drop_out_price=prices.text(offer),
                reply_rate=stated(candidates.reply_rate[creator]),
                sources=sources(campaign, offer),
            )
        )
    return rows


def engaged_in_segments(campaign: Campaign, offers: Positions) -> Floats:
    """Engaged people of each offer in each segment of the brief, alone: float64 (offers, segments)."""
    forecast = campaign.forecast
    return np.asarray(forecast.engaged[offers, None] * forecast.shares[forecast.audience[offers]])


def sources(campaign: Campaign, offer: int) -> Sources:
    """Which figures the forecast of an offer used."""
    forecast = campaign.forecast
    reach = int(forecast.reach_source[offer])
    return _SOURCES[reach][int(forecast.rate_source[campaign.candidates.offer_creator[offer]])]


def sources_of(campaign: Campaign, offers: Positions) -> list[Sources]:
    """The same of many offers."""
    forecast = campaign.forecast
    rates = forecast.rate_source[campaign.candidates.offer_creator[offers]].tolist()
    return [_SOURCES[reach][rate] for reach, rate in zip(forecast.reach_source[offers].tolist(), rates, strict=True)]


def stated(figure: float) -> float | None:
    """The figure, or None where the brief does not state it (NaN)."""
    return None if isnan(figure) else float(figure)

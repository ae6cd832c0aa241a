"""Why the plan is as it is, from a solved campaign: all of it in short, or one creator at length."""

from collections import Counter

import numpy as np

from app.errors import InvalidParameter
from app.services.questions.asked import Asked
from app.services.questions.break_even import prices
from app.services.run import Outcome
from app.services.translate import Campaign
from app.wire.creator_row import CreatorRow
from app.wire.explanation import CreatorExplanation, Explanation, OfferExplanation, ReasonCount
from optimizer.columns import Positions
from optimizer.where import position_of

_NEAREST = 10
_NAMED = 5


def explanation(campaign: Campaign, outcome: Outcome) -> Explanation:
    """The chosen, what binds, how often each reason keeps an offer out, and the ten nearest misses."""
    result = outcome.result
    return Explanation(
        totals=result.totals,
        selection=result.selection,
        rules=result.rules,
        next_1000=result.next_1000,
        next_1000_people=result.next_1000_people,
        reasons=_counts(outcome),
        nearest=_rows(outcome, _nearest(campaign, outcome)),
    )


def creator_explanation(campaign: Campaign, outcome: Outcome, creator_id: str) -> CreatorExplanation:
    """Everything about one creator, with exact prices. Raises InvalidParameter where no candidate has the id."""
    candidates = campaign.candidates
    creator = position_of(candidates.creator_id, creator_id)
    if creator is None:
        known = ", ".join(f'"{known_id}"' for known_id in candidates.creator_id[:_NAMED].tolist())
        more = ", ..." if len(candidates.creator_id) > _NAMED else ""
        raise InvalidParameter(f'No candidate of the brief has the id "{creator_id}". Ids there are: {known}{more}.')
    offers = np.flatnonzero(candidates.offer_creator == creator)
    selection = {(row.creator_id, row.offer_id): row for row in outcome.result.selection}
    exact = prices(Asked(campaign, outcome.solution), [creator_id]).data
    country = int(candidates.country.codes[creator])
    return CreatorExplanation(
        creator_id=creator_id,
        tier=campaign.tier.names[campaign.tier.codes[creator]],
        followers=float(candidates.followers[creator]),
        platform=candidates.platform.names[candidates.platform.codes[creator]],
        country=None if country < 0 else candidates.country.names[country],
        offers=[
            OfferExplanation(row=row, chosen=selection.get((creator_id, row.offer_id)), break_even=own)
            for row, own in zip(_rows(outcome, offers), exact, strict=True)
        ],
    )


def _rows(outcome: Outcome, offers: Positions) -> list[CreatorRow]:
    return [CreatorRow.model_validate(document) for document in outcome.creators.documents_of(offers)]


def _counts(outcome: Outcome) -> list[ReasonCount]:
    """Every reason with its number of offers, and of those that have no other."""
    why_not = outcome.creators.reasons
    number = np.diff(why_not.start)
    alone = np.repeat(number, number) == 1
    every, only = Counter(why_not.codes.tolist()), Counter(why_not.codes[alone].tolist())
    names = why_not.names
    return [ReasonCount(reason=names[code], offers=count, only=only[code]) for code, count in every.most_common()]


def _nearest(campaign: Campaign, outcome: Outcome) -> Positions:
    """The offers of creators outside the plan whose entry price is least below their price, as a share of it."""
    creators = outcome.creators
    asked = campaign.candidates.price_minor
    taken = np.zeros(len(campaign.candidates.creator_id), np.bool_)
    taken[campaign.problem.creator[creators.chosen]] = True
    open_offers = np.flatnonzero(~np.isnan(creators.prices.price) & ~taken[campaign.problem.creator] & (asked > 0))
    gap = 1 - creators.prices.price[open_offers] / asked[open_offers]
    return open_offers[np.argsort(gap, kind="stable")[:_NEAREST]]

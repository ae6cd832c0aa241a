"""At which price offers enter or leave the best plan, exactly, and what forcing them in costs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from app.errors import Fault
from app.services.answers.value import in_value
from app.services.questions.asked import Asked
from app.services.questions.shared_time import SharedTime
from app.services.translate import Campaign
from app.services.translate.matches import Matches
from app.wire.break_even import BreakEven, BreakEvenRow
from app.wire.pointers import pointer
from app.wire.request import invalid_request
from app.wire.rules import MaxCostPerCreatorRule
from optimizer.answers.break_even import BreakEven as Found
from optimizer.answers.break_even import Terms, break_even
from optimizer.answers.forced import Loss, loss_if_forced
from optimizer.answers.sharp import sharpened
from optimizer.columns import Positions
from optimizer.forecast.cost import Markup
from optimizer.problem import Problem
from optimizer.rules import Filter
from optimizer.solution import Solution
from optimizer.where import position_of

_SOLVES_PER_ROW = 2
"""A row's price and its loss each have a share of the time."""


def prices(asked: Asked, creator_ids: Sequence[str]) -> BreakEven:
    """A row for every offer of these creators. Raises InvalidRequest for an id that is unknown or there twice.

    All solves together have the brief's time limit, shared evenly; what it leaves open is said row by row.
    """
    creators, problem = _creators(asked.campaign, creator_ids), asked.campaign.problem
    start = np.searchsorted(problem.creator, creators)
    end = np.searchsorted(problem.creator, creators, side="right")
    offers = [offer for first, last in zip(start, end, strict=True) for offer in range(first, last)]
    shared = SharedTime(asked.limits, 1 + _SOLVES_PER_ROW * len(offers))
    limits = shared.next()
    best = asked.solution if limits is None else sharpened(problem, asked.solution, limits)
    return BreakEven(data=[row(asked, best, offer, shared) for offer in offers])


def row(asked: Asked, best: Solution, offer: int, shared: SharedTime) -> BreakEvenRow:
    """The row of one offer. best: the solution, ``sharpened``. shared: the time, for ``_SOLVES_PER_ROW`` solves."""
    campaign, candidates = asked.campaign, asked.campaign.candidates
    plan, money = asked.solution.plan, asked.campaign.currency.format
    chosen = plan is not None and offer in plan
    found, loss = _price(campaign, best, offer, shared), _loss(campaign, best, offer, chosen, shared)
    if not found.proven and best.plan is not None and offer in best.plan:
        now = int(candidates.price_minor[offer])  # the best plan has the offer at its price of now
        found = replace(found, price=max(now, found.price or 0))
    price = None if found.price is None else money(found.price)
    return BreakEvenRow(
        creator_id=str(candidates.creator_id[candidates.offer_creator[offer]]),
        offer_id=str(candidates.offer_id[offer]),
        decision="chosen" if chosen else "rejected",
        price=money(int(candidates.price_minor[offer])),
        entry_price=None if chosen else price,
        drop_out_price=price if chosen else None,
        exact=found.proven,
        loss_if_forced=in_value(campaign, loss.value),
        loss_exact=loss.proven,
    )


def _price(campaign: Campaign, best: Solution, offer: int, shared: SharedTime) -> Found:
    limits = shared.next()
    if limits is None:
        return Found(None, proven=False)
    problem, terms = _terms(campaign, offer)
    return break_even(problem, best, offer, limits, terms)


def _loss(campaign: Campaign, best: Solution, offer: int, chosen: bool, shared: SharedTime) -> Loss:
    limits = shared.next()
    if chosen:
        return Loss(0.0, proven=True)
    if limits is None:
        return Loss(None, proven=False)
    return loss_if_forced(campaign.problem, best, offer, limits)


def _creators(campaign: Campaign, creator_ids: Sequence[str]) -> Positions:
    """Positions of the creators. Raises InvalidRequest with every fault."""
    positions = [position_of(campaign.candidates.creator_id, creator_id) for creator_id in creator_ids]
    faults = list(_faults(creator_ids, positions))
    if faults:
        raise invalid_request(faults)
    return np.array(positions, np.int64)


def _faults(creator_ids: Sequence[str], positions: Sequence[int | None]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for index, (creator_id, position) in enumerate(zip(creator_ids, positions, strict=True)):
        place = pointer("creator_ids", index)
        if position is None:
            yield Fault("unknown_creator", place, f'No candidate of the brief has the id "{creator_id}".')
        elif creator_id in first:
            detail = f'"{creator_id}" is there already, at /creator_ids/{first[creator_id]}; name each creator once.'
            yield Fault("duplicate_id", place, detail)
        first.setdefault(creator_id, index)


def _terms(campaign: Campaign, offer: int) -> tuple[Problem, Terms]:
    """The problem without the filters that only look at the offer's price, and how high those let its cost be."""
    problem, matches = campaign.problem, Matches(campaign.candidates, campaign.tier)
    rules, most = list(problem.rules), []
    for index, rule in enumerate(campaign.brief.rules):
        if isinstance(rule, MaxCostPerCreatorRule) and offer in matches.offers(rule.where):
            most.append(campaign.currency.to_minor(rule.max))
            made = rules[index]
            if isinstance(made, Filter):
                rules[index] = replace(made, offers=made.offers[made.offers != offer])
    markup = Markup.of(campaign.surcharges, offer)
    return replace(problem, rules=tuple(rules)), Terms(markup, min(most, default=None))

"""Faults between the fields of candidates and between candidates."""

from collections.abc import Collection, Iterator, Sequence
from math import fsum

from app.errors import Fault
from app.wire.candidate import Candidate, Engagement, Offer
from app.wire.money import Currency, MoneyError, shortened
from app.wire.pointers import pointer

RATE_AGREEMENT = 1e-6
"""A rate and the mean of its post_rates agree within this, relative."""

_Place = tuple[str | int, ...]


def candidate_faults(candidates: Sequence[Candidate], currency: Currency | None) -> Iterator[Fault]:
    """Faults of all candidates, in their order."""
    first: dict[str, int] = {}
    for i, candidate in enumerate(candidates):
        earlier = first.setdefault(candidate.id, i)
        if earlier != i:
            detail = f"Candidate {earlier} has the same id {candidate.id!r}; ids are unique in a brief."
            yield Fault("duplicate_id", pointer("candidates", i, "id"), detail)
        yield from faults_within(candidate, currency, "candidates", i)


def faults_within(candidate: Candidate, currency: Currency | None, *place: str | int) -> Iterator[Fault]:
    """Faults between the fields of one candidate, which was posted at ``place``."""
    if candidate.engagement is not None:
        yield from _engagement_faults(candidate.engagement, candidate, place)
    if len(candidate.offers) > 1 and len({offer.id for offer in candidate.offers}) < len(candidate.offers):
        yield from _repeated_offers(candidate.offers, place)
    for j, offer in enumerate(candidate.offers):
        if currency is not None:
            try:
                currency.to_minor(offer.price)
            except MoneyError as fault:
                yield Fault(fault.code, pointer(*place, "offers", j, "price"), fault.detail)
        if offer.items is not None or offer.format is None:
            yield from _form_faults(offer, (*place, "offers", j))


def sample_faults(candidates: Sequence[Candidate], members: Collection[str]) -> Iterator[Fault]:
    """Members of samples whom the panel does not have, or who are there twice."""
    for i, candidate in enumerate(candidates):
        first: dict[str, int] = {}
        for k, member in enumerate(candidate.audience_sample or ()):
            earlier = first.setdefault(member, k)
            if earlier != k:
                detail = f"Entry {earlier} is the same member {shortened(member)!r}; a sample has each member once."
                yield Fault("duplicate_id", pointer("candidates", i, "audience_sample", k), detail)
            elif member not in members:
                detail = (
                    f"The panel has no member {shortened(member)!r}; its members are those of target.panel.weights."
                )
                yield Fault("unknown_member", pointer("candidates", i, "audience_sample", k), detail)


def _repeated_offers(offers: Sequence[Offer], place: _Place) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for j, offer in enumerate(offers):
        earlier = first.setdefault(offer.id, j)
        if earlier != j:
            detail = f"Offer {earlier} of this creator has the same id {offer.id!r}; ids are unique within a creator."
            yield Fault("duplicate_id", pointer(*place, "offers", j, "id"), detail)


def _form_faults(offer: Offer, place: _Place) -> Iterator[Fault]:
    """A bundle has its figures on the items, a single format on the offer."""
    if offer.items is None:
        detail = "The field format is missing; an offer needs a format, or items when it is a bundle."
        yield Fault("missing_field", pointer(*place, "format"), detail)
        return
    for name in ("format", "posts", "expected_reach", "non_follower_share"):
        if getattr(offer, name) is not None:
            detail = f"The offer is a bundle: {name} stands on each of its items, not on the offer."
            yield Fault("not_with_items", pointer(*place, name), detail)


def _engagement_faults(engagement: Engagement, candidate: Candidate, place: _Place) -> Iterator[Fault]:
    def at(*field: str) -> str:
        return pointer(*place, *field)

    rates = engagement.post_rates
    if engagement.per == "view" and candidate.average_views is None:
        detail = "The engagement rate is per view, so average_views is needed to turn it into people."
        yield Fault("average_views_needed", at("average_views"), detail)
    if rates is None:
        if engagement.rate is None:
            detail = "Engagement needs a rate, or post_rates; leave engagement out when neither is known."
            yield Fault("missing_field", at("engagement", "rate"), detail)
        return
    mean = fsum(rates) / len(rates)
    if engagement.rate is not None and abs(engagement.rate - mean) > RATE_AGREEMENT * max(engagement.rate, mean):
        detail = f"The rate is {engagement.rate:g}, the mean of post_rates {mean:g}; make them agree, or give one."
        yield Fault("engagement_disagrees", at("engagement", "rate"), detail)
    if engagement.posts is not None and engagement.posts != len(rates):
        detail = (
            f"posts is {engagement.posts}, but there are {len(rates)} post_rates; make them agree, or leave posts out."
        )
        yield Fault("engagement_disagrees", at("engagement", "posts"), detail)

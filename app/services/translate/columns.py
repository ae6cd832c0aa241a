"""Candidates as columns, in the order of their ids, with the way back to where they were posted."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.errors import Fault
from app.services.translate.text_columns import frozen, label_sets, labels, shares, starts, texts
from app.wire.candidate import Candidate, Item, Offer
from app.wire.money import Currency
from app.wire.parse import MOST_KEPT, invalid_brief
from app.wire.pointers import pointer
from optimizer.candidates import PER, Candidates
from optimizer.columns import Floats, Members, Positions, Shares, Texts

MOST_DIMENSIONS = 100
"""With more audience dimensions than this in one brief, only those that the target uses become columns."""


class Place(NamedTuple):
    """Where something was posted: a JSON Pointer and, in a file, the line or row that it points into."""

    pointer: str
    line: int | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Columns:
    """Candidates and, for each row, its index in the lists that were posted.

    creator: int64 (m,), index in brief.candidates. offer: int64 (n,), index in that candidate's offers.
    item: int64 (k,), index in that offer's items, -1 for the short form. handle: (m,), "" where there is none.
    """

    candidates: Candidates
    creator: Positions
    offer: Positions
    item: Positions
    handle: Texts

    @property
    def removes_exceeding(self) -> bool:
        """Whether an offer that exceeds a segment is removed with a warning, rather than an error."""
        return False

    def at_creator(self, row: int, field: str = "") -> Place:
        """Where a creator was posted; ``field`` is a pointer without its first slash, below it."""
        return Place(pointer("candidates", int(self.creator[row])) + _below(field))

    def at_offer(self, row: int, field: str = "") -> Place:
        """Where an offer was posted, or a field of it."""
        return self.at_creator(int(self.candidates.offer_creator[row]), f"offers/{self.offer[row]}{_below(field)}")

    def at_item(self, row: int, field: str = "") -> Place:
        """Where an item of a bundle was posted, or the offer where it is in short form."""
        offer, item = int(self.candidates.item_offer[row]), int(self.item[row])
        return self.at_offer(offer, field if item < 0 else f"items/{item}{_below(field)}")

    def refuse(self, faults: Iterator[Fault]) -> None:
        """Raise the error that says these faults when there is any."""
        kept = list(islice(faults, MOST_KEPT))
        if kept:
            raise invalid_brief(kept)

    def warning(self, fault: Fault) -> Fault:
        """A warning about a place of these candidates, as it is told."""
        return fault


def _below(field: str) -> str:
    return field and f"/{field}"


def columns(
    posted: Sequence[Candidate],
    currency: Currency,
    wanted_dimensions: frozenset[str],
    panel: Mapping[str, int] | None = None,
) -> Columns:
    """The columns of a brief's candidates.

    wanted_dimensions: the audience dimensions that the target uses. panel: positions of its members, if it has one.
    """
    ids = [candidate.id for candidate in posted]
    order = sorted(range(len(posted)), key=ids.__getitem__)
    rows = [posted[index] for index in order]
    posted_offer, offers = _offers_by_id(rows)
    items, posted_item, items_of = _items(offers)
    engagement = [row.engagement for row in rows]
    post_rates = [figure.post_rates if figure is not None and figure.post_rates else () for figure in engagement]
    segment_shares = [row.segment_shares for row in rows]
    candidates = Candidates(
        creator_id=texts([ids[index] for index in order]),
        platform=labels([row.platform for row in rows]),
        country=labels([row.country for row in rows]),
        group=labels([row.group for row in rows]),
        tags=label_sets([row.tags or () for row in rows]),
        followers=_floats(row.followers for row in rows),
        genuine_share=_floats(row.genuine_share for row in rows),
        sponsored_ratio=_floats(row.sponsored_ratio for row in rows),
        delivery_probability=_floats(row.delivery_probability for row in rows),
        reply_rate=_floats(row.reply_rate for row in rows),
        reach_rate=_floats(row.reach_rate for row in rows),
        average_reach=_floats(row.average_reach for row in rows),
        average_views=_floats(row.average_views for row in rows),
        engagement_per=frozen(np.array([-1 if e is None else PER.index(e.per) for e in engagement], np.int8)),
        engagement_rate=_floats(None if e is None else e.rate for e in engagement),
        engagement_posts=_floats(None if e is None else e.posts for e in engagement),
        post_start=starts(map(len, post_rates), len(rows)),
        post_rates=_floats(rate for rates in post_rates for rate in rates),
        audience=_audience(rows, wanted_dimensions),
        segment_shares=shares(segment_shares) if any(stated is not None for stated in segment_shares) else None,
        offer_creator=frozen(np.repeat(np.arange(len(rows)), [len(row.offers) for row in rows])),
        offer_id=texts([offer.id for offer in offers]),
        price_minor=_integers([currency.to_minor(offer.price) for offer in offers]),
        item_offer=frozen(np.repeat(np.arange(len(offers)), items_of)),
        item_format=labels([item.format for item in items]),
        item_posts=_floats(item.posts or 1 for item in items),
        item_expected_reach=_floats(item.expected_reach for item in items),
        item_non_follower_share=_floats(item.non_follower_share for item in items),
        audience_sample=None if panel is None else _members(rows, panel),
    )
    return Columns(
        candidates=candidates,
        creator=_integers(order),
        offer=_integers(posted_offer),
        item=_integers(posted_item),
        handle=texts([row.handle or "" for row in rows]),
    )


def _offers_by_id(rows: Sequence[Candidate]) -> tuple[list[int], list[Offer]]:
    """Index in the creator's posted offers, and the offer; by creator, then by id."""
    posted: list[int] = []
    offers: list[Offer] = []
    for row in rows:
        ids = [offer.id for offer in row.offers]
        order = sorted(range(len(ids)), key=ids.__getitem__)
        posted += order
        offers += [row.offers[index] for index in order]
    return posted, offers


def _items(offers: Sequence[Offer]) -> tuple[list[Offer | Item], list[int], list[int]]:
    """All items (a short form stands for itself), the index of each in its offer, and how many each offer has."""
    items: list[Offer | Item] = []
    posted: list[int] = []
    counts: list[int] = []
    for offer in offers:
        if offer.items is None:
            items.append(offer)
            posted.append(-1)
            counts.append(1)
        else:
            items += offer.items
            posted += range(len(offer.items))
            counts.append(len(offer.items))
    return items, posted, counts


def _audience(rows: Sequence[Candidate], wanted: frozenset[str]) -> dict[str, Shares]:
    """A column of shares per dimension, in the order of dimension names."""
    stated = {dimension for row in rows if row.audience for dimension in row.audience}
    kept = stated if len(stated) <= MOST_DIMENSIONS else stated & wanted
    return {
        dimension: shares([None if row.audience is None else row.audience.get(dimension) for row in rows])
        for dimension in sorted(kept)
    }


def _members(rows: Sequence[Candidate], position: Mapping[str, int]) -> Members:
    """The samples as positions in the panel, where every member is."""
    samples = [row.audience_sample for row in rows]
    members = [np.sort(np.array([position[id_] for id_ in sample or ()], np.int64)) for sample in samples]
    given = np.array([sample is not None for sample in samples], np.bool_)
    return Members(starts(map(len, members), len(rows)), frozen(np.concatenate(members)), frozen(given))


def _floats(values: Iterable[float | None]) -> Floats:
    """Read-only float64; None is NaN."""
    return frozen(np.array(list(values), np.float64))


def _integers(values: Sequence[int]) -> NDArray[np.int64]:
    return frozen(np.array(values, np.int64))

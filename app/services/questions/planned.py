"""A plan that a caller names by ids, as offers of the campaign."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.errors import Fault
from app.services.translate import Campaign
from app.services.translate.matches import Matches
from app.wire.plan_csv import unguarded
from optimizer.columns import Positions


@dataclass(frozen=True, slots=True)
class Planned:
    """An offer as somebody names it.

    offer_id: None where the creator has only one. place: JSON Pointer to it; line: of a table, from 1, where ids may
    carry the apostrophe of our export.
    """

    creator_id: str
    offer_id: str | None
    place: str
    line: int | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """plan: sorted positions of the offers that could be told. faults: one for each that could not."""

    plan: Positions
    faults: list[Fault]


def found(campaign: Campaign, planned: Sequence[Planned]) -> Found:
    """Look up a plan: every creator once, by an offer that it has."""
    matches = Matches(campaign.candidates, campaign.tier)
    first: dict[str, Planned] = {}
    offers: list[int] = []
    faults: list[Fault] = []
    for named in planned:
        entry = named if named.line is None else _as_in_the_brief(matches, named)
        if earlier := first.get(entry.creator_id):
            faults.append(_twice(entry, earlier))
            continue
        first[entry.creator_id] = entry
        faults += _faults(matches, entry)
        own = matches.of_creator(entry.creator_id, entry.offer_id)
        if own is not None and len(own) == 1:
            offers.append(int(own[0]))
    return Found(np.sort(np.array(offers, np.int64)), faults)


def _as_in_the_brief(matches: Matches, named: Planned) -> Planned:
    """The entry of a table; an id that only exists without its apostrophe is meant without it."""
    entry = named
    if matches.of_creator(entry.creator_id) is None and matches.of_creator(unguarded(entry.creator_id)) is not None:
        entry = replace(entry, creator_id=unguarded(entry.creator_id))
    if entry.offer_id is not None:
        own = matches.of_creator(entry.creator_id, entry.offer_id)
        if own is not None and not len(own):
            without = matches.of_creator(entry.creator_id, unguarded(entry.offer_id))
            if without is not None and len(without):
                entry = replace(entry, offer_id=unguarded(entry.offer_id))
    return entry


def _twice(entry: Planned, earlier: Planned) -> Fault:
    where = f"on line {earlier.line}" if earlier.line is not None else f"at {earlier.place}"
    detail = f'Creator "{entry.creator_id}" is in the plan already, {where}; a plan has one offer of a creator.'
    return Fault("duplicate_id", f"{entry.place}/creator_id", detail, line=entry.line)


def _faults(matches: Matches, entry: Planned) -> Iterator[Fault]:
    own = matches.of_creator(entry.creator_id)
    if own is None:
        detail = f'No candidate has the id "{entry.creator_id}"; ids compare exactly.'
        yield Fault("unknown_creator", f"{entry.place}/creator_id", detail, line=entry.line)
        return
    known = [str(name) for name in matches.candidates.offer_id[own]]
    listed = ", ".join(f'"{name}"' for name in known[:10]) + (", ..." if len(known) > 10 else "")
    if entry.offer_id is None and len(own) != 1:
        detail = f'Creator "{entry.creator_id}" has {len(own)} offers, say which: {listed}.'
        yield Fault("offer_needed", f"{entry.place}/offer_id", detail, line=entry.line)
    elif entry.offer_id is not None and entry.offer_id not in known:
        detail = f'Creator "{entry.creator_id}" has no offer "{entry.offer_id}"; there is {listed}.'
        yield Fault("unknown_offer", f"{entry.place}/offer_id", detail, line=entry.line)

"""Which offers the ``where`` clauses of a brief take, and what is odd about them."""

from collections.abc import Mapping, Sequence

import numpy as np

from app.errors import Fault
from app.wire.pointers import pointer
from app.wire.where import Where
from optimizer.candidates import Candidates
from optimizer.columns import Flags, Labels, Positions
from optimizer.where import matching, position_of


class Matches:
    """Looks up offers by ``where``, by creator and by offer id; collects warnings on the way."""

    def __init__(self, candidates: Candidates, tier: Labels) -> None:
        self.candidates = candidates
        self.warnings: list[Fault] = []
        self._tier = tier
        self._start = np.searchsorted(candidates.offer_creator, np.arange(len(candidates.creator_id) + 1))
        self._known: dict[tuple[tuple[str, tuple[str, ...]], ...], Positions] = {}

    def flags(self, where: Where | None, *place: str | int) -> Flags:
        """Offers taken by a ``where`` posted at ``place``: bool, shape (n,). Warns when they are none."""
        conditions = {} if where is None else where.conditions()
        taken = matching(self.candidates, self._tier, conditions)
        if where is not None:
            self._warn(conditions, bool(taken.any()), place)
        return taken

    def offers(self, where: Where | None, *place: str | int) -> Positions:
        """The same as sorted positions; equal clauses share one array."""
        conditions = {} if where is None else where.conditions()
        key = tuple(conditions.items())
        if key not in self._known:
            found = np.flatnonzero(matching(self.candidates, self._tier, conditions))
            found.setflags(write=False)
            self._known[key] = found
        if where is not None:
            self._warn(conditions, bool(self._known[key].size), place)
        return self._known[key]

    def of_creator(self, creator_id: str, offer_id: str | None = None) -> Positions | None:
        """Offers of a creator, all or the one with this id (or none); None when no candidate has the id."""
        creator = self._creator(creator_id)
        if creator is None:
            return None
        own = np.arange(self._start[creator], self._start[creator + 1])
        return own if offer_id is None else own[self.candidates.offer_id[own] == offer_id]

    def of_creators(self, creator_ids: Sequence[str], *place: str | int) -> Positions:
        """Offers of all these creators, sorted; warns of an id that no candidate has."""
        found = [np.empty(0, np.int64)]
        for index, creator_id in enumerate(dict.fromkeys(creator_ids)):
            own = self.of_creator(creator_id)
            if own is None:
                self.warn("unknown_creator", f'No candidate has the id "{creator_id}"; it is ignored.', *place, index)
            else:
                found.append(own)
        return np.sort(np.concatenate(found))

    def warn(self, code: str, detail: str, *place: str | int) -> None:
        """Note something at a place of the brief."""
        self.warnings.append(Fault(code, pointer(*place), detail, "warning"))

    def _creator(self, creator_id: str) -> int | None:
        return position_of(self.candidates.creator_id, creator_id)

    def _warn(self, conditions: Mapping[str, Sequence[str]], takes_any: bool, place: tuple[str | int, ...]) -> None:
        for name in conditions.get("tier", ()):
            if name not in self._tier.names:
                detail = f'There is no tier "{name}", so it matches nobody; tiers are {", ".join(self._tier.names)}.'
                self.warn("unknown_tier", detail, *place, "tier")
        for creator_id in conditions.get("creator_id", ()):
            if self._creator(creator_id) is None:
                self.warn("unknown_creator", f'No candidate has the id "{creator_id}".', *place, "creator_id")
        if not takes_any:
            self.warn("matches_nobody", "No offer of any candidate matches this; values compare exactly.", *place)

"""The plan that a replanned optimization is compared with, by ids: as it is stored with the new brief."""

import json
from dataclasses import asdict, dataclass

import numpy as np

from app.services.answers.difference import Before
from app.services.translate import Campaign
from app.services.translate.matches import Matches

Ids = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Earlier:
    """A plan, and what was different when it was made; offers are pairs of creator and offer id.

    unspent, budget: minor units, as they were then. accepted, declined: creators since. raised, lowered: offers whose
    price is another since.
    """

    plan: Ids
    unspent: int
    budget: int
    accepted: list[str]
    declined: list[str]
    raised: Ids
    lowered: Ids

    def written(self) -> str:
        """As it is stored."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> "Earlier":
        """What ``written`` gave."""
        return cls(**json.loads(text))

    def among(self, campaign: Campaign) -> Before:
        """The same as positions of a campaign; ids that it has not are left out."""
        matches = Matches(campaign.candidates, campaign.tier)
        at = {str(name): place for place, name in enumerate(campaign.candidates.creator_id.tolist())}

        def offers(ids: Ids) -> list[int]:
            found = (matches.of_creator(creator_id, offer_id) for creator_id, offer_id in ids)
            return [int(own[0]) for own in found if own is not None and len(own)]

        return Before(
            plan=np.sort(np.array(offers(self.plan), np.int64)),
            unspent=self.unspent,
            budget=self.budget,
            accepted=frozenset(at[name] for name in self.accepted if name in at),
            declined=frozenset(at[name] for name in self.declined if name in at),
            raised=frozenset(offers(self.raised)),
            lowered=frozenset(offers(self.lowered)),
        )

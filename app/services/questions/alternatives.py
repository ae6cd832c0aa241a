"""The best plans that differ from each other."""

from collections.abc import Callable

import numpy as np

from app.services.answers.chosen import chosen
from app.services.answers.value import totals, value_of
from app.services.questions.asked import Asked
from app.services.translate import Campaign
from app.wire.alternatives import AlternativeRow, Alternatives
from optimizer.answers import alternatives as answers
from optimizer.answers.alternatives import Alternative
from optimizer.columns import Positions
from optimizer.solution import Verdict


def alternatives(
    asked: Asked, k: int, min_difference: int, should_stop: Callable[[], bool] | None = None
) -> Alternatives:
    """Up to ``k`` plans, the answered one first; any two differ by ``min_difference`` creators at least."""
    campaign = asked.campaign
    found = answers.alternatives(campaign.problem, asked.solution, k, min_difference, asked.limits, should_stop)
    return Alternatives(data=[_row(campaign, row, found[0]) for row in found])


def _row(campaign: Campaign, row: Alternative, best: Alternative) -> AlternativeRow:
    own, known = campaign.problem.creator[row.plan], campaign.problem.creator[best.plan]
    return AlternativeRow(
        value=value_of(campaign, row.verdict, row.best_bound, row.relative_gap),
        distance=_distance(campaign, row.verdict, best.verdict),
        difference=row.difference,
        added=_ids(campaign, np.setdiff1d(own, known)),
        dropped=_ids(campaign, np.setdiff1d(known, own)),
        totals=totals(campaign, row.plan, row.verdict),
        selection=chosen(campaign, row.plan),
    )


def _distance(campaign: Campaign, own: Verdict, best: Verdict) -> float | str:
    """Value lost, 0 at least: the best plan is proven to a gap, within which another may be better."""
    if campaign.problem.goal is None:
        return max(best.net - own.net, 0.0)
    return campaign.currency.format(max(own.cost - best.cost, 0))


def _ids(campaign: Campaign, creators: Positions) -> list[str]:
    return [str(campaign.candidates.creator_id[creator]) for creator in creators.tolist()]

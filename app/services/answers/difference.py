"""From one plan to another: what is kept, dropped and added, and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from app.services.translate import Campaign
from app.wire.difference import DifferenceRow, PlanDifference, PlanFigures
from optimizer.answers.difference import Difference, difference, open_again
from optimizer.answers.reasons import reasons
from optimizer.columns import Floats, LabelSets, Positions
from optimizer.judge import judge
from optimizer.solution import Solution


@dataclass(frozen=True, slots=True)
class Before:
    """A plan, and what was different when it was made.

    plan: offers, sorted positions. unspent: what it left of the budget then, minor units. budget: the budget then.
    accepted, declined: creators since. raised, lowered: offers whose price is another since.
    """

    plan: Positions
    unspent: int
    budget: int
    accepted: frozenset[int] = field(default_factory=frozenset)
    declined: frozenset[int] = field(default_factory=frozenset)
    raised: frozenset[int] = field(default_factory=frozenset)
    lowered: frozenset[int] = field(default_factory=frozenset)

    @classmethod
    def of(cls, campaign: Campaign, plan: Positions) -> "Before":
        """A plan of the same campaign: nothing has changed."""
        budget = campaign.problem.budget
        return cls(plan, budget - sum(campaign.problem.cost[plan].tolist()), budget)


def plan_difference(campaign: Campaign, solution: Solution, before: Before) -> PlanDifference | None:
    """What leads from the plan before to the solution's; None where that has none."""
    if solution.plan is None:
        return None
    found = difference(campaign.problem, before.plan, solution.plan)
    why_not = reasons(campaign.problem, solution)
    why = _why_added(campaign, before, found)
    return PlanDifference(
        before=_figures(campaign, before.plan),
        after=_figures(campaign, solution.plan),
        kept=_rows(campaign, found.kept, found.brings_kept, lambda _, offer: _why_kept(campaign, before, offer)),
        dropped=_rows(
            campaign,
            found.dropped,
            found.brings_dropped,
            lambda _, offer: _why_dropped(campaign, before, offer, why_not),
        ),
        added=_rows(campaign, found.added, found.brings_added, lambda place, _: why[place]),
    )


def _figures(campaign: Campaign, plan: Positions) -> PlanFigures:
    verdict = judge(campaign.problem, plan)
    return PlanFigures(
        net_value=verdict.net,
        engaged_reach=verdict.engaged_reach,
        spend=campaign.currency.format(verdict.cost),
        creators=len(plan),
    )


def _rows(
    campaign: Campaign, offers: Positions, brings: Floats, why: Callable[[int, int], Sequence[str]]
) -> list[DifferenceRow]:
    candidates = campaign.candidates
    return [
        DifferenceRow(
            creator_id=str(candidates.creator_id[candidates.offer_creator[offer]]),
            offer_id=str(candidates.offer_id[offer]),
            landed_cost=campaign.currency.format(int(campaign.problem.cost[offer])),
            contribution=float(brings[place]),
            reasons=list(why(place, offer)),
        )
        for place, offer in enumerate(offers.tolist())
    ]


def _why_kept(campaign: Campaign, before: Before, offer: int) -> list[str]:
    return ["accepted" if int(campaign.candidates.offer_creator[offer]) in before.accepted else "in_both"]


def _why_dropped(campaign: Campaign, before: Before, offer: int, why_not: LabelSets) -> list[str]:
    if int(campaign.candidates.offer_creator[offer]) in before.declined:
        return ["declined"]
    changed = ["price_raised"] if offer in before.raised else []
    changed += ["budget_cut"] if campaign.problem.budget < before.budget else []
    start, end = why_not.start[offer : offer + 2].tolist()
    return changed + [why_not.names[code] for code in why_not.codes[start:end].tolist()]


def _why_added(campaign: Campaign, before: Before, found: Difference) -> list[list[str]]:
    """The reasons of each added offer."""
    problem = campaign.problem
    instead = np.isin(problem.creator[found.added], problem.creator[found.dropped])
    again = open_again(problem, before.plan, found)
    why: list[list[str]] = []
    for place, offer in enumerate(found.added.tolist()):
        did_not_fit = int(problem.cost[offer]) > before.unspent
        facts = {
            "other_offer_dropped": bool(instead[place]),
            "price_lowered": offer in before.lowered,
            "budget_raised": did_not_fit and problem.budget > before.budget,
            "money_freed": did_not_fit and bool(problem.cost[found.dropped].any()),
            "audience_open_again": bool(again[place]) and not instead[place],
            "rules_need_it": bool(found.brings_added[place] <= 0),
        }
        why.append([code for code, holds in facts.items() if holds] or ["worth_adding"])
    return why

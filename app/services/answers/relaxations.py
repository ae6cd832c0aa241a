"""What would have to change in a brief that has no plan."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from app.errors import Fault
from app.services.translate import Campaign
from app.services.translate.rules import compared_figure
from app.wire import rules as posted
from app.wire.money import Currency
from app.wire.relaxation import Relaxation
from optimizer.answers import relaxation
from optimizer.answers.ladders import PER_SHARE, Threshold
from optimizer.rules import SHARE_TOLERANCE, Filter
from optimizer.solution import Solution

OWN_TIME_S = 2.0
"""Seconds that the question has beside what is left of the brief's time limit."""
_OF_THE_DATA = ("unknown_audience", "audience_exceeds_segment")
"""Filters that no rule of the brief asks for: without their figures their offers cannot come back."""
_MONEY = ("budget", "spend", "max_cost_per_creator")


@dataclass(frozen=True, slots=True)
class Found:
    """The changes as the wire has them, and what is to be said of those that were not found in time."""

    rows: list[Relaxation]
    warnings: list[Fault]


def relaxations(
    campaign: Campaign, solution: Solution, used_s: float, should_stop: Callable[[], bool] | None = None
) -> Found:
    """Every single change that makes an infeasible brief feasible; nothing for any other.

    used_s: seconds that the solve took of the brief's time limit.
    """
    limits = campaign.brief.solver.limits()
    left_s = max(limits.time_limit_s - used_s, 0.0) + OWN_TIME_S
    kinds = {"budget": "budget", "goal": "goal"} | {rule.name: rule.kind for rule in campaign.problem.rules}
    names = tuple(name for name in solution.conflicts if kinds[name] not in _OF_THE_DATA)
    if not names:
        return Found([], [])
    found = relaxation.relaxations(
        campaign.problem, names, _thresholds(campaign, names), replace(limits, time_limit_s=left_s), should_stop
    )
    rows = [_row(campaign.currency, kinds[one.name], one) for one in found.found]
    return Found(rows, [_late(found.undecided)] if found.undecided else [])


def _late(names: tuple[str, ...]) -> Fault:
    listed = ", ".join(f'"{name}"' for name in names)
    detail = (
        f"Time ran out before it was known whether a change of {listed} alone makes the brief feasible, and which; "
        "give solver.time_limit more."
    )
    return Fault("relaxations_incomplete", "", detail, "warning")


def _thresholds(campaign: Campaign, names: tuple[str, ...]) -> dict[str, Threshold]:
    """What each filter on a figure among the named rules compares."""
    thresholds = {}
    for rule, resolved in zip(campaign.brief.rules, campaign.problem.rules, strict=False):
        if resolved.name not in names or not isinstance(resolved, Filter):
            continue
        if isinstance(rule, posted.MaxCostPerCreatorRule):
            cost = campaign.problem.cost[resolved.offers].astype(np.float64)
            thresholds[resolved.name] = Threshold("max", float(campaign.currency.to_minor(rule.max)), cost)
        elif isinstance(rule, posted.MaxFollowersRule | posted.MinFollowersRule | posted.MinShareRule):
            figure = compared_figure(rule.kind, campaign.candidates, campaign.forecast)
            removed = figure[resolved.offers]
            if isinstance(rule, posted.MaxFollowersRule):
                thresholds[resolved.name] = Threshold("max", rule.max, removed)
            else:
                thresholds[resolved.name] = Threshold("min", rule.min, removed)
    return thresholds


def _row(currency: Currency, kind: str, one: relaxation.Relaxation) -> Relaxation:
    if kind == "min_on_target_share" and one.to is not None:
        # The figure is a forecast with all its digits; the filter forgives a tolerance.
        one = replace(one, to=math.floor((one.to + SHARE_TOLERANCE) * PER_SHARE) / PER_SHARE)
    return Relaxation.model_validate(
        {
            "name": one.name,
            "kind": kind,
            "side": one.side,
            "from": _in_unit(currency, kind, one.origin),
            "to": _in_unit(currency, kind, one.to),
            "change": one.change,
            "exact": one.exact,
        }
    )


def _in_unit(currency: Currency, kind: str, limit: float | None) -> float | str | None:
    """The limit as the wire shows it: money as text, whole numbers without a point."""
    if limit is None:
        return None
    if kind in _MONEY:
        return currency.format(int(limit))
    return int(limit) if limit == int(limit) else limit

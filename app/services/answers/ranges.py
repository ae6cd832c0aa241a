"""How sure the figures of a plan are, in the terms of the brief: its goal, its currency, its conversion."""

from decimal import ROUND_HALF_UP, Decimal

from app.services.answers.value import cost_per_person
from app.services.translate import Campaign
from app.wire.objective import Conversion
from app.wire.ranges import (
    ConversionRanges,
    CountRange,
    GoalChance,
    MoneyRange,
    PeopleRange,
    PriceRange,
    Ranges,
    RatioRange,
)
from app.wire.result import Totals
from optimizer.answers.ranges import DRAWS, Band, Draws, band, draw, uncertain
from optimizer.columns import Positions

_MORE_THAN_MIDDLE = 1.05
"""From this ratio of the forecast to the middle of the draws on, people are told."""


def ranges(campaign: Campaign, plan: Positions) -> Ranges:
    """Ranges of a plan, chosen or brought along: rising positions of offers."""
    problem, seed = campaign.problem, campaign.brief.solver.seed
    drawn = draw(problem, plan, uncertain(campaign.candidates, campaign.forecast, plan), seed)
    engaged, spend = band(drawn.engaged), sum(problem.cost[plan].tolist())
    conversion = campaign.brief.conversion
    return Ranges(
        engaged_reach=PeopleRange(**engaged._asdict()),
        waste=PeopleRange(**band(drawn.waste)._asdict()),
        cost_per_engaged_person=_price(campaign, spend, engaged),
        goal=_goal(campaign, drawn),
        conversion=None if conversion is None else _bought(campaign, conversion, drawn, engaged, spend),
        draws=DRAWS,
        seed=seed,
    )


def above_the_draws(totals: Totals | None, found: Ranges | None) -> bool:
    """Whether the forecast of engaged reach is well above the middle of its draws: too much to promise."""
    if totals is None or found is None:
        return False
    return totals.engaged_reach > _MORE_THAN_MIDDLE * found.engaged_reach.p50


def _price(campaign: Campaign, spend: int, engaged: Band) -> PriceRange:
    """Spend is the same in all draws, so the price is low where engaged reach is high."""
    few, half, many = (cost_per_person(campaign.currency, spend, people) for people in engaged)
    return PriceRange(p10=many, p50=half, p90=few)


def _goal(campaign: Campaign, drawn: Draws) -> GoalChance | None:
    goal = campaign.problem.goal
    if goal is None:
        goal = campaign.brief.objective.goal_engaged_reach
    return None if goal is None else GoalChance(engaged_reach=goal, chance=drawn.chance(goal))


def _bought(campaign: Campaign, conversion: Conversion, drawn: Draws, engaged: Band, spend: int) -> ConversionRanges:
    """Orders, revenue and ROAS: all in proportion to engaged people, and so are their quantiles."""
    value = campaign.currency.to_minor(conversion.order_value)
    people = {"expected": float(drawn.engaged.mean())} | engaged._asdict()
    orders = {name: conversion.rate * count for name, count in people.items()}
    revenue = {name: Decimal(count) * value for name, count in orders.items()}
    money = {
        name: campaign.currency.format(int(minor.to_integral_value(ROUND_HALF_UP))) for name, minor in revenue.items()
    }
    roas = {name: float(minor / spend) for name, minor in revenue.items()} if spend else None
    return ConversionRanges(
        orders=CountRange(**orders),
        revenue=MoneyRange(**money),
        roas=None if roas is None else RatioRange(**roas),
    )

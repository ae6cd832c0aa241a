"""The best plan for each of several budgets."""

from collections.abc import Sequence
from dataclasses import replace

from app.errors import InvalidParameter
from app.services.answers.value import totals, value
from app.services.questions.asked import Asked
from app.services.translate import Campaign
from app.wire.frontier import MOST_POINTS, Frontier, FrontierPoint
from app.wire.money import Currency, MoneyError, minor_units
from optimizer.answers.frontier import frontier as solved
from optimizer.answers.frontier import knee
from optimizer.solution import Limits, Solution


def even_budgets(budget_minor: int, points: int) -> list[int]:
    """So many budgets in even steps, the last of them twice the brief's: with an even number its own is among them."""
    return [2 * budget_minor * step // points for step in range(1, points + 1)]


def frontier(asked: Asked, points: int, amounts: Sequence[str] | None, limits: Limits | None = None) -> Frontier:
    """The curve over so many even budgets, or over the amounts named; in rising order. Raises InvalidParameter.

    limits: of each further solve, instead of the brief's.
    """
    campaign = asked.campaign
    budget = campaign.problem.budget
    budgets = even_budgets(budget, points) if amounts is None else _named(amounts, campaign.currency)
    solutions = solved(campaign.problem, asked.solution, budgets, limits or asked.limits)
    best = None
    if campaign.problem.goal is None:
        best = knee(budgets, [None if found.verdict is None else found.verdict.value for found in solutions])
    return Frontier(
        points=[_point(campaign, budget, found) for budget, found in zip(budgets, solutions, strict=True)],
        knee=None if best is None else campaign.currency.format(budgets[best]),
    )


def _named(amounts: Sequence[str], currency: Currency) -> list[int]:
    """The budgets in minor units, smallest first. Raises InvalidParameter."""
    try:
        budgets = sorted({minor_units(currency, amount) for amount in amounts})
    except MoneyError as error:
        raise InvalidParameter(f"The query parameter 'budgets' has an amount that is none: {error.detail}") from None
    if len(budgets) > MOST_POINTS:
        raise InvalidParameter(f"The query parameter 'budgets' has {len(budgets)} amounts; at most {MOST_POINTS}.")
    return budgets


def _point(campaign: Campaign, budget: int, found: Solution) -> FrontierPoint:
    here = replace(campaign, problem=replace(campaign.problem, budget=budget))
    plan, verdict = found.plan, found.verdict
    return FrontierPoint(
        budget=campaign.currency.format(budget),
        solution_status=found.status,
        value=None if verdict is None else value(here, found, verdict),
        totals=None if plan is None or verdict is None else totals(here, plan, verdict),
    )

"""Is less more? What the comparison of ways to plan says to the question."""

from typing import Literal

from app.wire.strategies import Strategies, StrategyRow

Verdict = Literal["alike", "less", "more", "mix"]
_ENOUGH = 0.95
"""Share of the best plan from which on a way to plan is about as good."""


def less_is_more(found: Strategies) -> Verdict:
    """Whether small creators alone, or big names alone, are about as good as the best plan.

    ``less``: small ones are. ``more``: big ones are. ``alike``: both. ``mix``: neither.
    """
    rows = {row.name: row for row in found.data}
    many = share(rows["nano_and_micro_only"])
    few = max(share(rows["macro_and_mega_only"]), share(rows["single_largest_creator"]))
    if many >= _ENOUGH and few >= _ENOUGH:
        return "alike"
    if many >= _ENOUGH or few >= _ENOUGH:
        return "less" if many > few else "more"
    return "mix"


def books_somebody(row: StrategyRow) -> bool:
    """Whether a way to plan has a plan, and one with somebody in it."""
    return row.totals is not None and row.totals.creators > 0


def share(row: StrategyRow) -> float:
    """The share of the best plan, below every other where there is no plan."""
    return -1.0 if row.share_of_optimum is None else row.share_of_optimum

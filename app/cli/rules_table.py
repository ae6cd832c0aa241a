"""The budget and the rules of a brief against its plan: what they measure, what is left, what holds the plan back."""

from rich.console import Console

from app.cli.sheet import Column, print_sheet
from app.cli.words import NONE, counted, money, people, percent, plain
from app.wire.optimization import Result, RuleRow

SHARE_KINDS = ("spend_share", "waste_share")
FILTER_KINDS = (
    *("max_cost_per_creator", "min_on_target_share", "min_genuine_share", "min_reply_rate"),
    *("min_followers", "max_followers", "exclude", "unknown_audience"),
)


def show_rules(
    console: Console, result: Result, currency: str, budget: str, goal: float | None, most_rows: int
) -> None:
    """Print the budget, the goal and up to so many rules, those that bind first.

    budget: its amount as decimal text. goal: the engaged people asked for when the objective is cost.
    """
    rows = sorted(result.rules, key=lambda row: not row.binding)[:most_rows]
    cells = [
        _budget(result, currency, budget),
        *_goal(result, currency, goal),
        *(_cells(row, currency) for row in rows),
    ]
    columns = [
        Column("rule", [row[0] for row in cells], figures=False, wraps=True),
        Column("plan", [row[1] for row in cells]),
        Column("limit", [row[2] for row in cells], rank=1),
        Column("slack", [row[3] for row in cells], rank=2),
        Column("binds", [row[4] for row in cells]),
        Column("next unit", [row[5] for row in cells], rank=3),
    ]
    print_sheet(console, "Budget and rules", columns)
    if len(result.rules) > most_rows:
        console.print(f"... and {counted(len(result.rules) - most_rows, 'more rule')}; --json lists all.\n")


def _budget(result: Result, currency: str, budget: str) -> tuple[str, ...]:
    spend, unspent = (None, None) if result.totals is None else (result.totals.spend, result.totals.unspent)
    brings = f"{result.next_1000 / 1000:+,.2f} / {currency}" if result.next_1000 else NONE
    return "budget", money(spend), f"<= {money(budget)}", money(unspent), "yes" if result.next_1000 else "", brings


def _goal(result: Result, currency: str, goal: float | None) -> list[tuple[str, ...]]:
    """The row of the engaged people that are asked for; what one more of them costs is a loss."""
    if goal is None:
        return []
    engaged = None if result.totals is None else result.totals.engaged_reach
    slack = None if engaged is None else max(engaged - goal, 0.0)
    price = None if result.next_1000_people is None else float(result.next_1000_people) / 1000
    costs = f"{-price:+,.2f} {currency}" if price else NONE
    return [("goal", people(engaged), f">= {people(goal)}", people(slack), "yes" if price else "", costs)]


def _cells(row: RuleRow, currency: str) -> tuple[str, ...]:
    binds = "yes" if row.binding else ""
    if row.kind in FILTER_KINDS:
        return plain(row.name), NONE, "filter", NONE, binds, NONE
    return (
        plain(row.name),
        _measured(row, row.activity),
        _limits(row),
        _measured(row, row.slack),
        binds,
        _brings(row, currency),
    )


def _measured(row: RuleRow, value: int | float | str | None) -> str:
    if value is None:
        return NONE
    if isinstance(value, str):
        return money(value)
    return percent(value) if row.kind in SHARE_KINDS else f"{value:,g}"


def _limits(row: RuleRow) -> str:
    sides = [f">= {_measured(row, row.min)}"] if row.min is not None else []
    sides += [f"<= {_measured(row, row.max)}"] if row.max is not None else []
    return ", ".join(sides)


def _brings(row: RuleRow, currency: str) -> str:
    if not row.next_unit or not float(row.next_unit):
        return NONE
    unit = " / point" if row.kind in SHARE_KINDS else f" / {currency}" if row.kind == "spend" else ""
    saved = f" {currency}" if isinstance(row.next_unit, str) else ""
    return f"{float(row.next_unit):+,.2f}{saved}{unit}"

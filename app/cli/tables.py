"""A finished optimization for people: what is chosen, the proof, and what stands behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from app.cli.clash import show_clash
from app.cli.ranges import show_ranges
from app.cli.rules_table import show_rules
from app.cli.sheet import Column, print_sheet
from app.cli.words import NONE, counted, figure, money, people, percent, plain
from app.services.translate import Campaign
from app.wire.optimization import (
    AssumptionRow,
    CostValue,
    MixRow,
    NetValue,
    Optimization,
    Result,
    SegmentRow,
    Totals,
)

MOST_ROWS = 100
MOST_NOTES = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, as far as an answer does not repeat it. handles: by creator id."""

    currency: str
    budget: str
    creators: int
    offers: int
    waste_aversion: float
    goal: float | None
    time_limit_s: float
    handles: dict[str, str]

    @classmethod
    def of(cls, campaign: Campaign, result: Result | None) -> "Asked":
        """What the campaign's brief asks; handles of the creators that the result has chosen."""
        chosen = [] if result is None else [row.creator_id for row in result.selection]
        return cls(
            currency=campaign.currency.code,
            budget=campaign.currency.format(campaign.problem.budget),
            creators=len(campaign.candidates.creator_id),
            offers=campaign.problem.offers,
            waste_aversion=campaign.problem.waste_aversion,
            goal=campaign.problem.goal,
            time_limit_s=campaign.brief.solver.limits().time_limit_s,
            handles=campaign.handles(chosen),
        )


def show(console: Console, optimization: Optimization, asked: Asked) -> None:
    """Print the plan with its proof, or why there is none. Raises ValueError for an unfinished optimization."""
    result = optimization.result
    if result is None:
        raise ValueError("only finished optimizations can be shown")
    if optimization.label:
        console.print(Text(plain(optimization.label), style="bold"))
    console.print(
        f"{counted(asked.creators, 'creator')} with {counted(asked.offers, 'offer')}, "
        f"budget {money(asked.budget)} {asked.currency}\n"
    )
    if result.totals is None or result.value is None:
        _no_plan(console, optimization, result, asked)
    else:
        _facts(console, result.totals, result.value, asked)
        _proof(console, optimization, result, result.value, asked)
        if result.ranges is not None and result.selection:
            show_ranges(console, result.ranges, result.totals, asked.currency)
        _selection(console, result, asked)
        show_mix(console, result.mix)
        if result.selection:
            show_segments(console, result.segments)
        show_rules(console, result, asked.currency, asked.budget, asked.goal, MOST_ROWS)
    _assumptions(console, result)
    _warnings(console, optimization)


def show_next_steps(console: Console, steps: Sequence[tuple[str, str]]) -> None:
    """Print commands and what each is for."""
    grid = Table.grid(padding=(0, 3, 0, 2))
    grid.add_column(no_wrap=console.width >= 80)
    grid.add_column(overflow="fold")
    for command, purpose in steps:
        grid.add_row(command, purpose)
    console.print("Next:")
    console.print(grid)


def _no_plan(console: Console, optimization: Optimization, result: Result, asked: Asked) -> None:
    if optimization.solution_status == "infeasible":
        goal = f"{people(asked.goal)} engaged people"
        show_clash(console, result, asked.currency, {"budget": f"{money(asked.budget)} {asked.currency}", "goal": goal})
        return
    why = "it was stopped" if optimization.stop_reason == "stopped" else f"{asked.time_limit_s:g} s were over"
    console.print(Text("No plan was found", style="bold yellow") + Text(f" before {why}; there may be one."))
    console.print("Give it more time (solver.time_limit) or fewer rules.\n")


def _facts(console: Console, totals: Totals, value: NetValue | CostValue, asked: Asked) -> None:
    currency, grid = asked.currency, _grid()
    grid.add_row("chosen", counted(totals.creators, "creator"))
    grid.add_row("spend", f"{money(totals.spend)} {currency}, {money(totals.unspent)} left")
    goal = "" if asked.goal is None else f"; the goal is {people(asked.goal)}"
    reached = f"{people(totals.engaged_reach)} people of the target group, each counted once"
    grid.add_row("engaged reach", reached + goal)
    grid.add_row(
        "waste", f"{people(totals.waste)} of {people(totals.contacts)} contacts ({percent(totals.waste_share)})"
    )
    if totals.cost_per_engaged_person is not None:
        grid.add_row("per engaged person", f"{money(totals.cost_per_engaged_person)} {currency}")
    if isinstance(value, NetValue):
        grid.add_row("net value", f"{figure(value.net)} = engaged reach - {asked.waste_aversion:g} x waste")
    console.print(grid)


def _proof(
    console: Console, optimization: Optimization, result: Result, value: NetValue | CostValue, asked: Asked
) -> None:
    grid = _grid()
    if value.best_bound is None:
        limit = "nothing was proven"
    elif isinstance(value, NetValue):
        limit = f"no plan within the rules is worth more than {figure(value.best_bound)}"
    else:
        limit = f"no plan that reaches the goal costs less than {money(value.best_bound)} {asked.currency}"
    gap = "" if value.relative_gap is None else f" (gap {value.relative_gap:.1g})"
    if optimization.solution_status == "optimal":
        word, why = Text("optimal", style="bold green"), ""
    else:
        word = Text("not closed", style="bold yellow")
        why = " (stopped)" if optimization.stop_reason == "stopped" else f" (time limit of {asked.time_limit_s:g} s)"
    grid.add_row("proof", word + Text(f"{why}: {limit}{gap}"))
    if result.next_1000 is not None:
        brings = (
            f"about {figure(result.next_1000)} more net value" if result.next_1000 else "nothing: money is not short"
        )
        grid.add_row(f"next 1,000 {asked.currency}", f"would bring {brings}")
    if result.next_1000_people is not None:
        cost = f"about {money(result.next_1000_people)} {asked.currency} more"
        grid.add_row("1,000 more people", f"would cost {cost}")
    console.print(grid)
    console.print()


def _grid() -> Table:
    """Label and text, side by side."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True, width=18)
    grid.add_column(overflow="fold")
    return grid


def _selection(console: Console, result: Result, asked: Asked) -> None:
    if not result.selection:
        console.print("Nothing is chosen: no offer is worth its cost and waste.\n")
        return
    ranked = sorted(result.selection, key=lambda row: -row.contribution)
    rows = ranked[:MOST_ROWS]
    handles = [plain(asked.handles.get(row.creator_id, NONE)) for row in rows]
    columns = [
        Column("creator", [plain(row.creator_id) for row in rows], figures=False, wraps=True),
        Column("handle", handles, rank=6, figures=False),
        Column("offer", [plain(row.offer_id) for row in rows], rank=1, figures=False, wraps=True),
        Column("tier", [plain(row.tier) for row in rows], rank=3, figures=False),
        Column("cost", [money(row.landed_cost) for row in rows]),
        Column("alone", [people(row.engaged_reach_alone) for row in rows], rank=5),
        Column("adds", [figure(row.contribution) for row in rows]),
        Column("on target", [percent(row.on_target_share) for row in rows], rank=4),
        Column("drops out", [money(row.drop_out_price) for row in rows], rank=2),
    ]
    if set(handles) == {NONE}:
        del columns[1]
    print_sheet(console, "Selection, largest contribution first", columns)
    if len(ranked) > MOST_ROWS:
        console.print(f"... and {counted(len(ranked) - MOST_ROWS, 'more creator')}; --json lists all.\n")
    words = (
        "cost: with surcharges. alone: engaged people if nobody else were booked. adds: net value lost without the "
        "creator. drops out: estimate of the price, before surcharges, above which the creator leaves the plan."
    )
    console.print(Text(words, style="dim"))
    console.print()


def show_mix(console: Console, rows: Sequence[MixRow]) -> None:
    """Print a plan by tier."""
    if not rows:
        return
    columns = [
        Column("tier", [plain(row.tier) for row in rows], figures=False, wraps=True),
        Column("creators", [f"{row.creators:,}" for row in rows]),
        Column("spend", [money(row.spend) for row in rows]),
        Column("share", [percent(row.spend_share) for row in rows], rank=1),
        Column("engaged without the others", [people(row.engaged_reach) for row in rows], rank=3),
        Column("waste", [people(row.waste) for row in rows], rank=2),
    ]
    print_sheet(console, "Mix by tier", columns)


def show_segments(console: Console, rows: Sequence[SegmentRow]) -> None:
    """Print a plan by segment of the target group."""
    columns = [
        Column("segment", [plain(row.name) for row in rows], figures=False, wraps=True),
        Column("size", [people(row.size) for row in rows], rank=2),
        Column("engaged", [people(row.engaged_reach) for row in rows]),
        Column("covered", [percent(row.covered_share) for row in rows], rank=1),
        Column("plain sum claims", [people(row.additive_would_claim) for row in rows], rank=3),
    ]
    print_sheet(console, "Target group", columns)


def _assumptions(console: Console, result: Result) -> None:
    """One row per kind of default and platform, since a brief of many formats and tiers leans on dozens."""
    if not result.assumptions:
        return
    groups: dict[str, list[tuple[str, AssumptionRow]]] = {}
    for row in result.assumptions:
        group, slash, item = row.name.partition("/")
        groups.setdefault(group if slash else row.name, []).append((item, row))
    values = [", ".join(f"{item} {row.value:,.4g}".strip() for item, row in rows) for rows in groups.values()]
    columns = [
        Column("default", [plain(group) for group in groups], figures=False, wraps=True),
        Column("values", [plain(text) for text in values], figures=False, wraps=True),
    ]
    print_sheet(console, "Defaults used where the brief does not say (with sources in --json)", columns)


def _warnings(console: Console, optimization: Optimization) -> None:
    if not optimization.warnings:
        return
    console.print(Text("Warnings", style="bold yellow"))
    for warning in optimization.warnings[:MOST_NOTES]:
        at = f"{plain(warning.pointer)}: " if warning.pointer else ""
        console.print(Padding(Text(f"{at}{plain(warning.detail)}"), (0, 0, 0, 2)))
    if len(optimization.warnings) > MOST_NOTES:
        more = counted(len(optimization.warnings) - MOST_NOTES, "more warning")
        console.print(f"  ... and {more}; --json lists all.")
    console.print()

"""``creatormix evaluate``: a plan of one's own against the best one."""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.cli.asking import BriefArgument, CandidatesOption, JsonOption, received
from app.cli.edge import STDIN, CannotGoOnError, OutputConsole, read_bytes, reported, write
from app.cli.rules_table import SHARE_KINDS
from app.cli.sheet import Column, print_sheet
from app.cli.solving import watch
from app.cli.tables import show_mix, show_segments
from app.cli.words import NONE, counted, exact_percent, figure, money, people, percent, plain
from app.services.questions.evaluation import Evaluated, evaluate, of_table
from app.services.translate import Campaign
from app.settings import load_settings
from app.wire.difference import DifferenceRow
from app.wire.evaluation import Evaluation, Optimum, RuleCheckRow
from app.wire.result import CostValue, NetValue

MOST_DIFFERENCES = 10
_PlanArgument = Annotated[
    str, typer.Argument(metavar="PLAN.csv", help="The plan: columns creator_id and offer_id, or - for standard input.")
]


def evaluate_plan(
    brief: BriefArgument, plan: _PlanArgument, as_json: JsonOption = False, candidates: CandidatesOption = None
) -> None:
    """Evaluate a plan of your own: what it brings, what it breaks, and what is possible.

    PLAN.csv may be the table of chosen creators that the service exports. offer_id may be left out where a creator
    has one offer. A plan that breaks rules is evaluated all the same. Exit codes: 0 evaluated, 2 invalid.
    """
    with reported("stdin" if brief == STDIN else brief):
        if brief == plan == STDIN:
            raise CannotGoOnError("only one of brief and plan can come from standard input")
        settings = load_settings()
        asked = received(read_bytes(brief, settings.max_body_bytes), settings, candidates)
        source = "stdin" if plan == STDIN else Path(plan).name
        start = perf_counter()
        table = read_bytes(plan, settings.max_body_bytes)
        own = of_table(asked.campaign, table, source, asked.read_s + perf_counter() - start)
        answer = watch(
            lambda on_progress, should_stop: evaluate(own, on_progress, should_stop),
            Console(stderr=True, highlight=False),
        )
        if as_json:
            write(f"{answer.model_dump_json()}\n")
        else:
            _show(OutputConsole(), answer, own)


def _show(console: Console, answer: Evaluation, own: Evaluated) -> None:
    campaign = own.campaign
    if campaign.brief.label:
        console.print(Text(plain(campaign.brief.label), style="bold"))
    budget = f"{money(campaign.currency.format(campaign.problem.budget))} {campaign.currency.code}"
    chosen = counted(answer.totals.creators, "creator")
    console.print(f"A plan of {chosen} out of {len(campaign.candidates.creator_id):,}, budget {budget}\n")
    _facts(console, answer, campaign)
    _compared(console, answer, campaign)
    _broken(console, answer)
    show_mix(console, answer.mix)
    if answer.selection:
        show_segments(console, answer.segments)
    _differences(console, answer, campaign)


def _facts(console: Console, answer: Evaluation, campaign: Campaign) -> None:
    totals, currency = answer.totals, campaign.currency.code
    over = totals.unspent.startswith("-")
    rest = f"{money(totals.unspent.lstrip('-'))} {'over the budget' if over else 'left'}"
    claimed = answer.additive_would_claim
    overlap = claimed - totals.engaged_reach
    share = f", {percent(overlap / claimed)} of it overlap" if claimed > 0 else ""
    grid = _grid()
    grid.add_row("spend", f"{money(totals.spend)} {currency}, {rest}")
    grid.add_row("engaged reach", f"{people(totals.engaged_reach)} people of the target group, each counted once")
    grid.add_row("a plain sum says", f"{people(claimed)}{share}")
    grid.add_row(
        "waste", f"{people(totals.waste)} of {people(totals.contacts)} contacts ({percent(totals.waste_share)})"
    )
    if totals.cost_per_engaged_person is not None:
        grid.add_row("per engaged person", f"{money(totals.cost_per_engaged_person)} {currency}")
    aversion = campaign.problem.waste_aversion
    if campaign.problem.goal is None:
        grid.add_row("net value", f"{figure(answer.net_value)} = engaged reach - {aversion:g} x waste")
    console.print(grid)


def _compared(console: Console, answer: Evaluation, campaign: Campaign) -> None:
    grid = _grid()
    grid.add_row("compared", _sentence(answer))
    if answer.optimum.value is not None and answer.optimum.totals is not None:
        grid.add_row("the best plan", _best(answer.optimum, campaign))
    console.print(grid)
    console.print()


def _sentence(answer: Evaluation) -> Text:
    best, share = answer.optimum, answer.share_of_optimum
    if best.value is None:
        if best.solution_status == "infeasible":
            names = ", ".join(plain(conflict.name) for conflict in best.conflicts)
            return Text(f"no plan can keep all rules; these clash: {names}", style="bold red")
        return Text("no plan that keeps all rules was found in time", style="bold yellow")
    if share is None:
        return Text("the best plan brings nothing to compare with")
    whose = "" if answer.feasible else " (but it breaks rules)"
    if isinstance(best.value, CostValue):
        return Text(f"the cheapest plan that reaches the goal costs {percent(share)} of this one{whose}", style="bold")
    return Text(f"brings {percent(share)} of what is possible under the same budget and rules{whose}", style="bold")


def _best(best: Optimum, campaign: Campaign) -> str:
    value, totals, currency = best.value, best.totals, campaign.currency.code
    if value is None or totals is None:
        return NONE
    gap = "" if value.relative_gap is None else f", gap {value.relative_gap:.1g}"
    proof = f"{'proven' if best.solution_status == 'optimal' else 'not proven'}{gap}"
    brings = f"net value {figure(value.net)}" if isinstance(value, NetValue) else f"cost {money(value.cost)} {currency}"
    return (
        f"{brings} ({proof}): {people(totals.engaged_reach)} engaged people with {counted(totals.creators, 'creator')} "
        f"for {money(totals.spend)} {currency}"
    )


def _broken(console: Console, answer: Evaluation) -> None:
    rows = [row for row in answer.rules if not row.holds]
    if not rows:
        console.print(Text("It keeps the budget and every rule.\n", style="green"))
        return
    columns = [
        Column("rule", [plain(row.name) for row in rows], figures=False, wraps=True),
        Column("kind", [row.kind for row in rows], rank=2, figures=False),
        Column("plan", [_activity(row) for row in rows]),
        Column("limit", [_limits(row) for row in rows]),
        Column("who", [plain(", ".join(row.creator_ids)) for row in rows], rank=1, figures=False, wraps=True),
    ]
    if not any(row.creator_ids for row in rows):
        columns.pop()
    print_sheet(console, f"It breaks {counted(len(rows), 'rule')}", columns)


def _activity(row: RuleCheckRow) -> str:
    """What the rule measures, with all its digits where fewer would look like the limit."""
    said, value = _measured(row, row.activity), row.activity
    if not isinstance(value, float) or said not in (_measured(row, row.min), _measured(row, row.max)):
        return said
    return exact_percent(value) if row.kind in SHARE_KINDS else f"{value:,.10g}"


def _measured(row: RuleCheckRow, value: int | float | str | None) -> str:
    if value is None:
        return NONE
    if isinstance(value, str):
        return money(value)
    if row.kind == "goal":
        return people(value)
    return percent(value) if row.kind in SHARE_KINDS else f"{value:,.10g}"


def _limits(row: RuleCheckRow) -> str:
    sides = [f">= {_measured(row, row.min)}"] if row.min is not None else []
    return ", ".join([*sides, *([f"<= {_measured(row, row.max)}"] if row.max is not None else [])])


def _differences(console: Console, answer: Evaluation, campaign: Campaign) -> None:
    """The largest differences to the best plan."""
    found = answer.difference
    if found is None:
        return
    if not found.dropped and not found.added:
        console.print("The best plan does nothing differently.\n")
        return
    console.print(
        f"The best plan keeps {counted(len(found.kept), 'offer')}, drops {len(found.dropped):,} and "
        f"adds {len(found.added):,}.\n"
    )
    _offers(
        console, campaign, "Drops, what brings least first", sorted(found.dropped, key=lambda row: row.contribution)
    )
    _offers(console, campaign, "Adds, what brings most first", sorted(found.added, key=lambda row: -row.contribution))


def _offers(console: Console, campaign: Campaign, title: str, ranked: Sequence[DifferenceRow]) -> None:
    if not ranked:
        return
    rows = ranked[:MOST_DIFFERENCES]
    handles = campaign.handles([row.creator_id for row in rows])
    columns = [
        Column("creator", [plain(row.creator_id) for row in rows], figures=False, wraps=True),
        Column("handle", [plain(handles.get(row.creator_id, NONE)) for row in rows], rank=3, figures=False),
        Column("offer", [plain(row.offer_id) for row in rows], rank=1, figures=False, wraps=True),
        Column("cost", [money(row.landed_cost) for row in rows]),
        Column("brings", [figure(row.contribution) for row in rows]),
        Column("why", [", ".join(map(_words, row.reasons)) for row in rows], rank=2, figures=False, wraps=True),
    ]
    if not handles:
        del columns[1]
    print_sheet(console, title, columns)
    if len(ranked) > MOST_DIFFERENCES:
        console.print(f"... and {len(ranked) - MOST_DIFFERENCES:,} more; --json lists all.\n")


def _words(code: str) -> str:
    """A reason's code for people: ``money_freed`` is ``money freed``; the name of a rule stays as it is."""
    kind, colon, name = code.partition(":")
    return kind.replace("_", " ") + (f": {plain(name)}" if colon else "")


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True, width=18)
    grid.add_column(overflow="fold")
    return grid

"""A plan explained on a terminal: why these, what holds it back, why not the others."""

from collections.abc import Mapping
from decimal import Decimal

from rich.console import Console
from rich.text import Text

from app.cli.reason_words import in_short
from app.cli.rules_table import show_rules
from app.cli.sheet import Column, fitting, print_sheet
from app.cli.words import NONE, counted, figure, money, people, percent, plain
from app.services.translate import Campaign
from app.wire.explanation import Explanation
from app.wire.optimization import CreatorRow, Result, SelectionRow

_MOST_ROWS = 100
_MOST_REASONS = 30
_ABOUT = Decimal("0.0005")


def show_plan(console: Console, about: Explanation, result: Result, campaign: Campaign) -> None:
    """Print the chosen with what each is worth, the rules, and the others in short."""
    currency = campaign.currency.code
    if campaign.brief.label:
        console.print(Text(plain(campaign.brief.label), style="bold"))
    console.print(
        f"{counted(len(campaign.candidates.creator_id), 'creator')} with {counted(campaign.problem.offers, 'offer')}, "
        f"{len(about.selection):,} chosen\n"
    )
    handles = campaign.handles([row.creator_id for row in about.selection] + [row.creator_id for row in about.nearest])
    _chosen(console, about.selection, currency, handles)
    problem = campaign.problem
    show_rules(console, result, currency, campaign.currency.format(problem.budget), problem.goal, _MOST_ROWS)
    _why_not(console, about, problem.offers - len(about.selection))
    _nearest(console, about.nearest, campaign, handles)


def _chosen(console: Console, selection: list[SelectionRow], currency: str, handles: Mapping[str, str]) -> None:
    if not selection:
        console.print("Nothing is chosen: no plan within the budget and the rules is worth more than nothing.\n")
        return
    ranked = sorted(selection, key=lambda row: -row.contribution)
    rows = ranked[:_MOST_ROWS]
    columns = [
        *_who([(row.creator_id, row.offer_id) for row in rows], handles),
        Column("tier", [plain(row.tier) for row in rows], rank=7, figures=False),
        Column("price", [money(row.price) for row in rows]),
        Column("adds", [figure(row.contribution) for row in rows]),
        Column("alone", [people(row.engaged_reach_alone) for row in rows], rank=6),
        Column("each", [money(row.cost_per_engaged_person) for row in rows], rank=3),
        Column("CPM", [money(row.cpm) for row in rows], rank=4),
        Column("target", [percent(row.on_target_share) for row in rows], rank=2),
        Column("waste", [people(row.waste) for row in rows], rank=5),
        Column("drops out", [money(row.drop_out_price) for row in rows], rank=1),
    ]
    print_sheet(console, "Why these, largest contribution first", columns)
    if len(ranked) > _MOST_ROWS:
        console.print(f"... and {counted(len(ranked) - _MOST_ROWS, 'more creator')}; --json lists all.\n")
    console.print(Text(_legend(columns, fitting(columns, console.width), currency), style="dim"))
    console.print()


def _legend(columns: list[Column], shown: list[Column], currency: str) -> str:
    """What the shown columns mean, and which ones the terminal was too narrow for."""
    meanings = {
        "adds": "net value lost without the creator",
        "alone": "engaged people if nobody else were booked",
        "each": f"{currency} per engaged person, alone",
        "CPM": f"{currency} per 1,000 contacts",
        "target": "share of the audience in the target group",
        "waste": "contacts outside the target group",
        "drops out": "estimate of the price above which the creator leaves the plan",
    }
    named = [f"{column.header}: {meanings[column.header]}." for column in shown if column.header in meanings]
    hidden = [column.header for column in columns if column not in shown]
    if hidden:
        named.append(f"A wider terminal also shows {', '.join(hidden)}.")
    return " ".join(named)


def _why_not(console: Console, about: Explanation, others: int) -> None:
    if not about.reasons:
        return
    rows = about.reasons[:_MOST_REASONS]
    columns = [
        Column("reason", [in_short(row.reason) for row in rows], figures=False, wraps=True),
        Column("offers", [f"{row.offers:,}" for row in rows]),
        Column("only this", [f"{row.only:,}" for row in rows], rank=1),
    ]
    print_sheet(console, f"Why not the other {counted(others, 'offer')} (an offer may have several reasons)", columns)
    if len(about.reasons) > _MOST_REASONS:
        console.print(f"... and {counted(len(about.reasons) - _MOST_REASONS, 'more reason')}; --json lists all.\n")


def _nearest(console: Console, rows: list[CreatorRow], campaign: Campaign, handles: Mapping[str, str]) -> None:
    if not rows:
        return
    prices = _prices(campaign)
    asked = [prices[row.creator_id, row.offer_id] for row in rows]
    columns = [
        *_who([(row.creator_id, row.offer_id) for row in rows], handles),
        Column("price", [money(price) for price in asked]),
        Column("comes in at", [money(row.entry_price) for row in rows]),
        Column("that is", [_below(price, row.entry_price) for price, row in zip(asked, rows, strict=True)], rank=1),
        Column("forced in loses", [_loss(row.loss_if_forced) for row in rows], rank=2),
        Column("why not", [in_short(row.reasons[0]) if row.reasons else NONE for row in rows], 3, figures=False),
    ]
    print_sheet(console, "Nearest misses", columns)
    goal = campaign.problem.goal is not None
    words = (
        "comes in at: estimate of the highest price at which the offer would be chosen. forced in loses: estimate of "
        f"{'the money' if goal else 'the net value'} that is lost if a rule required it. Both take offers as "
        "divisible: rough where creators are few or rules tight. Exactly, for one creator: creatormix explain "
        "BRIEF.json --creator ID."
    )
    console.print(Text(words, style="dim"))
    console.print()


def _who(rows: list[tuple[str, str]], handles: Mapping[str, str]) -> list[Column]:
    names = [plain(handles.get(creator_id, NONE)) for creator_id, _ in rows]
    columns = [
        Column("creator", [plain(creator_id) for creator_id, _ in rows], figures=False, wraps=True),
        Column("handle", names, rank=8, figures=False),
        Column("offer", [plain(offer_id) for _, offer_id in rows], rank=1, figures=False, wraps=True),
    ]
    return columns if set(names) != {NONE} else [columns[0], columns[2]]


def _prices(campaign: Campaign) -> dict[tuple[str, str], str]:
    candidates = campaign.candidates
    ids = zip(candidates.creator_id[candidates.offer_creator].tolist(), candidates.offer_id.tolist(), strict=True)
    return dict(zip(ids, map(campaign.currency.format, candidates.price_minor.tolist()), strict=True))


def _below(price: str, entry: str | None) -> str:
    if entry is None:
        return NONE
    change = Decimal(entry) / Decimal(price) - 1
    return f"{change:+.1%}" if change < -_ABOUT else "about its price"


def _loss(loss: float | str | None) -> str:
    return money(loss) if isinstance(loss, str) else figure(loss)

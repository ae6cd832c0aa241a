"""A brief without a plan for people: which rules clash, and what would have to change."""

from collections.abc import Mapping

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from app.cli.words import exact_percent, money, plain
from app.wire.relaxation import Relaxation
from app.wire.result import Result

_SHARES = ("spend_share", "waste_share", "min_on_target_share", "min_genuine_share", "min_reply_rate")
_MOST_OTHERS = 20


def show_clash(console: Console, result: Result, currency: str, figures: Mapping[str, str]) -> None:
    """Print the rules that clash and the changes that are enough. figures: of kinds of their own (budget, goal)."""
    alone = len(result.conflicts) == 1
    what = "No plan can keep this, even alone:" if alone else "No plan can keep these rules together:"
    console.print(Text(what, style="bold red"))
    for conflict in result.conflicts:
        _indented(console, f"{plain(conflict.name)} ({figures.get(conflict.kind, conflict.kind)})")
    console.print("" if alone else "Without any one of them the others can be kept.\n")
    _changes(console, result.relaxations, currency)


def _changes(console: Console, changes: list[Relaxation], currency: str) -> None:
    """The recommended change and the others; each alone is enough."""
    if not changes:
        console.print(
            "No change of a single limit is known to be enough: other rules may clash too. Mend this and solve again.\n"
        )
        return
    console.print(Text("smallest change: ", style="bold green") + Text(_change(changes[0], currency)))
    if len(changes) > 1:
        console.print("or, instead:")
    for change in changes[1 : _MOST_OTHERS + 1]:
        _indented(console, _change(change, currency))
    if len(changes) > _MOST_OTHERS + 1:
        console.print(f"  ... and {len(changes) - _MOST_OTHERS - 1} more; --json lists all.")
    console.print("Any one of these is enough.\n" if len(changes) > 1 else "")


def _change(change: Relaxation, currency: str) -> str:
    name = plain(change.name)
    if change.to is None:
        return f"leave out {name} ({change.kind})"
    side = "" if change.side is None or change.kind in ("budget", "goal") else f"{change.side} "
    unproven = "" if change.exact else " (less may do: time ran out)"
    limits = (_limit(change.kind, limit, currency) for limit in (change.from_, change.to))
    return f"{name}: {side}from {' to '.join(limits)}{unproven}"


def _limit(kind: str, limit: int | float | str | None, currency: str) -> str:
    if isinstance(limit, str):
        return f"{money(limit)} {currency}"
    if limit is None:
        return "-"
    return exact_percent(limit) if kind in _SHARES else f"{limit:,}"


def _indented(console: Console, text: str) -> None:
    console.print(Padding(Text(text), (0, 0, 0, 2)))

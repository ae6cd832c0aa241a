"""One creator explained on a terminal: forecast, decision, reasons, and the exact prices that would change it."""

from decimal import Decimal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.cli.reason_words import at_length
from app.cli.words import NONE, figure, money, people, percent, plain
from app.wire.break_even import BreakEvenRow
from app.wire.explanation import CreatorExplanation, OfferExplanation

_WITHIN_GAP = "the plan is only as near to the best as solver.relative_gap asks"


def show_creator(console: Console, about: CreatorExplanation, currency: str, handle: str | None) -> None:
    """Print everything about the creator, offer by offer."""
    named = "" if handle is None else f" ({plain(handle)})"
    facts = [plain(about.tier), plain(about.platform), f"{people(about.followers)} followers"]
    facts += [] if about.country is None else [plain(about.country)]
    console.print(Text(f"{plain(about.creator_id)}{named}", style="bold"))
    console.print(Text(", ".join(facts)))
    console.print()
    for offer in about.offers:
        _offer(console, offer, currency)


def _offer(console: Console, about: OfferExplanation, currency: str) -> None:
    row, exact = about.row, about.break_even
    decision = Text("chosen", style="bold green") if row.decision == "chosen" else Text("not chosen", style="bold red")
    console.print(Text(f"{plain(row.offer_id)}: ", style="bold") + decision)
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True, width=16)
    grid.add_column(overflow="fold")
    landed = "" if row.landed_cost == exact.price else f"; {money(row.landed_cost)} with surcharges"
    grid.add_row("price", f"{money(exact.price)} {currency}{landed}")
    _forecast(grid, about)
    if about.chosen is not None:
        grid.add_row("brings", f"{figure(about.chosen.contribution)} more net value than the plan without the creator")
        grid.add_row("per person", _money(about.chosen.cost_per_engaged_person, currency, "an engaged person, alone"))
        grid.add_row("CPM", _money(about.chosen.cpm, currency, "1,000 contacts"))
        grid.add_row("drops out", _drops_out(exact, currency))
    else:
        for place, reason in enumerate(row.reasons):
            grid.add_row("" if place else "why not", at_length(reason))
        grid.add_row("forced in", _forced(exact, currency))
        grid.add_row("comes in", _comes_in(exact, currency))
    console.print(grid)
    console.print()


def _forecast(grid: Table, about: OfferExplanation) -> None:
    row, forecast = about.row, about.row.forecast
    grid.add_row("reaches", f"{people(forecast.reach)} people with {people(forecast.contacts)} contacts")
    engaged = ", ".join(f"{people(count)} {plain(name)}" for name, count in forecast.engaged_by_segment.items())
    grid.add_row("engages", f"{people(forecast.engaged)} people, of them {engaged}")
    share = forecast.waste / forecast.contacts if forecast.contacts else None
    grid.add_row("wastes", f"{people(forecast.waste)} contacts ({percent(share)}) outside the target group")
    grid.add_row("on target", f"{percent(forecast.on_target_share)} of the audience")
    grid.add_row("figures from", f"reach: {row.sources.reach}; engagement: {row.sources.engagement}")


def _money(amount: str | None, currency: str, per: str) -> str:
    return NONE if amount is None else f"{money(amount)} {currency} for {per}"


def _drops_out(exact: BreakEvenRow, currency: str) -> str:
    if exact.drop_out_price is None:
        return "not found before the time limit"
    if not exact.exact:
        return f"not below {money(exact.drop_out_price)} {currency}; time ran out before the exact price was found"
    said = f"above {money(exact.drop_out_price)} {currency} ({_change(exact.price, exact.drop_out_price)}), exactly"
    return said if Decimal(exact.drop_out_price) >= Decimal(exact.price) else f"{said}; {_WITHIN_GAP}"


def _comes_in(exact: BreakEvenRow, currency: str) -> str:
    if exact.entry_price is None:
        return "at no price" if exact.exact else "no price was found before the time limit"
    change = _change(exact.price, exact.entry_price)
    if not exact.exact:
        return f"at {money(exact.entry_price)} {currency} ({change}); time ran out, a higher price may do too"
    if Decimal(exact.entry_price) > Decimal(exact.price):
        why = f"a rule on what is spent asks for a dearer one, or {_WITHIN_GAP}"
        return f"at {money(exact.entry_price)} {currency} ({change}): {why}"
    return f"at {money(exact.entry_price)} {currency} or less ({change}), exactly"


def _forced(exact: BreakEvenRow, currency: str) -> str:
    loss = exact.loss_if_forced
    if loss is None:
        return (
            "no plan within the budget and the rules has it" if exact.loss_exact else "not known before the time limit"
        )
    worth = f"costs {money(loss)} {currency} more" if isinstance(loss, str) else f"has {figure(loss)} less net value"
    return f"the best plan with it {worth}{'' if exact.loss_exact else ' at most; time ran out'}"


def _change(price: str, other: str) -> str:
    """How far another price is from the offer's own."""
    if not Decimal(price):
        return "it is free now"
    return f"{Decimal(other) / Decimal(price) - 1:+.1%}"

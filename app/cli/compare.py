"""``creatormix compare``: is less more?"""

from collections import Counter

from rich.console import Console
from rich.text import Text

from app.cli.asking import BriefArgument, CandidatesOption, JsonOption, ask
from app.cli.edge import STDIN, OutputConsole, reported, write
from app.cli.sheet import Column, print_sheet
from app.cli.words import NONE, counted, figure, money, people, percent, plain
from app.services.answers.less_is_more import Verdict, books_somebody, less_is_more
from app.services.questions.strategies import strategies
from app.settings import load_settings
from app.wire.optimization import CostValue, NetValue
from app.wire.strategies import Strategies, StrategyRow

_WORDS = {
    "optimum": "best plan",
    "nano_and_micro_only": "nano and micro only",
    "mid_only": "mid only",
    "macro_and_mega_only": "macro and mega only",
    "single_largest_creator": "single largest name",
    "highest_engagement_rate_first": "highest engagement first",
    "cheapest_reach_first": "cheapest reach first",
    "naive_additive": "planned without overlap",
}
_VERDICTS: dict[Verdict, str] = {
    "alike": "It makes no difference here",
    "less": "Yes, here",
    "more": "No, not here",
    "mix": "Neither is enough here, the best plan mixes sizes",
}


def compare(brief: BriefArgument, candidates: CandidatesOption = None, as_json: JsonOption = False) -> None:
    """Is less more? Solve a brief and print what other ways to plan bring, all under its budget and rules."""
    with reported("stdin" if brief == STDIN else brief):
        asked = ask(brief, candidates, load_settings())
        found = strategies(asked)
        if as_json:
            write(f"{found.model_dump_json()}\n")
        else:
            show(OutputConsole(), found, asked.campaign.currency.code)


def show(console: Console, found: Strategies, currency: str) -> None:
    """Print the comparison as a table, what it lacks, and the answer in a few sentences."""
    rows = found.data
    totals = [row.totals for row in rows]
    columns = [
        Column("strategy", [_called(row) for row in rows], figures=False),
        Column("creators", [NONE if made is None else f"{made.creators:,}" for made in totals], rank=2),
        Column(f"spend {currency}", [NONE if made is None else money(made.spend) for made in totals], rank=4),
        Column("engaged", [NONE if made is None else people(made.engaged_reach) for made in totals]),
        Column("waste", [NONE if made is None else percent(made.waste_share) for made in totals], rank=1),
        Column(
            "per engaged",
            [NONE if made is None else money(made.cost_per_engaged_person) for made in totals],
            rank=3,
        ),
        Column("net value", [_net(row) for row in rows]),
        Column("of best", [percent(row.share_of_optimum) for row in rows]),
    ]
    if not any(isinstance(row.value, NetValue) for row in rows):
        del columns[-2]
    print_sheet(console, "Is less more? All under the same budget and rules", columns)
    lacking = [row for row in rows if row.reason is not None and row.totals != rows[0].totals]
    for row in lacking:
        console.print(Text(f"{_WORDS[row.name]}: {plain(row.reason or '')}", style="dim"))
    if lacking:
        console.print()
    for sentence in answer(found):
        console.print(Text(plain(sentence)))


def answer(found: Strategies) -> list[str]:
    """What the figures say to the question, in whole sentences."""
    rows = {row.name: row for row in found.data}
    best = rows["optimum"]
    if best.totals is None:
        return [f"There is nothing to compare. {best.reason}"]
    if not best.totals.creators:
        return ["There is nothing to compare. The best plan books nobody, none is worth more than nothing."]
    small, big, one = (rows[name] for name in ("nano_and_micro_only", "macro_and_mega_only", "single_largest_creator"))
    sentences = [
        f"Is less more? {_VERDICTS[less_is_more(found)]}: creators with less than 100,000 followers alone "
        f"{_brings(small)}, those with 500,000 or more alone {_brings(big)}, the single largest name {_brings(one)}."
    ]
    tiers = Counter(row.tier for row in best.selection)
    mix = ", ".join(f"{number} {tier}" for tier, number in tiers.most_common())
    sentences.append(f"The best plan has {counted(best.totals.creators, 'creator')}{f': {mix}' if mix else ''}.")
    naive = rows["naive_additive"]
    if naive.promised is not None and naive.totals is not None:
        sentences.append(
            f"Planned without overlap, {people(naive.promised.engaged_reach)} engaged people are promised and "
            f"{people(naive.totals.engaged_reach)} delivered."
        )
    return sentences


def _called(row: StrategyRow) -> str:
    """The strategy in words; of a single creator its tier."""
    tier = f" ({plain(row.selection[0].tier)})" if row.name == "single_largest_creator" and row.selection else ""
    return f"{_WORDS[row.name]}{tier}"


def _brings(row: StrategyRow) -> str:
    if row.totals is None:
        return "have no plan" if row.name != "single_largest_creator" else "has no plan"
    if not books_somebody(row):
        return "book nobody"
    verb = "brings" if row.name == "single_largest_creator" else "bring"
    if isinstance(row.value, CostValue):
        cost = verb.replace("bring", "cost")
        return f"{cost} {NONE if not row.share_of_optimum else f'{1 / row.share_of_optimum:.2f} times the least'}"
    return f"{verb} {percent(row.share_of_optimum)} of what is possible"


def _net(row: StrategyRow) -> str:
    return figure(row.value.net) if isinstance(row.value, NetValue) else NONE

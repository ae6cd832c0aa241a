"""docs/explanation/formulation.md, executed: the product computes every number printed there; no plan is better."""

import ast
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from app.services.run import Outcome, run
from app.services.translate import Campaign, translate
from app.wire.creator_row import CreatorRow
from app.wire.parse import parse_brief
from app.wire.result import NetValue
from optimizer.columns import Positions
from optimizer.forecast.benchmarks import load_benchmarks
from optimizer.judge import judge
from optimizer.solution import Verdict

PAGE = Path(__file__).parents[2] / "docs/explanation/formulation.md"

Table = list[dict[str, str]]


def sections(text: str) -> dict[str, str]:
    """Heading -> the text below it, up to the next heading."""
    parts = re.split(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def table_of(text: str) -> Table:
    """The first Markdown table of a text, a dict per row."""
    found = re.search(r"(?:^\|.*\|\n)+", text, flags=re.MULTILINE)
    assert found
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in found[0].splitlines()]
    return [dict(zip(lines[0], row, strict=True)) for row in lines[2:]]


def number(printed: str) -> float:
    """A printed number; thousands are set apart by spaces."""
    return float(printed.replace(" ", ""))


def rounds_to(figure: float, printed: str) -> bool:
    """Whether the figure, rounded to the printed decimals, is what is printed."""
    decimals = len(printed.partition(".")[2])
    return abs(figure - number(printed)) <= 0.5 * 10.0**-decimals + 1e-9


def parts_of(plan: str) -> list[tuple[str, str]]:
    """``anna 2 posts, emil 1 post`` -> creator and offer ids."""
    return [(creator, offer) for creator, _, offer in (part.partition(" ") for part in plan.split(", "))]


@dataclass(frozen=True, eq=False)
class Worked:
    """The page beside what the product makes of its brief."""

    sections: dict[str, str]
    campaign: Campaign
    outcome: Outcome
    rows: dict[tuple[str, str], CreatorRow]

    def table(self, heading: str) -> Table:
        return table_of(self.sections[heading])

    def row(self, printed: dict[str, str]) -> CreatorRow:
        creator, _, offer = printed["offer"].partition(", ")
        return self.rows[creator, offer]

    def judged(self, offers: list[tuple[str, str]]) -> Verdict:
        return judge(self.campaign.problem, np.array(sorted(self.position(*offer) for offer in offers), np.int64))

    def position(self, creator: str, offer: str) -> int:
        candidates = self.campaign.candidates
        owner = candidates.creator_id[candidates.offer_creator]
        (found,) = np.flatnonzero((owner == creator) & (candidates.offer_id == offer))
        return int(found)

    def alone(self, creator: str, offer: str) -> float:
        return self.judged([(creator, offer)]).net


@pytest.fixture(scope="module")
def worked() -> Worked:
    text = PAGE.read_text(encoding="utf-8")
    (brief,) = re.findall(r"```json\n(.*?)```", text, flags=re.DOTALL)
    campaign = translate(parse_brief(brief.encode()), load_benchmarks())
    outcome = run(campaign, 0.0)
    chunks = itertools.chain(outcome.creator_chunks("chosen"), outcome.creator_chunks("rejected"))
    rows = {(row.creator_id, row.offer_id): row for chunk in chunks for row in chunk}
    return Worked(sections(text), campaign, outcome, rows)


def test_reach_and_contacts(worked: Worked) -> None:
    table = worked.table("Reach and contacts")
    assert len(table) == len(worked.rows) == 12
    for printed in table:
        row = worked.row(printed)
        position = worked.position(row.creator_id, row.offer_id)
        tier = worked.campaign.tier
        assert printed["tier"] == tier.names[tier.codes[worked.campaign.candidates.offer_creator[position]]]
        assert rounds_to(row.forecast.audience_pool, printed["A"])
        assert rounds_to(row.forecast.single_post_reach, printed["R1"])
        assert rounds_to(row.forecast.contacts / row.forecast.single_post_reach, printed["posts"])
        assert rounds_to(row.forecast.reach, printed["reach"])
        assert rounds_to(row.forecast.contacts, printed["contacts"])


def test_engaged_people(worked: Worked) -> None:
    table = worked.table("Engaged people, and where they are")
    assert len(table) == 12
    for printed in table:
        row = worked.row(printed)
        creator = worked.campaign.candidates.offer_creator[worked.position(row.creator_id, row.offer_id)]
        posts = row.forecast.contacts / row.forecast.single_post_reach
        pool = row.forecast.audience_pool
        assert rounds_to(worked.campaign.forecast.rate[creator], printed["rate"])
        assert rounds_to(pool * (1 - (1 - row.forecast.engaged / pool) ** (1 / posts)), printed["E1"])
        assert rounds_to(row.forecast.engaged, printed["engaged"])
        for segment in ("trail runners", "outdoor fans"):
            assert rounds_to(row.forecast.engaged_by_segment[segment], printed[segment])


def test_waste_cost_and_value_alone(worked: Worked) -> None:
    table = worked.table("Waste, cost and the value of each offer alone")
    assert len(table) == 12
    for printed in table:
        row = worked.row(printed)
        assert rounds_to(row.forecast.on_target_share, printed["t"])
        assert rounds_to(row.forecast.waste, printed["waste"])
        assert number(printed["landed cost"]) == float(row.landed_cost)
        assert rounds_to(worked.alone(row.creator_id, row.offer_id), printed["value alone"])


def test_the_plans_compared_and_the_habit(worked: Worked) -> None:
    compared = worked.table("Which plan is best")
    assert len(compared) == 4
    for printed in compared:
        offers = parts_of(printed["plan"])
        verdict = worked.judged(offers)
        micro = sum(
            int(worked.campaign.problem.cost[worked.position(*offer)]) for offer in offers if offer[0] != "emil"
        )
        assert rounds_to(sum(worked.alone(*offer) for offer in offers), printed["sum alone"])
        assert verdict.cost == round(number(printed["landed cost"]) * 100)
        assert rounds_to(micro / verdict.cost, printed["micro share"])
        if printed["value"] == "over budget":
            assert {check.name for check in verdict.checks if not check.holds} == {"budget"}
        else:
            assert verdict.feasible
            assert rounds_to(verdict.net, printed["value"])
    (habit,) = worked.table("What the habit would have brought")
    verdict = worked.judged(parts_of(habit["plan"]))
    assert verdict.feasible
    assert verdict.cost == round(number(habit["landed cost"]) * 100)
    assert rounds_to(verdict.net, habit["value"])


def test_the_product_chooses_the_plan_of_the_page(worked: Worked) -> None:
    best = max(
        (row for row in worked.table("Which plan is best") if row["value"] != "over budget"),
        key=lambda row: number(row["value"]),
    )
    result = worked.outcome.result
    assert worked.outcome.solution_status == "optimal"
    assert [(row.creator_id, row.offer_id) for row in result.selection] == parts_of(best["plan"])


def test_totals(worked: Worked) -> None:
    section = worked.sections["Which plan is best"]
    printed = {row["total"]: row["figure"] for row in table_of(section[section.index("| total |") :])}
    result = worked.outcome.result
    assert result.totals is not None
    assert isinstance(result.value, NetValue)
    figures = {**result.totals.model_dump(mode="json"), "net": result.value.net}
    assert printed.keys() == figures.keys()
    for name, figure in figures.items():
        assert rounds_to(float(figure), printed[name]), name


def test_contributions(worked: Worked) -> None:
    selection = {row.creator_id: row for row in worked.outcome.result.selection}
    table = worked.table("What each creator contributes")
    assert [row["creator"] for row in table] == list(selection)
    for printed in table:
        row = selection[printed["creator"]]
        rest = [(other.creator_id, other.offer_id) for other in selection.values() if other is not row]
        assert rounds_to(worked.judged(rest).net, printed["value of the rest"])
        assert rounds_to(row.contribution, printed["contribution"])


def every_plan(worked: Worked) -> Iterator[Positions]:
    """All choices of at most one offer per creator."""
    owner = worked.campaign.problem.creator
    choices = [[None, *np.flatnonzero(owner == creator)] for creator in np.unique(owner)]
    for choice in itertools.product(*choices):
        yield np.array([offer for offer in choice if offer is not None], np.int64)


def test_no_plan_is_better_and_overlap_only_takes_away(worked: Worked) -> None:
    problem, result = worked.campaign.problem, worked.outcome.result
    assert isinstance(result.value, NetValue)
    alone = np.array([judge(problem, np.array([offer], np.int64)).net for offer in range(problem.offers)])
    feasible = []
    for plan in every_plan(worked):
        verdict = judge(problem, plan)
        assert verdict.net <= alone[plan].sum() + 1e-9
        if verdict.feasible:
            feasible.append((verdict.net, plan))
    value, best = max(feasible, key=lambda found: found[0])
    assert result.value.net == pytest.approx(value, rel=1e-12)
    assert best.tolist() == sorted(worked.position(row.creator_id, row.offer_id) for row in result.selection)


def value_of(expression: ast.expr) -> float:
    """The value of numbers under + - * / and **."""
    match expression:
        case ast.Constant(value=int() | float() as figure):
            return float(figure)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return value_of(left) + value_of(right)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return value_of(left) - value_of(right)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return value_of(left) * value_of(right)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return value_of(left) / value_of(right)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return float(value_of(left) ** value_of(right))
    raise ValueError(ast.dump(expression))


SUM = re.compile(r"`([-+x*/^=(). 0-9]*=[-+x*/^=(). 0-9]*)`")
NUMBER = re.compile(r"(?<![\w.])\d+(?: \d{3})*(?:\.\d+)?(?![\w.]*\d)")


def walk() -> str:
    """The page from the brief on, sentences in one line."""
    return PAGE.read_text(encoding="utf-8").partition("## Twelve offers")[2]


def test_every_sum_in_the_text_adds_up() -> None:
    sums = SUM.findall(" ".join(walk().split()))
    assert len(sums) >= 11
    for written in sums:
        *steps, printed = written.split(" = ")
        for step in steps:
            formula = re.sub(r"(?<=\d) (?=\d)", "", step).replace("x", "*").replace("^", "**")
            assert rounds_to(value_of(ast.parse(formula, mode="eval").body), printed), written


def test_every_number_in_a_sentence_stands_in_the_brief_a_table_or_a_sum() -> None:
    brief, text = walk().split("```json\n")[1].split("```", maxsplit=1)
    tables = "\n".join(re.findall(r"^\|.*$", text, flags=re.MULTILINE))
    sentences = " ".join(line for line in text.splitlines() if line[:1] != "|")
    known = {number(found) for part in (brief, tables, *SUM.findall(sentences)) for found in NUMBER.findall(part)}
    told = {number(found) for found in NUMBER.findall(re.sub(r"`[^`]*`", "", sentences))}
    assert {figure for figure in told if figure > 12 or figure % 1} > {5_500, 1_338.4, 784}
    unknown = {figure for figure in told if figure > 12 or figure % 1} - known - {100 * share for share in known}
    assert unknown == set()

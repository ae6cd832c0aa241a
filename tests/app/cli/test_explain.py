"""``creatormix explain``."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from app.cli import commands
from app.cli.explained_creator import show_creator
from app.cli.reason_words import at_length, in_short
from app.services import demo_briefs
from app.wire.explanation import CreatorExplanation, Explanation


@pytest.fixture
def brief(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "140")
    path = tmp_path / "brief.json"
    path.write_bytes(demo_briefs.raw("realistic"))
    return str(path)


def explained(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["explain", *arguments])


def test_the_plan_is_explained_in_four_tables(brief: str) -> None:
    done = explained(brief)
    assert done.exit_code == 0, done.output
    for words in ("Why these", "Budget and rules", "Why not the other 99 offers", "Nearest misses"):
        assert words in done.stdout
    assert "drops out" in done.stdout
    assert "CPM" in done.stdout
    assert "removed by the rule 'genuine followers'" in done.stdout
    assert "the money brings more elsewhere" in done.stdout


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_every_column_is_explained_or_named_as_left_out(
    brief: str, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    _, table = " ".join(explained(brief).stdout.split()).split("largest contribution first")
    head, _ = table.split("─", 1)
    legend, _ = table[table.index("adds:") :].split("Budget and rules")
    for header in ("adds", "alone", "each", "CPM", "target", "waste", "drops out"):
        assert (f"{header}:" in legend) == (header in head)
        assert (header in head) != (header in legend.partition("wider terminal")[2])


def test_what_a_planner_needs_fits_a_plain_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    path = tmp_path / "brief.json"
    path.write_bytes(demo_briefs.raw("pinned"))
    head = explained(str(path)).stdout.split("─")[0]
    for header in ("price", "adds", "each", "CPM", "target", "waste", "drops out"):
        assert header in head


def test_least_cost_shows_what_one_more_person_costs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    path = tmp_path / "brief.json"
    asked = json.loads(demo_briefs.raw("minimal")) | {"objective": {"minimise": "cost", "min_engaged_reach": 300}}
    path.write_text(json.dumps(asked))
    about = Explanation.model_validate_json(explained(str(path), "--json").stdout)
    assert about.next_1000_people is not None
    row = next(line for line in explained(str(path)).stdout.splitlines() if line.startswith("goal"))
    assert f"-{float(about.next_1000_people) / 1000:.2f} EUR" in row
    assert ">= 300" in row


def test_nothing_chosen_is_not_blamed_on_the_offers(tmp_path: Path) -> None:
    path = tmp_path / "brief.json"
    path.write_text(json.dumps(json.loads(demo_briefs.raw("minimal")) | {"budget": "0"}))
    assert "no plan within the budget and the rules is worth" in " ".join(explained(str(path)).stdout.split())


def test_the_digest_counts_every_reason_and_the_nearest_are_nearest(brief: str) -> None:
    done = explained(brief, "--json")
    about = Explanation.model_validate_json(done.stdout)
    assert len(about.selection) == 21
    counts = {row.reason: row for row in about.reasons}
    assert counts["other_offer_chosen"].offers == 21
    assert all(row.only <= row.offers for row in about.reasons)
    assert [row.offers for row in about.reasons] == sorted((row.offers for row in about.reasons), reverse=True)
    assert len(about.nearest) == 10
    prices = {
        (creator["id"], offer["id"]): float(offer["price"])
        for creator in json.loads(Path(brief).read_bytes())["candidates"]
        for offer in creator["offers"]
    }
    chosen = {row.creator_id for row in about.selection}
    gaps = [1 - float(row.entry_price or 0) / prices[row.creator_id, row.offer_id] for row in about.nearest]
    assert gaps == sorted(gaps)
    assert not chosen & {row.creator_id for row in about.nearest}


def test_a_creator_is_explained_offer_by_offer(brief: str) -> None:
    done = explained(brief, "--creator", "c25")
    assert done.exit_code == 0, done.output
    for words in ("reel + 3 stories: chosen", "1 reel: not chosen", "drops out", "comes in", "forced in", "why not"):
        assert words in done.stdout
    assert "exactly" in done.stdout
    about = CreatorExplanation.model_validate_json(explained(brief, "--creator", "c25", "--json").stdout)
    by_offer = {offer.row.offer_id: offer for offer in about.offers}
    assert set(by_offer) == {"1 reel", "reel + 3 stories"}
    chosen = by_offer["reel + 3 stories"]
    assert chosen.chosen is not None
    assert chosen.break_even.drop_out_price is not None
    assert by_offer["1 reel"].chosen is None
    assert by_offer["1 reel"].row.reasons == ["other_offer_chosen"]


@pytest.mark.parametrize(("decision", "field", "price"), [("chosen", "drop_out", "0.01"), ("rejected", "entry", "9e6")])
def test_a_plan_that_is_not_the_best_to_the_cent_is_not_blamed_on_the_rules(
    brief: str, decision: str, field: str, price: str
) -> None:
    """With a loose gap an offer may be in at a price above its exact one, or out at one below."""
    about = CreatorExplanation.model_validate_json(explained(brief, "--creator", "c25", "--json").stdout)
    offer = next(offer for offer in about.offers if offer.row.decision == decision)
    exact = offer.break_even.model_copy(update={f"{field}_price": f"{float(price):.2f}", "exact": True})
    paper = io.StringIO()
    changed = about.model_copy(update={"offers": [offer.model_copy(update={"break_even": exact})]})
    show_creator(Console(file=paper, width=140), changed, "EUR", None)
    assert "only as near to the best as solver.relative_gap asks" in " ".join(paper.getvalue().split())


def test_an_unknown_creator_is_exit_code_2_with_ids_that_there_are(brief: str) -> None:
    done = explained(brief, "--creator", "nobody")
    assert done.exit_code == 2
    detail = json.loads(done.stderr)["detail"]
    assert '"nobody"' in detail
    assert '"c01"' in detail


def test_without_a_plan_the_clash_is_said_and_a_creator_still_explained(tmp_path: Path) -> None:
    path = tmp_path / "brief.json"
    path.write_bytes(demo_briefs.raw("infeasible"))
    done = explained(str(path))
    assert done.exit_code == 3
    assert "No plan can keep these rules together" in done.stdout
    creator = json.loads(path.read_bytes())["candidates"][0]["id"]
    one = explained(str(path), "--creator", creator)
    assert one.exit_code == 0, one.output
    assert "not chosen" in one.stdout
    assert "No plan can keep these rules together" in one.stdout
    assert explained(str(path), "--json").exit_code == 3


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("price_above_budget", "budget"),
        ("filtered:no 'big' names", "no 'big' names"),
        ("rule:at most 3", "at most 3"),
        ("other_offer_chosen", "another offer"),
        ("low_on_target_share", "target group"),
        ("audience_already_reached", "same people"),
        ("better_value_elsewhere", "elsewhere"),
        ("one of tomorrow", "one of tomorrow"),
    ],
)
def test_every_reason_has_words(code: str, words: str) -> None:
    assert words in in_short(code)
    assert words in at_length(code)

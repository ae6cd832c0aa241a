"""What the report says in words: the answer to "is less more?", and why a way to plan has no plan."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import commands
from app.services import demo_briefs
from app.web.languages import Language, Words
from app.web.report_page import lacking, verdict
from app.wire.strategies import Strategies, StrategyRow
from tests.builders import brief, creator


def compared(document: Any) -> Strategies:
    done = CliRunner().invoke(commands, ["compare", "-", "--json"], input=json.dumps(document, default=str))
    assert done.exit_code == 0, done.output
    return Strategies.model_validate_json(done.stdout)


def market(small: int, big: int, rate: float = 0.04, **more: Any) -> Any:
    """So many small and big creators; the price per follower is the same. rate: of the big ones."""
    engagement = {"rate": rate, "per": "follower", "posts": 24}
    price = [{"id": "1 reel", "format": "reel", "price": "4000.00"}]
    people = [creator(f"s{k}", followers=20_000) for k in range(small)]
    people += [creator(f"b{k}", followers=800_000, offers=price, engagement=engagement) for k in range(big)]
    return brief(budget="4000.00", candidates=people) | more


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (market(small=40, big=1), "it hardly matters"),
        (market(small=40, big=1, rate=0.02), "less is more"),
        (market(small=1, big=1), "big names carry more"),
        (market(small=20, big=1, budget="6000.00"), "a mix of sizes is best"),
        (market(small=20, big=0), "Big names alone have no plan here"),
        (market(small=0, big=1), "Small creators alone have no plan here"),
        (market(small=2, big=1, budget="0.00"), "books nobody"),
    ],
)
def test_the_question_is_answered_by_what_the_plans_bring(document: Any, says: str) -> None:
    assert says in verdict(Words("en"), compared(document))


def test_who_books_nobody_because_of_a_rule_is_not_told_to_bring_nothing() -> None:
    rule = {"name": "small ones first", "kind": "spend_share", "where": {"tier": "micro"}, "min": 0.5}
    found = compared(market(small=40, big=1, rules=[rule]))
    big = next(row for row in found.data if row.name == "macro_and_mega_only")
    assert (big.why, big.rules) == ("rules", ["small ones first"])
    assert "Big names alone have no plan here" in verdict(Words("en"), found)
    assert "„small ones first“" in lacking(Words("de"), big)


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_row_without_a_plan_says_why_in_the_language_of_the_page(language: Language) -> None:
    found = compared(json.loads(demo_briefs.raw("realistic")))
    without = [row for row in found.data if row.totals is None]
    assert without
    for row in without:
        assert lacking(Words(language), row)


def test_what_was_kept_before_reasons_had_a_code_is_told_as_it_was() -> None:
    row = compared(market(small=20, big=0)).data[3].model_dump() | {"why": None, "rules": []}
    older = StrategyRow.model_validate({**row, "reason": "As it was."})
    assert lacking(Words("de"), older) == "As it was."

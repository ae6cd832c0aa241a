"""``creatormix compare``."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import commands
from app.cli.compare import answer
from app.services import demo_briefs
from app.wire.strategies import Strategies
from tests.builders import body, brief, creator


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


def compared(folder: Path, document: Any, *options: str) -> str:
    path = folder / "brief.json"
    path.write_bytes(body(document))
    done = CliRunner().invoke(commands, ["compare", str(path), *options])
    assert done.exit_code == 0, done.output
    return done.stdout


def market(small: int, big: int) -> dict[str, Any]:
    """So many small and big creators; the price per follower is the same."""
    people = [creator(f"s{k}", followers=20_000) for k in range(small)]
    price = [{"id": "1 reel", "format": "reel", "price": "4000.00"}]
    people += [creator(f"b{k}", followers=800_000, offers=price) for k in range(big)]
    return brief(budget="4000.00", candidates=people)


def test_every_strategy_is_a_row_with_its_share_of_the_best(tmp_path: Path) -> None:
    printed = compared(tmp_path, json.loads(demo_briefs.raw("realistic")))
    for words in ("best plan", "nano and micro only", "highest engagement first", "planned without overlap", "100.0%"):
        assert words in printed
    assert 'No creator alone keeps "at least 4 on TikTok".' in printed


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (market(small=40, big=0), "Yes, here"),
        (market(small=1, big=1), "No, not here"),
    ],
)
def test_the_question_is_answered_from_the_figures(tmp_path: Path, document: Any, says: str) -> None:
    found = Strategies.model_validate_json(compared(tmp_path, document, "--json"))
    assert f"Is less more? {says}" in answer(found)[0]


def test_where_neither_is_enough_the_mix_is_named(tmp_path: Path) -> None:
    document = market(small=20, big=1) | {"budget": "6000.00"}
    found = Strategies.model_validate_json(compared(tmp_path, document, "--json"))
    first, second, *_ = answer(found)
    assert "the best plan mixes sizes" in first
    assert second == "The best plan has 21 creators: 20 micro, 1 macro."


def test_least_cost_is_compared_in_times_of_it(tmp_path: Path) -> None:
    document = market(small=40, big=1) | {"objective": {"minimise": "cost", "min_engaged_reach": 2000}}
    printed = compared(tmp_path, document)
    assert "times the least" in printed
    assert "net value" not in printed


def test_a_best_plan_of_nobody_is_no_mix_of_sizes(tmp_path: Path) -> None:
    found = Strategies.model_validate_json(compared(tmp_path, market(2, 1) | {"budget": "0"}, "--json"))
    assert answer(found) == [
        "There is nothing to compare. The best plan books nobody, none is worth more than nothing."
    ]


def test_nothing_to_compare_is_said(tmp_path: Path) -> None:
    assert "There is nothing to compare. No plan can keep" in compared(
        tmp_path, json.loads(demo_briefs.raw("infeasible"))
    )

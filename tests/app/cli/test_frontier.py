"""``creatormix frontier``."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import commands
from app.services import demo_briefs
from app.wire.frontier import Frontier


@pytest.fixture
def brief(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "120")
    path = tmp_path / "brief.json"
    path.write_bytes(demo_briefs.raw("realistic"))
    return str(path)


def test_the_curve_is_a_table_with_bars_and_its_knee(brief: str) -> None:
    done = CliRunner().invoke(commands, ["frontier", brief, "--points", "6"])
    assert done.exit_code == 0, done.output
    assert "50,000.00" in done.stdout
    assert "#####" in done.stdout
    assert "knee" in done.stdout


def test_json_is_the_answer_of_the_api(brief: str) -> None:
    done = CliRunner().invoke(commands, ["frontier", brief, "--budgets", "1000, 2000", "--json"])
    assert [point.budget for point in Frontier.model_validate_json(done.stdout).points] == ["1000.00", "2000.00"]


def test_a_budget_that_is_none_is_exit_code_2(brief: str) -> None:
    done = CliRunner().invoke(commands, ["frontier", brief, "--budgets", "1e3"])
    assert done.exit_code == 2
    assert "budgets" in json.loads(done.stderr)["detail"]

"""``creatormix alternatives``."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import commands
from app.services import demo_briefs
from app.wire.alternatives import Alternatives
from tests.builders import body, brief


@pytest.fixture
def realistic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "140")
    path = tmp_path / "brief.json"
    path.write_bytes(demo_briefs.raw("realistic"))
    return str(path)


def test_each_plan_is_shown_as_a_change_of_the_best(realistic: str) -> None:
    done = CliRunner().invoke(commands, ["alternatives", realistic, "--k", "3"])
    assert done.exit_code == 0, done.output
    found = Alternatives.model_validate_json(
        CliRunner().invoke(commands, ["alternatives", realistic, "--k", "3", "--json"]).stdout
    )
    for row in found.data:
        for creator in (*row.added, *row.dropped):
            assert creator in done.stdout
    assert "no further plan" not in done.stdout


def test_a_brief_without_a_plan_is_not_said_to_have_one(tmp_path: Path) -> None:
    path = tmp_path / "brief.json"
    path.write_bytes(body(brief(rules=[{"kind": "count", "min": 10}])))
    done = CliRunner().invoke(commands, ["alternatives", str(path)])
    assert done.exit_code == 0, done.output
    assert "There is no plan that keeps the rules" in done.stdout
    assert "further" not in done.stdout


def test_fewer_than_asked_is_said(tmp_path: Path) -> None:
    path = tmp_path / "brief.json"
    path.write_bytes(body(brief()))
    done = CliRunner().invoke(commands, ["alternatives", str(path), "--min-difference", "4"])
    assert done.exit_code == 0, done.output
    assert "no further plan" in done.stdout

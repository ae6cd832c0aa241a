"""README.md says what is true: its example is what the program prints."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import commands
from app.services import demo_briefs

PAGE = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e-\d+)?")

ESTIMATE_LAST = re.compile(r"^c\d\d |^next 1,000| \+[\d.]+")
"""Lines whose last figure is an estimate: a drop-out price, what the next money or the next unit of a rule brings."""


def words(line: str) -> list[str]:
    """A line without its figures and its padding."""
    return FIGURE.sub("#", line).split()


def figures(line: str) -> list[float]:
    return [float(found.replace(",", "")) for found in FIGURE.findall(line)]


def test_the_example_is_what_the_demo_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan and its figures as printed; estimates from the prices of the proof, which are not unique, roughly."""
    monkeypatch.setenv("COLUMNS", "80")
    done = CliRunner().invoke(commands, ["demo"])
    assert done.exit_code == 0
    (example,) = re.findall(r"```text\n(.*?)```", PAGE, flags=re.DOTALL)
    printed = iter(done.stdout.splitlines())
    for line in example.splitlines():
        if line == "..." or "(gap " in line:
            continue
        found = next((other for other in printed if words(other) == words(line)), None)
        assert found is not None, f"not printed, or not in this order: {line}"
        estimates = 1 if ESTIMATE_LAST.search(line) else 0
        split = len(figures(line)) - estimates
        assert figures(found)[:split] == pytest.approx(figures(line)[:split], rel=1e-3), line
        assert figures(found)[split:] == pytest.approx(figures(line)[split:], rel=0.1), line


def test_what_the_rule_against_dear_offers_costs(tmp_path: Path) -> None:
    claim = re.search(r"rule \*(.+)\* keeps.*one mega\s+creator beside (\d+) .*worth ([\d,]+) instead", PAGE, re.DOTALL)
    assert claim
    brief = json.loads(demo_briefs.raw("realistic"))
    brief["rules"] = [rule for rule in brief["rules"] if rule.get("name") != claim[1]]
    (tmp_path / "brief.json").write_text(json.dumps(brief))
    result = json.loads(CliRunner().invoke(commands, ["solve", str(tmp_path / "brief.json"), "--json"]).stdout)[
        "result"
    ]
    creators = {row["tier"]: row["creators"] for row in result["mix"]}
    assert creators.pop("mega") == 1
    assert sum(creators.values()) == int(claim[2])
    assert result["value"]["net"] == pytest.approx(float(claim[3].replace(",", "")), abs=0.5)

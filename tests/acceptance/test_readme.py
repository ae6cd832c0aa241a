"""README.md says what is true: its example is what the program prints."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import commands
from app.services import demo_briefs

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "README.md").read_text(encoding="utf-8")


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


def test_what_is_said_of_peers_and_limits_is_measured_or_printed(tmp_path: Path) -> None:
    measured = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    told = PAGE[PAGE.index("## How it compares") : PAGE.index("## How it works")]
    first, second = (
        re.search(r"took (\d+ s) where this took ([\d.]+ s) \(100 000", told),
        re.search(r"and (\d+ s) for ([\d.]+ s) with three", told),
    )
    assert first
    assert second
    assert f"{first[2]}, CBC {first[1]}" in measured
    assert f"{second[2]}, CBC {second[1]}" in measured
    proven = re.search(r"(\d+) of (\d+) proven \(worst gap 1e-03: saturated 1,000,000\)", measured)
    assert proven
    assert f"of {proven[2]} measured problems it left one unproven" in told
    assert int(proven[2]) - int(proven[1]) == 1
    times = re.search(r"took (\d+) times the median", told)
    assert times
    assert f"slowest seed {times[1]}." in measured
    rows = re.search(r"costs (\d+) to (\d+) solves", told)
    assert rows
    around = measured[measured.index("| family | seed | solve s |") :].split("\n\n")[0].splitlines()[2:]
    frontier = [float(line.split("|")[6]) for line in around]
    assert (round(min(frontier)), round(max(frontier))) == (int(rows[1]), int(rows[2]))
    posts = re.search(r"for ([\d.]+) to ([\d.]+) posts", told)
    assert posts
    over_http = (
        measured[measured.index("| offers | budget | rules | seed | post s |") :].split("\n\n")[0].splitlines()[2:]
    )
    curve = [float(line.split("|")[6]) for line in over_http]
    assert (f"{min(curve):.1f}", f"{max(curve):.1f}") == posts.groups()
    (tmp_path / "brief.json").write_bytes(demo_briefs.raw("realistic"))
    printed = CliRunner().invoke(commands, ["compare", str(tmp_path / "brief.json")]).stdout
    for name, share in (("highest engagement first", "84.0"), ("cheapest reach first", "66.6")):
        assert f"{share} %" in told
        assert re.search(rf"{name} .* {share}%", printed)


def test_every_file_that_the_page_links_is_there_and_pictures_are_small() -> None:
    linked = [link.split("#")[0] for link in re.findall(r"\]\((?!http)([^)#]+)", PAGE)]
    assert {"docs/pictures/report-top.webp", "CONTRIBUTING.md", "examples/README.md"} <= set(linked)
    assert [link for link in linked if not (ROOT / link).exists()] == []
    assert sum((ROOT / link).stat().st_size for link in linked if link.endswith(".webp")) < 200_000

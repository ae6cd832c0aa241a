"""``creatormix evaluate``: a brief and a table in, a comparison out."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from app.cli import commands
from app.main import create_app
from app.services import demo_briefs
from app.settings import load_settings
from app.wire.evaluation import Evaluation
from tests.builders import brief, creator, offer
from tests.in_threads import InThreads
from tests.serving import served


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("CREATORMIX_DATABASE_URL", f"sqlite:///{tmp_path / 'creatormix.db'}")


def call(*arguments: str, stdin: bytes | None = None) -> Any:
    return CliRunner().invoke(commands, ["evaluate", *arguments], input=stdin)


def written(folder: Path, name: str, content: bytes | str) -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def test_the_exported_table_of_the_best_plan_brings_all_of_it(tmp_path: Path) -> None:
    """Handles and ids that a spreadsheet would run are guarded in the export, and still found."""
    candidates = [
        creator("=c1", handle="@one", offers=[offer("+1 reel"), offer("2", price="120.00")]),
        creator("c2", offers=[offer("1;2")]),
        creator("c3"),
    ]
    document = brief(candidates=candidates, budget="220.00")
    with served(create_app(load_settings(), InThreads)) as url:
        posted = httpx.post(f"{url}/v1/optimizations", json=document).json()
        query = f"{url}/v1/optimizations/{posted['id']}/creators?decision=chosen&format=csv"
        table = httpx.get(query).content
    done = call(written(tmp_path, "brief.json", json.dumps(document)), written(tmp_path, "plan.csv", table), "--json")
    assert done.exit_code == 0, done.stderr
    answer = Evaluation.model_validate_json(done.stdout)
    assert answer.share_of_optimum == 1.0
    assert len(answer.selection) == posted["result"]["totals"]["creators"] == 2


def test_it_says_what_a_plan_brings_and_breaks_and_what_the_best_one_does(tmp_path: Path) -> None:
    document = json.loads(demo_briefs.raw("realistic"))
    dear = next(one for one in document["candidates"] if one["id"] == "c59")
    plan = f"creator_id;offer_id\nc59;{dear['offers'][0]['id']}\nc02;1 video\n"
    path = written(tmp_path, "brief.json", demo_briefs.raw("realistic"))
    done = call(path, "-", stdin=plan.encode())
    assert done.exit_code == 0, done.stderr
    answer = Evaluation.model_validate_json(call(path, "-", "--json", stdin=plan.encode()).stdout)
    assert answer.share_of_optimum is not None
    for expected in (
        f"brings {answer.share_of_optimum:.1%} of what is possible under the same budget and rules",
        f"It breaks {len(answer.violations)} rules",
        *answer.violations,
        "a plain sum says",
        "The best plan keeps",
        "Adds, what brings most first",
        "Mix by tier",
    ):
        assert expected in done.stdout


@pytest.mark.parametrize("short", [0.5, 100.0])
def test_a_missed_goal_reads_as_people_and_never_as_reached(tmp_path: Path, short: float) -> None:
    """Half a person short is still short: the two figures of the row may not look the same."""
    asked = json.loads(demo_briefs.raw("minimal"))
    plan = written(tmp_path, "plan.csv", "creator_id,offer_id\nanna,reel\n")
    free = written(tmp_path, "free.json", json.dumps(asked))
    reached = Evaluation.model_validate_json(call(free, plan, "--json").stdout).totals.engaged_reach
    asked["objective"] = {"minimise": "cost", "min_engaged_reach": reached + short}
    missed = call(written(tmp_path, "goal.json", json.dumps(asked)), plan)
    assert missed.exit_code == 0, missed.output
    row = next(line.split() for line in missed.stdout.splitlines() if line.startswith("goal"))
    assert row[2] != row[-1]
    assert short < 1 or row[2] == f"{reached:,.0f}"


def test_a_share_just_above_its_limit_does_not_look_like_it(tmp_path: Path) -> None:
    asked = json.loads(demo_briefs.raw("minimal"))
    plan = written(tmp_path, "plan.csv", "creator_id,offer_id\nanna,reel\nben,reel\n")
    free = written(tmp_path, "free.json", json.dumps(asked))
    share = Evaluation.model_validate_json(call(free, plan, "--json").stdout).totals.waste_share
    assert share is not None
    asked["rules"] = [{"name": "clean", "kind": "waste_share", "max": share - 0.00001}]
    broken = call(written(tmp_path, "clean.json", json.dumps(asked)), plan)
    row = next(line.split() for line in broken.stdout.splitlines() if line.startswith("clean"))
    assert row[2] != row[-1]


def test_a_plan_for_a_brief_without_a_plan_names_the_clash(tmp_path: Path) -> None:
    path = written(tmp_path, "brief.json", demo_briefs.raw("infeasible"))
    done = call(path, written(tmp_path, "plan.csv", "creator_id\n"))
    assert done.exit_code == 0
    assert "no plan can keep all rules" in done.stdout


def test_a_wrong_table_is_told_line_by_line(tmp_path: Path) -> None:
    path = written(tmp_path, "brief.json", json.dumps(brief(candidates=[creator("c1", offers=[offer(), offer("x")])])))
    done = call(path, written(tmp_path, "plan.csv", "creator_id,offer_id\nc1,\nc1,x\nc9,x\n"))
    assert done.exit_code == 2
    problem = json.loads(done.stderr)
    assert problem["type"] == "/v1/problem-types#invalid_plan_file"
    assert [(error["code"], error["line"]) for error in problem["errors"]] == [
        ("offer_needed", 2),
        ("duplicate_id", 3),
        ("unknown_creator", 4),
    ]
    assert call(path, written(tmp_path, "plan.csv", "name\nc1\n")).exit_code == 2
    assert call("-", "-").exit_code == 2


def test_candidates_may_come_from_a_file(tmp_path: Path) -> None:
    document = brief()
    rows = "\n".join(json.dumps(candidate) for candidate in document.pop("candidates"))
    path = written(tmp_path, "brief.json", json.dumps(document))
    file = written(tmp_path, "creators.ndjson", rows)
    done = call(path, written(tmp_path, "plan.csv", "creator_id\nc1\n"), "--candidates", file, "--json")
    assert done.exit_code == 0, done.stderr
    assert Evaluation.model_validate_json(done.stdout).totals.creators == 1

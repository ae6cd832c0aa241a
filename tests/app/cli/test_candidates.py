"""``solve --candidates``: answers, exit codes and messages as a caller meets them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import commands
from app.services import demo_briefs
from tests.app.services.candidate_files.written import FORMATS, write
from tests.builders import creator


@pytest.fixture(autouse=True)
def _a_wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


def call(*arguments: str, stdin: bytes | None = None) -> Any:
    return CliRunner().invoke(commands, list(arguments), input=stdin)


def parts(folder: Path, ending: str, name: str = "realistic") -> tuple[str, str, str]:
    """A built-in brief as a whole, without its candidates, and these in a file."""
    document = json.loads(demo_briefs.raw(name))
    (folder / "whole.json").write_text(json.dumps(document))
    candidates = document.pop("candidates")
    (folder / "head.json").write_text(json.dumps(document))
    return str(folder / "whole.json"), str(folder / "head.json"), str(write(folder / f"creators.{ending}", candidates))


@pytest.mark.parametrize("ending", FORMATS)
def test_the_answer_is_that_of_the_whole_brief(tmp_path: Path, ending: str) -> None:
    whole, head, candidates = parts(tmp_path, ending)
    posted, from_file = call("solve", whole, "--json"), call("solve", head, "--candidates", candidates, "--json")
    assert posted.exit_code == from_file.exit_code == 0
    one, other = json.loads(posted.stdout), json.loads(from_file.stdout)
    assert one["result"].pop("timings")
    assert other["result"].pop("timings")
    assert one["result"] == other["result"]
    assert one["solution_status"] == other["solution_status"] == "optimal"
    assert [warning["code"] for warning in one["warnings"]] == [warning["code"] for warning in other["warnings"]]
    assert one["reproducibility"]["brief_hash"] != other["reproducibility"]["brief_hash"]


def test_the_table_is_the_same_with_handles(tmp_path: Path) -> None:
    whole, head, candidates = parts(tmp_path, "csv")
    posted, from_file = call("solve", whole).stdout, call("solve", head, "--candidates", candidates).stdout
    assert posted[: posted.index("Warnings")] == from_file[: from_file.index("Warnings")]
    assert "@demo_" in from_file
    assert "creators.csv, line" in from_file


def test_an_infeasible_brief_is_exit_code_3(tmp_path: Path) -> None:
    _, head, candidates = parts(tmp_path, "ndjson", "infeasible")
    assert call("solve", head, "--candidates", candidates).exit_code == 3


def test_the_brief_may_come_from_standard_input(tmp_path: Path) -> None:
    _, head, candidates = parts(tmp_path, "parquet")
    assert call("solve", "-", "--candidates", candidates, stdin=Path(head).read_bytes()).exit_code == 0


def test_bad_rows_are_problem_details_with_lines_and_exit_code_2(tmp_path: Path) -> None:
    _, head, _ = parts(tmp_path, "ndjson")
    rows = [creator("c1"), creator("c2", followers=0)]
    for ending, place in (("ndjson", {"line": 2}), ("csv", {"line": 3}), ("parquet", {"row": 2})):
        done = call("solve", head, "--candidates", str(write(tmp_path / f"bad.{ending}", rows)))
        assert done.exit_code == 2
        assert done.stdout == ""
        problem = json.loads(done.stderr)
        assert (problem["status"], problem["bad_rows"], problem["complete"]) == (422, 1, True)
        (fault,) = problem["errors"]
        assert (
            fault
            == {
                "code": "out_of_range",
                "severity": "error",
                "pointer": "/followers",
                "detail": "Expected at least 1, received 0.",
            }
            | place
        )


def test_a_brief_with_candidates_and_a_file_is_refused(tmp_path: Path) -> None:
    whole, _, candidates = parts(tmp_path, "ndjson")
    done = call("solve", whole, "--candidates", candidates)
    assert done.exit_code == 2
    (fault,) = json.loads(done.stderr)["errors"]
    assert (fault["code"], fault["pointer"]) == ("not_together", "/candidates")


def test_a_brief_without_candidates_still_needs_a_file(tmp_path: Path) -> None:
    _, head, _ = parts(tmp_path, "ndjson")
    done = call("solve", head)
    assert done.exit_code == 2
    assert json.loads(done.stderr)["errors"][0]["code"] == "candidates_needed"


def test_a_wrong_brief_is_told_before_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "head.json").write_text('{"currency": "EUR", "budget": "1.005", "target": {"niche": "x"}}')
    done = call("solve", str(tmp_path / "head.json"), "--candidates", str(tmp_path / "none.csv"))
    assert done.exit_code == 2
    assert json.loads(done.stderr)["errors"][0]["pointer"] == "/budget"


@pytest.mark.parametrize(
    ("name", "words"), [("none.csv", "No such file"), ("none.parquet", "No such file"), ("folder.csv", "directory")]
)
def test_files_that_cannot_be_read_are_one_line_and_exit_code_2(tmp_path: Path, name: str, words: str) -> None:
    _, head, _ = parts(tmp_path, "ndjson")
    (tmp_path / "folder.csv").mkdir()
    done = call("solve", head, "--candidates", str(tmp_path / name))
    assert done.exit_code == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_reader_of_files_costs_nothing_where_none_is_read() -> None:
    code = (
        "import sys; from app.cli import commands; from app.main import create_app; from app.settings import Settings;"
        "create_app(Settings()); sys.exit(any(name.partition('.')[0] == 'pyarrow' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0

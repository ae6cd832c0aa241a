"""The command line as its caller meets it: exit codes, what is on stdout, what is on stderr."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from app.cli import commands
from app.main import create_app
from app.services import demo_briefs
from app.settings import load_settings
from app.wire.optimization import Optimization
from tests.in_threads import InThreads
from tests.serving import served

EXECUTABLE = [sys.executable, "-c", "from app.cli import main; main()"]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Settings of the machine must not decide; whatever a command writes goes to a folder of the test."""
    for name in [name for name in os.environ if name.startswith("CREATORMIX_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CREATORMIX_DATABASE_URL", f"sqlite:///{tmp_path / 'creatormix.db'}")
    monkeypatch.setenv("COLUMNS", "100")


def call(*arguments: str, stdin: bytes | None = None) -> Any:
    return CliRunner().invoke(commands, list(arguments), input=stdin)


def brief_file(folder: Path, name: str = "minimal", **changes: object) -> str:
    path = folder / "brief.json"
    path.write_text(json.dumps(json.loads(demo_briefs.raw(name)) | changes))
    return str(path)


def without_moments(text: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(text)
    for name in ("id", "created_at", "started_at", "completed_at"):
        assert answer.pop(name)
    assert answer["result"].pop("timings")
    return answer


def test_a_plan_is_exit_code_0_and_shows_selection_proof_and_defaults(tmp_path: Path) -> None:
    done = call("solve", brief_file(tmp_path))
    assert done.exit_code == 0
    for expected in ("anna", "reel", "optimal", "no plan within the rules", "Mix by tier", "Defaults used"):
        assert expected in done.stdout
    assert done.stderr == ""


def test_json_is_the_resource_and_the_same_on_every_run(tmp_path: Path) -> None:
    path = brief_file(tmp_path, "realistic")
    first, second = call("solve", path, "--json"), call("solve", path, "--json")
    assert first.exit_code == second.exit_code == 0
    answer = Optimization.model_validate_json(first.stdout)
    assert answer.status == "succeeded"
    assert json.dumps(without_moments(first.stdout)) == json.dumps(without_moments(second.stdout))


@pytest.mark.parametrize("name", ["realistic", "infeasible"])
def test_json_is_what_the_api_answers(name: str) -> None:
    printed = call("solve", "-", "--json", stdin=demo_briefs.raw(name))
    with served(create_app(load_settings(), InThreads)) as url:
        posted = httpx.post(
            f"{url}/v1/optimizations", content=demo_briefs.raw(name), headers={"Content-Type": "application/json"}
        )
    assert posted.status_code == 201
    assert without_moments(printed.stdout) == without_moments(posted.text)
    assert list(json.loads(printed.stdout)) == list(posted.json())


def test_moments_are_in_order_and_work_begins_after_reading(tmp_path: Path) -> None:
    answer = Optimization.model_validate_json(call("solve", brief_file(tmp_path), "--json").stdout)
    assert answer.started_at is not None
    assert answer.completed_at is not None
    assert answer.created_at <= answer.started_at <= answer.completed_at


def test_a_dash_reads_standard_input(tmp_path: Path) -> None:
    path = brief_file(tmp_path)
    piped = call("solve", "-", "--json", stdin=Path(path).read_bytes())
    assert piped.exit_code == 0
    assert without_moments(piped.stdout) == without_moments(call("solve", path, "--json").stdout)


def test_infeasible_is_exit_code_3_and_names_the_clash(tmp_path: Path) -> None:
    path = brief_file(tmp_path, "infeasible")
    done = call("solve", path)
    assert done.exit_code == 3
    for name in ("at least 4 from Austria", "genuine followers", "nobody above 600"):
        assert name in done.stdout
    assert "at most 8 creators" not in done.stdout
    answer = Optimization.model_validate_json(call("solve", path, "--json").stdout)
    assert (answer.status, answer.solution_status) == ("succeeded", "infeasible")


def test_invalid_is_exit_code_2_with_problem_details_on_stderr(tmp_path: Path) -> None:
    done = call("solve", brief_file(tmp_path, budget="10.005"))
    assert done.exit_code == 2
    assert done.stdout == ""
    problem = json.loads(done.stderr)
    assert problem["status"] == 422
    assert problem["errors"][0]["pointer"] == "/budget"


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'{"budget": NaN}', b"\xff\xfe"])
def test_what_is_no_brief_is_exit_code_2(body: bytes) -> None:
    done = call("solve", "-", stdin=body)
    assert done.exit_code == 2
    assert json.loads(done.stderr)["status"] in (400, 422)


def test_a_body_beyond_the_limit_is_exit_code_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREATORMIX_MAX_BODY_BYTES", "1024")
    done = call("solve", brief_file(tmp_path, "pinned"))
    assert done.exit_code == 2
    assert json.loads(done.stderr)["status"] == 413


def test_files_that_cannot_be_read_are_one_line_and_exit_code_2(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "none.json", "there is no file"), (tmp_path, "is a directory")):
        done = call("solve", str(path))
        assert done.exit_code == 2
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_bad_setting_is_one_line_and_exit_code_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREATORMIX_PORT", "http")
    done = call("solve", brief_file(tmp_path))
    assert done.exit_code == 2
    assert "CREATORMIX_PORT" in done.stderr


def test_no_plan_in_time_is_exit_code_4(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a solver finds a plan in a millisecond is its own affair: here it says that it did not."""
    from app.services import run
    from optimizer.solution import Solution

    monkeypatch.setattr(run, "solve", lambda *_: Solution("no_solution", "time_limit", None, None, None, None, None))
    done = call("solve", brief_file(tmp_path))
    assert done.exit_code == 4
    assert "No plan was found" in done.stdout
    answer = Optimization.model_validate_json(call("solve", brief_file(tmp_path), "--json").stdout)
    assert (answer.status, answer.solution_status, answer.stop_reason) == ("succeeded", "no_solution", "time_limit")


def test_the_demo_says_what_to_do_next_and_gives_its_brief() -> None:
    assert "creatormix serve" in call("demo").stdout
    assert call("demo", "pinned", "--brief").stdout.encode() == demo_briefs.raw("pinned")
    assert call("demo", "nonsense").exit_code == 2


def test_the_next_steps_are_of_the_demo_that_was_asked_for() -> None:
    infeasible = call("demo", "infeasible").stdout
    assert "creatormix demo infeasible --brief > brief.json" in infeasible
    assert "what a clash of rules looks like" not in infeasible
    assert "creatormix demo minimal --brief > brief.json" in call("demo", "minimal").stdout


@pytest.mark.parametrize(
    ("started_as", "on_path", "typed"),
    [
        (".venv/bin/creatormix", None, ".venv/bin/creatormix serve"),
        (".venv/bin/creatormix", "/usr/bin/creatormix", "creatormix serve"),
        ("/somewhere/pytest", None, "creatormix serve"),
    ],
)
def test_next_steps_can_be_typed_where_the_demo_ran(
    monkeypatch: pytest.MonkeyPatch, started_as: str, on_path: str | None, typed: str
) -> None:
    monkeypatch.setattr("sys.argv", [started_as])
    monkeypatch.setattr("shutil.which", lambda _: on_path)
    lines = [" ".join(line.split()) for line in call("demo", "minimal").stdout.splitlines()]
    assert any(line.startswith(f"{typed} the HTTP API") for line in lines)


def test_text_from_a_brief_cannot_steer_the_terminal(tmp_path: Path) -> None:
    brief = json.loads(demo_briefs.raw("minimal"))
    brief["label"] = "\x1b[2J[red]x[/nonsense]"
    brief["candidates"][0]["id"] = "\x1b]0;title\x07[bold]"
    done = call("solve", "-", stdin=json.dumps(brief).encode())
    assert done.exit_code == 0
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout
    assert "[red]x[/nonsense]" in done.stdout


def test_openapi_is_the_document_of_the_service() -> None:
    document = json.loads(call("openapi").stdout)
    assert document["openapi"].startswith("3.1")
    assert "/v1/optimizations" in document["paths"]


def test_version_and_help() -> None:
    assert call("version").stdout.startswith("creatormix ")
    assert call("--version").stdout == call("version").stdout
    help_text = call("--help").stdout
    for name in ("solve", "serve", "demo", "db", "openapi", "version"):
        assert name in help_text


def test_db_upgrade_makes_the_schema(tmp_path: Path) -> None:
    assert call("db", "upgrade").exit_code == 0
    assert (tmp_path / "creatormix.db").stat().st_size > 0
    assert call("db", "upgrade").exit_code == 0


def test_a_database_that_cannot_be_opened_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CREATORMIX_DATABASE_URL", f"sqlite:///{tmp_path}/none/creatormix.db")
    for command in (("db", "upgrade"), ("serve",)):
        done = call(*command)
        assert done.exit_code == 1
        [line] = done.stderr.splitlines()
        assert "CREATORMIX_DATABASE_URL cannot be opened: unable to open database file" in line
        assert f"{tmp_path}/none/creatormix.db" in line


def test_without_its_schema_a_command_names_the_one_that_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREATORMIX_MIGRATE", "false")
    done = call("keys", "list")
    assert done.exit_code == 2
    assert "creatormix db upgrade" in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CREATORMIX_DATABASE_URL", "postgresql://me:secret@host:port/name"),
        ("CREATORMIX_RATE_LIMIT_STORAGE", "redis://:secret@host:port/0"),
        ("CREATORMIX_HOST", "no such host"),
    ],
)
def test_a_setting_that_only_fails_when_it_is_used_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    done = call("serve")
    assert done.exit_code == 2
    assert done.stderr.startswith(f"creatormix: {name}")
    assert "secret" not in done.stderr


def test_a_benchmarks_file_that_is_none_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "benchmarks.toml").write_text("not toml")
    monkeypatch.setenv("CREATORMIX_BENCHMARKS_PATH", str(tmp_path / "benchmarks.toml"))
    done = call("solve", brief_file(tmp_path))
    assert done.exit_code == 2
    assert "benchmarks.toml cannot be used" in done.stderr


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    with subprocess.Popen([*EXECUTABLE, "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait(60) == 2
    assert errors == b""


def test_standard_input_that_is_closed_is_one_line() -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *EXECUTABLE, "solve", "-"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == ["creatormix: standard input is closed"]


SLOW = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell hands down an ignored one to what runs behind it
from app.services import run
real = run.solve
def slow(problem, limits, on_progress, should_stop):
    print("solving", file=sys.stderr, flush=True)
    deadline = time.monotonic() + 30
    while not should_stop() and time.monotonic() < deadline:
        time.sleep(0.01)
    return real(problem, limits, on_progress, None)
run.solve = slow
from app.cli import main
main()
"""


def test_an_interrupt_stops_the_solve_and_keeps_the_plan() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, "demo", "minimal", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stderr.readline() == b"solving\n"
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        answer = Optimization.model_validate_json(process.stdout.read())
        assert process.wait(60) == 0
    assert time.monotonic() - began < 20
    assert answer.result is not None
    assert answer.result.selection

"""docs/operations.md says what is true: its metrics are those of the service, its commands exist."""

import re
from pathlib import Path

import yaml
from typer.testing import CliRunner

from app.cli.commands import commands
from app.telemetry.metrics import Metrics, QueueFigures

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


def metric_names() -> set[str]:
    exposed = Metrics({"service": "1"}).exposition(QueueFigures(queued=0, running=0, oldest_queued_s=0)).decode()
    return set(re.findall(r"^# TYPE (creatormix_\w+) ", exposed, re.MULTILINE))


def test_every_metric_is_explained_and_no_other() -> None:
    explained = set(re.findall(r"^\| `(creatormix_\w+)", PAGE, re.MULTILINE))
    assert explained == metric_names()


def test_alerts_are_rules_of_metrics_that_exist() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    rules = yaml.safe_load(block)["groups"][0]["rules"]
    used = {name for rule in rules for name in re.findall(r"creatormix_\w+", rule["expr"])}
    assert used
    assert used <= metric_names()


def test_the_commands_exist() -> None:
    called = {
        tuple(words.split())
        for words in re.findall(r"creatormix (serve|worker|db \w+|keys \w+|audit|solve|demo|version)\b", PAGE)
    }
    assert called
    for words in called:
        assert CliRunner().invoke(commands, [*words, "--help"]).exit_code == 0, words

"""compose.yaml is a valid Compose file, and what it sets and calls exists."""

import ast
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import compose_spec
import pytest
import yaml
from typer.testing import CliRunner

from app.cli.commands import commands
from app.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "compose.yaml").read_text(encoding="utf-8")
RESOLVED = re.sub(r"\$\{[A-Z_]+:-(\w+)\}", r"\1", re.sub(r"\$\{[A-Z_]+:\?[^}]*\}", "chosen", TEXT))
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}


def test_it_is_a_compose_file() -> None:
    # This reader knows neither << nor that a range of host ports may share one container port.
    plain = yaml.safe_dump(yaml.safe_load(RESOLVED)).replace("8000-8001:8000", "8000:8000")
    compose = compose_spec.PyCompose.from_yaml(plain)
    assert set(compose.service_names()) == {"migrate", "api", "worker", "postgres", "valkey"}


def test_what_it_sets_are_settings() -> None:
    for service in OURS.values():
        names = {name for name in service["environment"] if name.startswith(PREFIX)}
        assert names <= {PREFIX + name.upper() for name in Settings.model_fields}


def test_what_it_calls_are_commands() -> None:
    for name, words in {"api": ["serve"], **{name: s["command"] for name, s in OURS.items() if "command" in s}}.items():
        assert CliRunner().invoke(commands, [*words, "--help"]).exit_code == 0, name


def test_what_it_asks_for_is_in_the_example() -> None:
    given = re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / "compose.env.example").read_text(encoding="utf-8"), re.MULTILINE)
    asked = set(re.findall(r"\$\{([A-Z_]+)", TEXT)) - {"CREATORMIX_VERSION"}
    passed = {name for service in OURS.values() for name, value in service["environment"].items() if value is None}
    assert set(given) == asked | passed


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_has_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_two_servers_and_two_workers_start_when_their_stores_are_ready() -> None:
    for name in ("api", "worker"):
        service = OURS[name]
        assert service["deploy"]["replicas"] == 2
        assert {store: how["condition"] for store, how in service["depends_on"].items()} == {
            "postgres": "service_healthy",
            "valkey": "service_healthy",
            "migrate": "service_completed_successfully",
        }
    assert OURS["api"]["ports"] == ["127.0.0.1:8000-8001:8000"]
    assert all("healthcheck" in SERVICES[name] for name in ("worker", "postgres", "valkey"))


def test_health_is_asked_in_python_and_where_the_worker_answers() -> None:
    worker = OURS["worker"]
    test = worker["healthcheck"]["test"]
    assert test[:3] == ["CMD", "python", "-Ic"]
    ast.parse(test[3])
    assert f":{worker['environment'][PREFIX + 'WORKER_METRICS_PORT']}/readyz" in test[3]


def test_a_container_is_given_longer_to_end_than_a_solve() -> None:
    fields = Settings.model_fields
    grace = fields["shutdown_grace"].default if "shutdown_grace" in fields else timedelta(0)
    for service in OURS.values():
        assert service["stop_grace_period"] == "30s"
        assert grace <= timedelta(seconds=20)

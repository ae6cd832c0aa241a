"""Random requests, right and wrong ones, made from the OpenAPI document: every answer is one that it declares."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case, Config, GenerationMode

from app.main import create_app
from app.settings import load_settings
from tests.app.api.keyed import bearer, make_key
from tests.in_threads import InThreads
from tests.serving import served

CONFIG = Config.from_dict(
    {
        "generation": {"mode": "all", "allow-x00": False, "with-security-parameters": False},
        "checks": {
            # No schema can say that ids are unique or that a segment is large enough; 422 is for that too.
            "positive_data_acceptance": {"expected-statuses": ["2xx", "404", "422"]},
        },
    }
)
SCHEMA = schemathesis.openapi.from_dict(create_app(load_settings()).openapi(), config=CONFIG)
QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


@dataclass(frozen=True)
class Service:
    base_url: str
    key: str


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    url = f"sqlite:///{tmp_path_factory.mktemp('service') / 'test.db'}"
    key = make_key(url, "acme")
    with served(create_app(load_settings(database_url=url, rate_limit=""), InThreads)) as base_url:
        yield Service(base_url, key)


def shorten(case: Case[Any]) -> None:
    """A right brief may ask for minutes; its solve shall not take them."""
    body: Any = case.body
    right = case.meta is None or case.meta.generation.mode == GenerationMode.POSITIVE
    if not right or not isinstance(body, dict):
        return
    if has_time_limit(body):
        case.body = shortened(body)
    elif has_time_limit(body.get("brief")):
        case.body = {**body, "brief": shortened(body["brief"])}


def has_time_limit(brief: Any) -> bool:
    return isinstance(brief, dict) and isinstance(brief.get("solver"), dict) and "time_limit" in brief["solver"]


def shortened(brief: dict[str, Any]) -> dict[str, Any]:
    return {**brief, "solver": {**brief["solver"], "time_limit": "PT1S"}}


@SCHEMA.parametrize()
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=QUIET)
def test_every_answer_is_declared(case: Case[Any], service: Service) -> None:
    shorten(case)
    case.call_and_validate(base_url=service.base_url, headers=bearer(service.key))

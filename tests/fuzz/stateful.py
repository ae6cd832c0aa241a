"""Random walks through the API along the links of its OpenAPI document, every answer checked against the document."""

import json
from typing import Any
from zlib import crc32

import requests
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis import Case, Config, GenerationMode
from schemathesis.checks import negative_data_rejection
from schemathesis.generation.stateful.state_machine import APIStateMachine

from app.main import create_app
from app.services import demo_briefs
from app.settings import load_settings

STEPS = 8
_RESTARTS = 5
_CONFIG = Config.from_dict(
    {
        "generation": {"mode": "all", "allow-x00": False, "with-security-parameters": False},
        "checks": {
            # No schema can say that ids are unique, that an infeasible brief has no plan to ask about, or how many
            # decimals the currency of the brief leaves to an amount in a query.
            "positive_data_acceptance": {"expected-statuses": ["2xx", "400", "404", "409", "422"]},
        },
    }
)
_BUILT_IN: tuple[dict[str, Any], ...] = tuple(
    {**json.loads(demo.raw), "solver": {"time_limit": "PT1S"}} for demo in demo_briefs.all_briefs()
)
_QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def walk(base_url: str, headers: dict[str, str], walks: int, *, derandomize: bool) -> None:
    """Walk ``walks`` times, up to ``STEPS`` calls each. Raises schemathesis' failures.

    Hypothesis gives up where the same choices lead elsewhere than before, as they do when a solve has ended by now that
    had not then. That says nothing of the service: the walks that are left begin anew, a few times at most.
    """
    schema = schemathesis.openapi.from_dict(create_app(load_settings()).openapi(), config=_CONFIG)

    session = requests.Session()

    class Walk(schema.as_state_machine()):  # type: ignore[misc]
        """A walk that begins with a brief that has an answer more often than chance would have it."""

        begun = 0

        def setup(self) -> None:
            Walk.begun += 1

        def before_call(self, case: Case[Any]) -> None:
            if case.operation.definition.raw.get("operationId") == "create_optimization":
                _post_what_can_be_solved(case)

        def get_call_kwargs(self, case: Case[Any]) -> dict[str, Any]:
            return {"base_url": base_url, "headers": headers, "session": session}

        def validate_response(self, response: Any, case: Case[Any], *_arguments: Any, **given: Any) -> None:
            # A body that was put in place is valid, but schemathesis may think otherwise: of a model that stands for
            # several kinds of rules (min_genuine_share, min_reply_rate) it takes the last kind alone for right.
            unfounded = [negative_data_rejection] if _is_built_in(case.body) else []
            case.validate_response(response, excluded_checks=unfounded, transport_kwargs=given)

    machine: type[APIStateMachine] = Walk
    with session:
        for restart in range(_RESTARTS + 1):
            try:
                machine.run(settings=_settings(max(walks - Walk.begun, 1), derandomize=derandomize))
                break
            except FlakyStrategyDefinition:
                if restart == _RESTARTS:
                    raise


def _settings(walks: int, *, derandomize: bool) -> settings:
    return settings(
        max_examples=walks,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=derandomize,
        database=None,
        suppress_health_check=_QUIET,
    )


def _post_what_can_be_solved(case: Case[Any]) -> None:
    """Put a built-in brief in place of most right bodies: a random one is mostly refused, and leads nowhere."""
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    chosen = crc32(json.dumps(case.body, sort_keys=True, default=str).encode()) % 8
    if chosen < len(_BUILT_IN):
        case.body = _BUILT_IN[chosen]
        return
    body: Any = case.body
    if isinstance(body, dict) and isinstance(body.get("solver"), dict):
        case.body = {**body, "solver": {**body["solver"], "time_limit": "PT1S"}}


def _is_built_in(body: Any) -> bool:
    return any(body == known for known in _BUILT_IN)

"""The resource around a result."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

from app.services import resource
from app.services.resource import Moments, finished, reproducibility
from optimizer.forecast.benchmarks import load_benchmarks
from tests.app.services.solved import demo, outcome_of


def test_reproducibility_says_what_it_takes_to_get_the_plan_again() -> None:
    raw, benchmarks = b' {"a": 1}\n', load_benchmarks()
    found = reproducibility(raw, 7, benchmarks)
    assert found.brief_hash == hashlib.sha256(raw).hexdigest()
    assert found.parameters_hash == benchmarks.hash
    assert found.seed == 7
    assert found.solver.startswith("ortools 9.15")
    assert found.service == resource.service_version()


def test_a_finished_optimization_succeeded_even_without_a_plan() -> None:
    brief = demo("infeasible")
    received = datetime(2026, 1, 2, tzinfo=UTC)
    moments = Moments(received, received + timedelta(seconds=1), received + timedelta(seconds=2))
    known = reproducibility(json.dumps(brief).encode(), 1, load_benchmarks())
    found = finished("opt_1", brief["label"], moments, outcome_of(brief), known)
    assert (found.status, found.solution_status, found.stop_reason) == ("succeeded", "infeasible", "proven")
    assert (found.progress, found.failure, found.parent_id) == (None, None, None)
    assert json.loads(found.model_dump_json())["created_at"] == "2026-01-02T00:00:00Z"

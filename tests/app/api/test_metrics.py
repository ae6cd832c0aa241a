"""/metrics counts by route template, says what the queue is like, and answers without a database too."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from app.services import queue_watch
from app.settings import Settings, load_settings
from app.storage import migrate, queue_figures
from app.storage.database import Database
from app.storage.ids import new_id
from app.storage.tables import OptimizationRow
from app.telemetry.metrics import QueueFigures
from tests.app.api.conftest import Body, OpenClient
from tests.event_loop import in_an_event_loop

NewSettings = Callable[..., Settings]
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scraped(client: httpx.Client) -> Samples:
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float | None:
    return samples.get((name, frozenset(labels.items())))


def label_values(samples: Samples, name: str, label: str) -> set[str]:
    return {dict(labels)[label] for found, labels in samples if found == name}


REQUESTS = "creatormix_http_requests_total"


def test_requests_are_counted_by_the_template_of_their_route(serve: OpenClient, new_settings: NewSettings) -> None:
    client = serve(new_settings())
    for number in range(3):
        assert client.get(f"/v1/optimizations/secret_{number}").status_code == 404
    samples = scraped(client)
    route = "/v1/optimizations/{optimization_id}"
    assert value(samples, REQUESTS, method="GET", route=route, status="404") == 3
    assert value(samples, "creatormix_http_request_seconds_count", method="GET", route=route) == 3
    assert not any("secret" in text for _, labels in samples for _, text in labels)


def test_what_a_caller_makes_up_becomes_no_label(serve: OpenClient, new_settings: NewSettings) -> None:
    client = serve(new_settings())
    for number in range(5):
        assert client.get(f"/made/up/{number}").status_code == 404
        assert client.request(f"MADEUP{number}", "/livez").status_code == 405
    samples = scraped(client)
    assert label_values(samples, REQUESTS, "route") == {"none", "/livez"}
    assert label_values(samples, REQUESTS, "method") == {"GET", "OTHER"}
    assert value(samples, REQUESTS, method="GET", route="none", status="404") == 5
    assert value(samples, REQUESTS, method="OTHER", route="/livez", status="405") == 5


def test_a_defect_is_counted_as_500(
    serve: OpenClient, new_settings: NewSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("app.services.readiness.check", lambda _: crash())
    client = serve(new_settings())
    assert client.get("/readyz").status_code == 500
    assert value(scraped(client), REQUESTS, method="GET", route="/readyz", status="500") == 1


def test_applications_of_one_process_count_apart(serve: OpenClient, new_settings: NewSettings, tmp_path: Path) -> None:
    first, second = (
        serve(new_settings(database_url=f"sqlite:///{tmp_path / name}.db")) for name in ("first", "second")
    )
    first.get("/livez")
    counted = {"method": "GET", "route": "/livez", "status": "200"}
    assert value(scraped(first), REQUESTS, **counted) == 1
    assert value(scraped(second), REQUESTS, **counted) is None


def test_it_says_which_versions_run(client: httpx.Client) -> None:
    versions = client.get("/version").json()
    built = {key: versions[key] for key in ("service", "model", "solver", "python")}
    assert value(scraped(client), "creatormix_build_info", **built) == 1


def test_the_queue_is_that_of_the_database(serve: OpenClient, empty_database_url: str) -> None:
    client = serve(load_settings(database_url=empty_database_url))
    samples = scraped(client)
    assert value(samples, "creatormix_database_up") == 1
    assert value(samples, "creatormix_queue_depth") == 0
    assert value(samples, "creatormix_oldest_queued_seconds") == 0


def test_a_solve_is_counted_where_it_ended(serve: OpenClient, new_settings: NewSettings, brief: Body) -> None:
    client = serve(new_settings(concurrent_solves=2))
    assert client.post("/v1/optimizations", json=brief).json()["stop_reason"] == "proven"
    time.sleep(0.2)
    samples = scraped(client)
    how = {"status": "succeeded", "solution_status": "optimal", "stop_reason": "proven"}
    assert value(samples, "creatormix_optimizations_ended_total", **how) == 1
    assert value(samples, "creatormix_solve_seconds_count") == 1
    assert value(samples, "creatormix_relative_gap_count") == 1
    assert value(samples, "creatormix_executors_alive", kind="serve") == 1
    assert value(samples, "creatormix_solver_slots", kind="serve") == 2


def test_its_figures_are_counts_and_the_age_of_the_oldest(empty_database_url: str) -> None:
    migrate.upgrade(empty_database_url)
    now = datetime.now(UTC)
    with _database(empty_database_url) as database:
        with database.writing() as session:
            for status, minutes in (("queued", 5), ("queued", 90), ("running", 200), ("succeeded", 300)):
                at = now - timedelta(minutes=minutes)
                session.add(OptimizationRow(id=new_id("opt", at), status=status, created_at=at, warnings_json="[]"))
        figures = queue_watch.figures(database)
    assert (figures.queued, figures.running) == (2, 1)
    assert 90 * 60 <= figures.oldest_queued_s < 95 * 60


@contextmanager
def _database(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


def test_it_answers_while_the_database_is_away(
    serve: OpenClient, new_settings: NewSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: object) -> None:
        raise OperationalError("SELECT", None, Exception("no connection"))

    client = serve(new_settings())
    monkeypatch.setattr(queue_figures, "read", away)
    samples = scraped(client)
    assert value(samples, "creatormix_database_up") == 0
    assert value(samples, "creatormix_queue_depth") is None
    assert value(samples, "process_start_time_seconds") is not None


@in_an_event_loop
async def test_a_database_that_hangs_is_asked_once_and_waited_for_briefly() -> None:
    go = threading.Event()
    asked = 0

    def hang() -> QueueFigures:
        nonlocal asked
        asked += 1
        assert go.wait(30)
        return QueueFigures(queued=7, running=0, oldest_queued_s=0)

    watch = queue_watch.QueueWatch(hang, patience_s=0.05)
    try:
        assert [await watch.figures() for _ in range(3)] == [None, None, None]
        assert asked == 1
    finally:
        go.set()
    patient = None
    for _ in range(100):
        patient = patient or await watch.figures()
    assert patient is not None
    assert patient.queued == 7
    assert asked == 1


def test_solves_and_refusals_are_counted(new_settings: NewSettings) -> None:
    from app.telemetry.metrics import Metrics

    metrics = Metrics({"service": "1"})
    metrics.ended("succeeded", "optimal", "proven", solve_s=0.2, relative_gap=0.0)
    metrics.ended("failed", None, None, solve_s=None, relative_gap=None)
    metrics.webhook_attempt("delivered")
    metrics.rate_limited()
    metrics.idempotent_replay()
    text = metrics.exposition(None).decode()
    for line in (
        'creatormix_optimizations_ended_total{solution_status="optimal",status="succeeded",stop_reason="proven"} 1.0',
        'creatormix_optimizations_ended_total{solution_status="",status="failed",stop_reason=""} 1.0',
        'creatormix_solve_seconds_bucket{le="0.25"} 1.0',
        'creatormix_relative_gap_bucket{le="0.0"} 1.0',
        "creatormix_relative_gap_count 1.0",
        'creatormix_webhook_attempts_total{outcome="delivered"} 1.0',
        "creatormix_rate_limited_requests_total 1.0",
        "creatormix_idempotent_replays_total 1.0",
        "creatormix_database_up 0.0",
    ):
        assert f"\n{line}\n" in text

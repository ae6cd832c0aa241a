"""Metrics for Prometheus: a registry per application, and what is counted in it.

No label has a value that a caller chooses: routes are templates, methods are known ones, tenants are not named.
docs/operations.md says what each is for.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST
disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series each, which only says when it began

WebhookOutcome = Literal["delivered", "refused", "failed", "blocked"]
"""delivered: answered with 2xx; refused: with another status. failed: no answer. blocked: an address not allowed."""

_PREFIX = "creatormix"
_REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_SOLVE_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600)
_GAPS = (0.0, 1e-9, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.1, 1.0)


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """The queue as the database has it, for all processes together.

    queued: at most ``storage.queue_figures.MOST_COUNTED``. oldest_queued_s: 0 when nothing waits.
    executors, slots: living processes, and how many solves they run at a time, by kind.
    """

    queued: int
    running: int
    oldest_queued_s: float
    executors: dict[str, int] = field(default_factory=dict)
    slots: dict[str, int] = field(default_factory=dict)


class Metrics:
    """What one process counts, and how Prometheus reads it."""

    def __init__(self, versions: dict[str, str]) -> None:
        self._registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)
        Info("build", "Versions that run here", namespace=_PREFIX, registry=self._registry).info(versions)
        self._requests = self._counter("http_requests", "Requests answered", "method", "route", "status")
        self._request_seconds = self._histogram(
            "http_request_seconds",
            "Seconds from a request to the end of its answer",
            _REQUEST_SECONDS,
            "method",
            "route",
        )
        self._ended = self._counter(
            "optimizations_ended", "Optimizations that ended here", "status", "solution_status", "stop_reason"
        )
        self._solve_seconds = self._histogram(
            "solve_seconds",
            "Seconds that solves took, without reading the brief and the answers around the plan",
            _SOLVE_SECONDS,
        )
        self._gap = self._histogram("relative_gap", "Relative gap of the plans found", _GAPS)
        self._webhook_attempts = self._counter("webhook_attempts", "Attempts to deliver a webhook", "outcome")
        self._replays = self._counter("idempotent_replays", "Answers given again for an Idempotency-Key")
        self._rate_limited = self._counter("rate_limited_requests", "Requests refused by a rate limit or quota")

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request. method, route: of known ones, see ``app.api.access``."""
        self._requests.labels(method, route, str(status)).inc()
        self._request_seconds.labels(method, route).observe(seconds)

    def ended(
        self,
        status: str,
        solution_status: str | None,
        stop_reason: str | None,
        solve_s: float | None,
        relative_gap: float | None,
    ) -> None:
        """Count an optimization that this process brought to its end. None: there is no such thing."""
        self._ended.labels(status, solution_status or "", stop_reason or "").inc()
        if solve_s is not None:
            self._solve_seconds.observe(solve_s)
        if relative_gap is not None:
            self._gap.observe(relative_gap)

    def webhook_attempt(self, outcome: WebhookOutcome) -> None:
        """Count an attempt to deliver a webhook."""
        self._webhook_attempts.labels(outcome).inc()

    def idempotent_replay(self) -> None:
        """Count an answer that was given again."""
        self._replays.inc()

    def rate_limited(self) -> None:
        """Count a request that was refused by a rate limit or quota."""
        self._rate_limited.inc()

    def exposition(self, queue: QueueFigures | None) -> bytes:
        """All of it as Prometheus reads it. queue: None when the database does not answer; then it is left out."""
        of_queue = CollectorRegistry()
        of_queue.register(_Queue(queue))
        return generate_latest(self._registry) + generate_latest(of_queue)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, namespace=_PREFIX, registry=self._registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, text, labels, namespace=_PREFIX, registry=self._registry, buckets=buckets)


class _Queue(Collector):
    def __init__(self, figures: QueueFigures | None) -> None:
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        figures = self._figures
        yield _gauge("database_up", "1 when the database answered this scrape", 0 if figures is None else 1)
        if figures is None:
            return
        yield _gauge("queue_depth", "Optimizations that wait, in all processes", figures.queued)
        yield _gauge("oldest_queued_seconds", "Age of the oldest that waits; 0 for none", figures.oldest_queued_s)
        yield _gauge("running", "Optimizations that are being solved, in all processes", figures.running)
        yield _gauges("executors_alive", "Living processes", figures.executors)
        yield _gauges("solver_slots", "Solves that the living processes run at a time", figures.slots)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{_PREFIX}_{name}", text, value=value)


def _gauges(name: str, text: str, by_kind: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(f"{_PREFIX}_{name}", text, labels=["kind"])
    for kind, value in sorted(by_kind.items()):
        family.add_metric([kind], value)
    return family

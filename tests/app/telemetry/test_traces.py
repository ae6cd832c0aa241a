"""Spans of requests and solves reach an exporter when that is configured, and cost nothing when it is not."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from app.main import create_app
from app.services import demo_briefs
from app.settings import Settings
from app.telemetry import traces
from app.telemetry.traces import Traces
from app.telemetry.traces_export import provider
from tests.in_threads import InThreads
from tests.serving import served

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracing(spans: InMemorySpanExporter) -> Traces:
    return Traces(provider(SimpleSpanProcessor(spans)))


def attributes(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


def test_a_request_is_a_span_of_its_route_in_the_callers_trace_and_hides_the_query(
    new_settings: Callable[..., Settings], tracing: Traces, spans: InMemorySpanExporter
) -> None:
    with (
        served(create_app(new_settings(), InThreads, tracing)) as base_url,
        httpx.Client(base_url=base_url, trust_env=False) as client,
    ):
        for path in ("/livez", "/readyz", "/metrics"):
            assert client.get(path).status_code == 200
        assert client.get("/v1/optimizations?label=secret", headers={"traceparent": PARENT}).status_code == 200
        assert client.get("/v1/optimizations/opt_x").status_code == 404
    listed, missing = spans.get_finished_spans()
    assert listed.name == "GET /v1/optimizations"
    assert listed.parent is not None
    assert f"{listed.parent.trace_id:032x}" == PARENT.split("-")[1]
    assert f"{listed.parent.span_id:016x}" == PARENT.split("-")[2]
    assert attributes(listed)["http.route"] == "/v1/optimizations"
    assert attributes(listed)["http.response.status_code"] == 200
    assert "secret" not in listed.to_json()
    assert missing.name == "GET /v1/optimizations/{optimization_id}"
    assert missing.parent is None
    assert listed.resource.attributes["service.name"] == "creatormix"


def test_the_trace_of_a_brief_goes_from_its_caller_to_its_solve(
    new_settings: Callable[..., Settings], tracing: Traces, spans: InMemorySpanExporter
) -> None:
    app = create_app(new_settings(), InThreads, tracing)
    brief = json.loads(demo_briefs.raw("minimal"))
    with served(app) as base_url, httpx.Client(base_url=base_url, trust_env=False, timeout=60) as client:
        made = client.post("/v1/optimizations", json=brief, headers={"traceparent": PARENT})
    named = {span.name: span for span in spans.get_finished_spans()}
    request, solve = named["POST /v1/optimizations"], named["solve"]
    assert request.context is not None
    assert solve.parent is not None
    assert solve.parent.span_id == request.context.span_id
    assert f"{solve.parent.trace_id:032x}" == PARENT.split("-")[1]
    told = attributes(solve)
    assert told["creatormix.optimization_id"] == made.json()["id"]
    assert told["creatormix.tenant_id"] == "default"
    assert (told["creatormix.status"], told["creatormix.solution_status"]) == ("succeeded", "optimal")


def test_a_solve_continues_the_trace_of_the_request_that_asked_for_it(
    tracing: Traces, spans: InMemorySpanExporter
) -> None:
    with tracing.span("post", None, {}):
        carried = traces.traceparent()
    assert carried is not None
    with tracing.span("solve", carried, {"creatormix.optimization_id": "opt_1"}):
        assert traces.current_ids()["trace_id"] == carried.split("-")[1]
    asked, solved = spans.get_finished_spans()
    assert solved.parent is not None
    assert asked.context is not None
    assert (solved.parent.trace_id, solved.parent.span_id) == (asked.context.trace_id, asked.context.span_id)
    assert attributes(solved) == {"creatormix.optimization_id": "opt_1"}


def test_a_failed_solve_says_what_kind_of_error_and_not_its_message(
    tracing: Traces, spans: InMemorySpanExporter
) -> None:
    with pytest.raises(ValueError, match="secret"), tracing.span("solve", None, {}):
        raise ValueError("secret")
    (span,) = spans.get_finished_spans()
    assert not span.status.is_ok
    assert attributes(span) == {"error.type": "ValueError"}
    assert "secret" not in span.to_json()


def test_a_traceparent_that_is_none_begins_a_trace_of_its_own(tracing: Traces, spans: InMemorySpanExporter) -> None:
    with tracing.span("solve", "garbage", {}):
        pass
    assert spans.get_finished_spans()[0].parent is None


def test_without_configuration_nothing_is_traced() -> None:
    off = traces.from_environment({})
    assert off.provider is None
    with off.span("solve", PARENT, {}):
        assert traces.traceparent() is None
        assert traces.current_ids() == {}
    off.close()


@pytest.mark.parametrize(
    ("given", "traced"),
    [
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:9/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_SERVICE_NAME": "mix"}, False),
    ],
)
def test_opentelemetrys_own_variables_switch_it(given: dict[str, str], traced: bool) -> None:
    made = traces.from_environment(given)
    assert isinstance(made.provider, TracerProvider) is traced
    made.close()


def test_without_the_extra_the_log_names_it(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    monkeypatch.delitem(sys.modules, "app.telemetry.traces_export")
    with caplog.at_level(logging.WARNING):
        made = traces.from_environment({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"})
    assert made.provider is None
    assert "creatormix[otel]" in caplog.text


def test_the_sdk_is_not_imported_where_nothing_is_traced(new_settings: Callable[..., Settings]) -> None:
    program = (
        "import sys\n"
        "from app.main import create_app\n"
        "from app.settings import load_settings\n"
        "create_app(load_settings(database_url=sys.argv[1]))\n"
        "print([name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter'))])\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", program, new_settings().database_url], capture_output=True, text=True, check=True, env={}
    )
    assert found.stdout.strip() == "[]"

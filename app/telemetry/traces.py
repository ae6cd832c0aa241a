"""Traces: one span per request, made by FastAPI, and one per solve, in whichever process that runs.

Configured by OpenTelemetry's own variables (``OTEL_EXPORTER_OTLP_ENDPOINT`` and its kin), which need the extra
``creatormix[otel]``. Where they say nothing the SDK is not even imported.
"""

import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_log = logging.getLogger("creatormix.traces")
_CLOSING_S = 5.0
_W3C = TraceContextTextMapPropagator()
Attributes = Mapping[str, str | int | float | bool]


class Traces:
    """Where one application's spans go; nowhere without a provider."""

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self.provider = provider

    @contextmanager
    def span(self, name: str, traceparent: str | None, attributes: Attributes) -> Iterator[Span]:
        """A span around work that another process may have asked for.

        traceparent: as ``traceparent`` gave it there; None begins a trace of its own.
        """
        if self.provider is None:
            yield trace.INVALID_SPAN
            return
        parent = _W3C.extract({"traceparent": traceparent} if traceparent else {})
        tracer = self.provider.get_tracer("creatormix")
        with tracer.start_as_current_span(
            name,
            context=parent,
            kind=SpanKind.CONSUMER,
            attributes=attributes,
            record_exception=False,  # its message may tell of a brief
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except Exception as error:
                span.set_attribute("error.type", type(error).__qualname__)
                span.set_status(StatusCode.ERROR)
                raise

    def close(self) -> None:
        """Send what is still here, for a few seconds at most: a collector that is away must not hold up the end."""
        shutdown = getattr(self.provider, "shutdown", None)
        if shutdown is not None:
            closing = threading.Thread(target=shutdown, name="traces-close", daemon=True)
            closing.start()
            closing.join(_CLOSING_S)


def from_environment(environment: Mapping[str, str] | None = None) -> Traces:
    """Traces as the OTEL_ variables say. Without the extra they are off, which the log says: they serve, not rule."""
    given = os.environ if environment is None else environment
    if not _wanted(given):
        return Traces()
    try:
        from app.telemetry.traces_export import otlp_provider
    except ModuleNotFoundError as error:
        _log.warning("The OTEL_ variables ask for traces, but %s is not installed: creatormix[otel] has it", error.name)
        return Traces()
    return Traces(otlp_provider())


def _wanted(environment: Mapping[str, str]) -> bool:
    endpoint = environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or environment.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    off = (
        environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
        or environment.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none"
    )
    return bool(endpoint) and not off


def traceparent() -> str | None:
    """The current span as W3C Trace Context, to be kept with a job; None where nothing is traced."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get("traceparent")


def current_ids() -> dict[str, str]:
    """trace_id and span_id of the current span, for the log; {} where nothing is traced."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {"trace_id": trace.format_trace_id(context.trace_id), "span_id": trace.format_span_id(context.span_id)}

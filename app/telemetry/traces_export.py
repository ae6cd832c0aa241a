"""The OpenTelemetry SDK: imported only where traces are asked for."""

import os

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


class WithoutQuery(SpanProcessor):
    """Hides the query string, which may hold a label, from what is exported."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002
        """Called when a span begins, with the attributes it begins with."""
        if span.attributes is not None and "url.query" in span.attributes:
            span.set_attribute("url.query", "REDACTED")


def provider(exporting: SpanProcessor) -> TracerProvider:
    """A provider of our own, named by OTEL_SERVICE_NAME, which gives its spans to ``exporting``."""
    name = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "creatormix"}
    made = TracerProvider(resource=Resource.create(name), shutdown_on_exit=False)
    made.add_span_processor(WithoutQuery())
    made.add_span_processor(exporting)
    return made


def otlp_provider() -> TracerProvider:
    """Spans in batches by OTLP over HTTP; address, headers and time-outs are OpenTelemetry's variables."""
    return provider(BatchSpanProcessor(OTLPSpanExporter()))

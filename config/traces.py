"""Traces of requests for an OpenTelemetry collector; imported only where OTEL_EXPORTER_OTLP_ENDPOINT is set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace import Status

# What a collector may know of a request; addresses, queries, agents and clients are not among it.
KEPT = {
    "http.method", "http.request.method", "http.route", "http.status_code", "http.response.status_code", "request_id",
}  # fmt: skip


class Discreet(OTLPSpanExporter):
    """Exports spans without the words of exceptions and without attributes that hold what somebody sent."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return super().export([_discreet(span) for span in spans])


def start() -> None:
    """Send a trace of every request from now on."""
    provider = TracerProvider(
        resource=Resource.create({"service.name": "ace-mall-staff"}), span_limits=SpanLimits(max_events=0)
    )
    provider.add_span_processor(BatchSpanProcessor(Discreet()))
    DjangoInstrumentor().instrument(tracer_provider=provider, response_hook=_identified)


def _identified(span: Any, request: Any, response: Any) -> None:
    span.set_attribute("request_id", response.headers.get("X-Request-ID", ""))


def _discreet(span: ReadableSpan) -> ReadableSpan:
    attributes = {name: value for name, value in (span.attributes or {}).items() if name in KEPT}
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=attributes,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )

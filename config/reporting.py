"""Reports to services outside, only where their address is set: errors to Sentry, traces to OpenTelemetry.

Neither is installed unless asked for, and neither is told what a person sent, who they are, or where they went
beyond the route's pattern.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from config.errors import request_id

# What Sentry may know of an event.
KEPT = ("event_id", "timestamp", "level", "platform", "release", "environment", "exception", "transaction", "sdk")
# setting: the package that it needs, and how to get it
NEEDS = {
    "SENTRY_DSN": ("sentry_sdk", "sentry-sdk==2.75.0"),
    "OTEL_EXPORTER_OTLP_ENDPOINT": (
        "opentelemetry.instrumentation.django",
        "opentelemetry-instrumentation-django==0.66b1 opentelemetry-exporter-otlp-proto-http==1.45.1",
    ),
}


def missing(setting: str) -> str:
    """The sentence for a setting whose package is not installed; empty where it is."""
    module, packages = NEEDS[setting]
    try:
        found = find_spec(module)
    except ModuleNotFoundError:
        found = None
    return "" if found else f"{setting} is set, but what it needs is not installed: .venv/bin/uv pip install {packages}"


def start_sentry(dsn: str) -> None:
    """Report every unhandled exception from now on."""
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_send=_cleaned,
    )


def start_tracing() -> None:
    """Send a trace of every request to OTEL_EXPORTER_OTLP_ENDPOINT from now on."""
    from config import traces

    traces.start()


def _cleaned(event: Any, hint: Any) -> Any:
    """The kind of exception and where it was raised; its words, which may repeat what was sent, stay in our own log,
    where the request's id finds them."""
    kept = {name: event[name] for name in KEPT if name in event}
    for exception in kept.get("exception", {}).get("values", ()):
        exception["value"] = "(in the log)"
    return {**kept, "tags": {"request_id": request_id()}}

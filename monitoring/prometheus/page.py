"""Everything for Prometheus, as text."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from monitoring.prometheus import counted
from monitoring.prometheus.figures import Figures

CONTENT_TYPE = CONTENT_TYPE_LATEST


def page() -> bytes:
    """What all processes of this web server counted, and the figures of everything around them."""
    asked = CollectorRegistry()
    asked.register(Figures())
    return counted.text() + generate_latest(asked)

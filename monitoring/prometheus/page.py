"""Everything for Prometheus, as text."""

from __future__ import annotations

import logging

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from monitoring.prometheus import counted
from monitoring.prometheus.figures import Figures

log = logging.getLogger(__name__)

CONTENT_TYPE = CONTENT_TYPE_LATEST


def page() -> bytes:
    """What all processes of this web server counted, and the figures of everything around them."""
    asked = CollectorRegistry()
    asked.register(Figures())
    return _requests() + generate_latest(asked)


def _requests() -> bytes:
    try:
        return counted.text()
    except OSError as error:
        log.warning("What requests were counted cannot be read: %s", error)
        return b""

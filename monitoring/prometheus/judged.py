"""The figures that alert rules judge and that no other series has: the machine, jobs, who is silent.

One series for all of them, by the name that the rule has, so that a new probe is watched from outside as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric

from monitoring.probes import PROBES

NAME = "acemall_alert_figure"


def metrics() -> Iterator[Metric]:
    """Each probe of the moment, in the unit of its rule; one that cannot be known now is left out, never zero."""
    figures = GaugeMetricFamily(NAME, "What an alert rule judges, in the rule's own unit.", labels=["metric"])
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', '1s', true)")
        for name, probe in PROBES.items():
            # Those that look back over a window read the same counts that Prometheus scrapes.
            reading = None if probe.longest else probe.measure(timedelta(), now)
            if reading is not None and reading.samples:
                figures.add_metric([name], reading.value)
    yield figures

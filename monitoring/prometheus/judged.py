"""The figures that alert rules judge and that no other series has: the machine, jobs, who is silent.

One series for all of them, by the name that the rule has, so that a new probe is watched from outside as well. They are
what the last evaluation measured: within a minute, and by a web process where beat or worker is dead (watchman.py).
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric

from monitoring.models import AlertRule
from monitoring.probes import PROBES

NAME = "acemall_alert_figure"


def metrics() -> Iterator[Metric]:
    """Each figure in the unit of its rule, in one query; one that is not known now is left out, never zero."""
    figures = GaugeMetricFamily(NAME, "What an alert rule judges, in the rule's own unit.", labels=["metric"])
    now = timezone.now()
    # Those that look back over a window are made of the same counts that Prometheus scrapes.
    of_the_moment = [name for name, probe in PROBES.items() if not probe.longest]
    for rule in AlertRule.objects.filter(metric__in=of_the_moment, value__isnull=False):
        if rule.samples and not rule.is_stale(now):
            figures.add_metric([rule.metric], float(rule.value or 0))
    yield figures

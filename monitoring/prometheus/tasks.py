"""Runs of tasks, how long they took, and how many wait in each queue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from config.celery import app
from monitoring.taskcounts import BOUNDS, KEY, OUTCOMES
from monitoring.traffic import store


def metrics() -> Iterator[Metric]:
    """Runs, durations, and how many tasks wait in each queue. Raises redis.RedisError."""
    counts: dict[str, dict[str, float]] = {}
    found: Any = store.client().hgetall(KEY)
    for field, number in found.items():
        task, _, what = field.decode().rpartition("|")
        counts.setdefault(task, {})[what] = float(number)
    runs = CounterMetricFamily("acemall_task_runs_total", "Runs of tasks that ended.", labels=["task", "outcome"])
    durations = HistogramMetricFamily("acemall_task_duration_seconds", "How long a run took.", labels=["task"])
    for task, numbers in sorted(counts.items()):
        for outcome in OUTCOMES:
            runs.add_metric([task, outcome], numbers.get(outcome, 0))
        durations.add_metric([task], list(_cumulated(numbers)), sum_value=numbers.get("seconds", 0))
    yield from (runs, durations, _queues())


def _cumulated(numbers: dict[str, float]) -> Iterator[tuple[str, float]]:
    total = 0.0
    for bound in BOUNDS.values():
        total += numbers.get(bound, 0)
        yield bound, total


def _queues() -> Metric:
    depth = GaugeMetricFamily("acemall_queue_depth", "Tasks that wait in a queue.", labels=["queue"])
    for queue in app.amqp.queues:
        waiting: Any = store.client().llen(queue)
        depth.add_metric([queue], waiting)
    return depth

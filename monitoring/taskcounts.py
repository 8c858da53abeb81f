"""Runs of tasks, counted in the broker by the worker that ran them, for Prometheus.

Rows of JobRun are removed when they are old; a counter never goes down. It counts every task, also those that are no
periodic job.
"""

from __future__ import annotations

import logging
import time
from math import inf
from typing import Any

import redis
from celery import signals, states

from monitoring.traffic import store

log = logging.getLogger(__name__)

KEY = "taskcounts"  # hash: "task|what" → number; what is an outcome, "seconds", or a bound of the histogram
BOUNDS = {0.1: "0.1", 0.5: "0.5", 1.0: "1.0", 5.0: "5.0", 30.0: "30.0", 60.0: "60.0", 300.0: "300.0", inf: "+Inf"}
OUTCOMES = ("done", "failed", "retried")
OUTCOME_OF = {"SUCCESS": "done", "RETRY": "retried"}  # of Celery's states; every other one is a failure

_begun: dict[str, float] = {}


def connect() -> None:
    """Count every run from now on; connecting twice changes nothing."""
    signals.task_prerun.connect(began, dispatch_uid="taskcounts.began", weak=False)
    signals.task_postrun.connect(ended, dispatch_uid="taskcounts.ended", weak=False)


def began(task_id: str, **_signal: Any) -> None:
    _begun[task_id] = time.monotonic()


def ended(task_id: str, task: Any, state: str | None = None, **_signal: Any) -> None:
    """Comes after every run, however it ended; not after one whose process was killed."""
    seconds = time.monotonic() - _begun.pop(task_id, time.monotonic())
    if state == states.IGNORED:
        return  # its message came twice, and was dropped
    bound = next(bound for bound in BOUNDS if seconds <= bound)
    pipeline = store.client().pipeline(transaction=True)
    pipeline.hincrby(KEY, f"{task.name}|{OUTCOME_OF.get(state or '', 'failed')}", 1)
    pipeline.hincrbyfloat(KEY, f"{task.name}|seconds", seconds)
    pipeline.hincrby(KEY, f"{task.name}|{BOUNDS[bound]}", 1)
    try:
        pipeline.execute()
    except redis.RedisError:
        log.warning("A task's run could not be counted.", exc_info=True)

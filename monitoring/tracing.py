"""A request's id goes with the tasks that it causes: one search of the log finds the request and all of them."""

from __future__ import annotations

import logging.config
from contextlib import ExitStack
from contextvars import ContextVar
from typing import Any

from celery import signals
from django.conf import settings

from config import errors, logs, origin
from config.celery import SCHEDULE

HEADER = "request_id"
JOBS = {job.task: name for name, job in SCHEDULE.items()}

_task: ContextVar[str] = ContextVar("task", default="")
_open: dict[str, ExitStack] = {}


def connect() -> None:
    """Carry ids from now on, and write tasks' names into the lines of the log; connecting twice changes nothing."""
    signals.before_task_publish.connect(published, dispatch_uid="tracing.published", weak=False)
    signals.task_prerun.connect(began, dispatch_uid="tracing.began", weak=False)
    signals.task_postrun.connect(ended, dispatch_uid="tracing.ended", weak=False)
    signals.setup_logging.connect(keep_our_logging, dispatch_uid="tracing.logging", weak=False)
    logs.CONTEXT["task"] = _task.get


def published(headers: dict[str, Any], **_signal: Any) -> None:
    """In the process that asks for the task. What nobody asked for, such as a tick of beat, is its own cause."""
    headers[HEADER] = errors.request_id() or headers["id"]


def began(task_id: str, task: Any, **_signal: Any) -> None:
    stack = _open[task_id] = ExitStack()
    stack.enter_context(errors.of_request(task.request.get(HEADER) or task_id))
    stack.callback(_task.reset, _task.set(task.name))
    name = JOBS.get(task.name) or task.name.rpartition(".")[2]
    stack.enter_context(origin.of(origin.Origin(name=f"job {name}"[:60], request_id=errors.request_id())))


def ended(task_id: str, **_signal: Any) -> None:
    if stack := _open.pop(task_id, None):
        stack.close()


def keep_our_logging(**_signal: Any) -> None:
    """Celery would put a format of its own in the place of ours; with a receiver here it leaves logging alone."""
    logging.config.dictConfig(settings.LOGGING)

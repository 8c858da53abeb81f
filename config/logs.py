"""Lines of the log: JSON for machines, text for people, and in neither what opens a door or names a person.

The one line of every request comes from `access()`, written by hand because it is written often. Everything else goes
through Python's logging and a formatter from here.
"""

from __future__ import annotations

import logging
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson
from django.core.exceptions import SuspiciousOperation

from config.errors import request_id

STDOUT = 1  # the file itself: a line is one write, so that lines of several processes and threads never mix
HIDDEN = "[hidden]"
LEAST_SAID = 4  # characters; shorter words of a request may stand anywhere by chance

# What every line carries if there is any: a name, and who is asked for it. Apps add theirs when they are ready.
CONTEXT: dict[str, Callable[[], Any]] = {"request_id": request_id}

SECRET = (
    r"pass(?:word|wd|phrase)?|pwd|secret|token|otp|api[_-]?key|authorization|cookie|session(?:id)?|csrf|access|refresh"
)
# In this order: what is named goes with its value before anything looks inside the value.
SCRUBS = (
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), HIDDEN),  # JSON web tokens
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(://)[^/@\s]+@"), rf"\1{HIDDEN}@"),  # user and password of an address
    (re.compile(rf"(?i)([\w-]*(?:{SECRET})[\w-]*[\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&)\]}}]+)"), rf"\1{HIDDEN}"),
    (re.compile(r"(?im)^(\s*DETAIL:\s*).*$"), rf"\1{HIDDEN}"),  # PostgreSQL repeats a row's values there
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"\+\d[\d ()-]{7,}\d"), "[phone]"),
)


def scrub(text: str, said: Collection[str] = ()) -> str:
    """The text without passwords, tokens, e-mail addresses, phone numbers, PostgreSQL's row values, and `said`."""
    for word in sorted(said, key=len, reverse=True):
        text = text.replace(word, HIDDEN)
    for pattern, instead in SCRUBS:
        text = pattern.sub(instead, text)
    return text


class Lines(logging.Formatter, ABC):
    """A record as one line, scrubbed, with the context it was written in."""

    def format(self, record: logging.LogRecord) -> str:
        said = getattr(record, "said", ())
        more = {name: value for name, ask in CONTEXT.items() if (value := ask())} | getattr(record, "fields", {})
        exception = scrub(self.formatException(record.exc_info), said) if record.exc_info else ""
        return self.line(record, scrub(record.getMessage(), said), more, exception)

    @abstractmethod
    def line(self, record: logging.LogRecord, message: str, more: dict[str, Any], exception: str) -> str:
        """The line, of words that are scrubbed already."""


class JsonLines(Lines):
    """For machines: time, level, logger, message, context, exception."""

    def line(self, record: logging.LogRecord, message: str, more: dict[str, Any], exception: str) -> str:
        found = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "message": message,
            **more,
        }
        if exception:
            found["exception"] = exception
        return _dumped(found).decode()


class TextLines(Lines):
    """For a person."""

    def line(self, record: logging.LogRecord, message: str, more: dict[str, Any], exception: str) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        words = [f"{moment:%H:%M:%S} {record.levelname:<7} {record.name}: {message}"]
        words += (f"{name}={value}" for name, value in more.items())
        return " ".join(words) + (f"\n{exception}" if exception else "")


def lines(form: str = "") -> logging.Formatter:
    """The formatter for LOG_FORMAT; granian, which logs before there are settings, lets it look for itself."""
    return TextLines() if (form or os.environ.get("LOG_FORMAT", "")).upper() == "TEXT" else JsonLines()


def configuration(*, form: str, level: str, stream: TextIO) -> dict[str, Any]:
    """Django's LOGGING: whatever is logged goes to one stream, in one form, from one level on."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "config.logs.lines", "form": form}},
        "filters": {
            "without_address": {"()": "config.logs.WithoutAddress"},
            "without_signs_of_life": {"()": "config.logs.WithoutSignsOfLife"},
        },
        "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": stream, "formatter": "line"}},
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {
            # 4xx stand in the line of their request; these reports of them would add the path, or the Host header.
            "django.request": {"level": "ERROR", "filters": ["without_address"]},
            "django.security": {"level": "CRITICAL"},
            **{name: {"filters": ["without_signs_of_life"]} for name in ("celery.worker.strategy", "celery.app.trace")},
            # At DEBUG they write queries with their parameters, and messages with their contents.
            **{
                name: {"level": "INFO" if level == "DEBUG" else level}
                for name in ("django.db.backends", "django.template", "celery", "kombu", "amqp")
            },
        },
    }


class Access:
    """Writes the one line of each request: INFO, or WARNING when it was slow, or ERROR when it failed."""

    def __init__(self, *, form: str, level: str, slow_after_ms: int) -> None:
        self.least = logging.getLevelName(level)
        self.slow_after_ms = slow_after_ms
        self.formatted = _text if form == "TEXT" else _dumped

    def write(
        self, *, route: str, method: str, status: int, seconds: float, user: int | None, organisation: int | None
    ) -> None:
        """`route` is the pattern, never the path: that may hold a token or a name, and so may the query."""
        ms = round(seconds * 1000, 2)
        slow = ms >= self.slow_after_ms
        level = logging.ERROR if status >= 500 else logging.WARNING if slow else logging.INFO
        if level < self.least or level <= logging.root.manager.disable:
            return
        line: dict[str, Any] = {
            "time": datetime.now(UTC),
            "level": logging.getLevelName(level),
            "logger": "access",
            "message": f"{method} {route} {status}",
            "request_id": request_id(),
            "user": user,
            "organisation": organisation,
            "route": route,
            "method": method,
            "status": status,
            "duration_ms": ms,
        }
        if slow:
            line["slow"] = True
        with suppress(OSError):  # whoever read the lines is gone: no reason to fail the request
            os.write(STDOUT, self.formatted(line) + b"\n")


def _dumped(line: dict[str, Any]) -> bytes:
    return orjson.dumps(line, default=str, option=orjson.OPT_UTC_Z)


def _text(line: dict[str, Any]) -> bytes:
    who = f" user {line['user']} of {line['organisation']}" if line["user"] else ""
    slow = " SLOW" if line.get("slow") else ""
    text = f"{line['time']:%H:%M:%S} {line['message']} in {line['duration_ms']} ms{slow}{who} {line['request_id'][:8]}"
    return text.encode()


class WithoutSignsOfLife(logging.Filter):
    """Celery's two lines for each task, but not for the one that proves every few seconds that a queue is consumed."""

    TASKS = frozenset({"monitoring.tasks.heartbeat"})

    def filter(self, record: logging.LogRecord) -> bool:
        told = record.args.get("name") if isinstance(record.args, dict) else None
        return record.levelno > logging.INFO or told not in self.TASKS


class WithoutAddress(logging.Filter):
    """Django's report of a failed request: its route instead of its path, and none of what was sent with it.

    A database that is away is one sentence, not a page of traceback for each request.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        from config.outages import is_outage  # Django is not ready when granian asks for a formatter

        request = getattr(record, "request", None)
        match = getattr(request, "resolver_match", None)
        if isinstance(record.args, tuple) and len(record.args) == 2:
            record.args = (record.args[0], f"/{match.route}" if match else "(no route)")
        if record.exc_info and is_outage(record.exc_info[1]):
            record.fields = {"cause": scrub(" ".join(str(record.exc_info[1]).split()))}
            record.exc_info = None
        try:
            record.said = {word for word in _said(request) if len(word) >= LEAST_SAID} if request else ()
        except SuspiciousOperation:  # too many fields to be read: then the exception's words cannot be cleared of them
            record.exc_info = None
        return True


def _said(request: Any) -> Iterator[str]:
    """The words that came with a request, where they might come back in an exception: query, body, secret headers."""
    for words in (request.GET.lists(), request.COOKIES.items()):
        yield from (str(word) for _, found in words for word in (found if isinstance(found, list) else [found]))
    for name, value in request.headers.items():
        if re.search(rf"(?i)^x-|{SECRET}|agent|referer", name) and name != "X-Request-ID":
            yield value
    if hasattr(request, "_post"):
        yield from (word for _, found in request.POST.lists() for word in found)
    # Read already, or not to be read any more.
    body = getattr(request, "_body", b"")
    if body.startswith((b"{", b"[")):
        try:
            yield from _leaves(orjson.loads(body))
        except orjson.JSONDecodeError:
            yield body.decode(errors="replace")


def _leaves(value: Any) -> Iterator[str]:
    """Every text in a JSON value, however deep: somebody may have sent a thousand brackets."""
    open_ = [value]
    while open_:
        inner = open_.pop()
        if isinstance(inner, str):
            yield inner
        elif isinstance(inner, dict):
            open_.extend(inner.values())
        elif isinstance(inner, list):
            open_.extend(inner)

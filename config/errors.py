"""Refused: the rules say no, worded for people. And the request's id, which every error page names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from random import getrandbits
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

_request_id: ContextVar[str] = ContextVar("request_id", default="")

ACCEPTABLE_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")


class Refused(Exception):
    """A service will not do this. The text is one sentence that the person can act on.

    `code` is for machines, `fields` names the inputs that are wrong with a sentence each.
    """

    status = 409
    page = "errors/409.html"  # the template of a page that is refused; its words are the sentence
    # Whether what the request wrote before goes with it. A wrong password that was counted, and told, stays so.
    rolls_back = True
    # What their organisation lacks, or still asks of them, is no attempt of theirs and counts towards no burst.
    is_attempt = True

    def __init__(self, sentence: str, *, code: str = "refused", fields: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.sentence, self.code, self.fields = sentence, code, fields or {}


class Invalid(Refused):
    """The input itself cannot be read or makes no sense."""

    status = 400

    def __init__(self, sentence: str, *, code: str = "invalid", fields: dict[str, str] | None = None) -> None:
        super().__init__(sentence, code=code, fields=fields)


class WrongSecret(Invalid):
    """A password or a code that is not theirs, named by its field."""

    rolls_back = False

    def __init__(self, sentence: str, *, field: str) -> None:
        super().__init__(sentence, fields={field: sentence})


class Forbidden(Refused):
    """The row may be seen, but this action on it is not for this user."""

    status = 403

    def __init__(self, sentence: str = "Your role does not allow this.", *, code: str = "forbidden") -> None:
        super().__init__(sentence, code=code)


class Conflict(Refused):
    """Somebody else changed the row in between; the sentence says who and what."""

    status = 412

    def __init__(self, sentence: str, *, code: str = "conflict") -> None:
        super().__init__(sentence, code=code)


class TooMany(Refused):
    """Asked too often; `wait` is in seconds."""

    status = 429
    rolls_back = False  # that somebody was refused is written down

    def __init__(self, sentence: str, *, wait: int) -> None:
        super().__init__(sentence, code="too_many_requests")
        self.wait = wait


@contextmanager
def refusing(sentences: dict[str, str]) -> Iterator[None]:
    """Turn the breach of a named database constraint into a refusal; {constraint name: sentence}.

    Deferred constraints are not seen here: they speak at commit.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        sentence = sentences.get(getattr(diagnosis, "constraint_name", None) or "")
        if sentence is None:
            raise
        raise Refused(sentence) from error


def request_id() -> str:
    """The id of the request in progress, or an empty string outside one."""
    return _request_id.get()


def fresh_id() -> str:
    """An id for a request that came without one. Nothing is protected by it, so it need not ask the kernel."""
    return f"{getrandbits(128):032x}"


def chosen_id(meta: Mapping[str, Any]) -> str:
    """The caller's own X-Request-ID if it is harmless, else a fresh one. `meta` is the request's WSGI environment."""
    given = meta.get("HTTP_X_REQUEST_ID", "")
    return given if ACCEPTABLE_ID.match(given) else fresh_id()


@contextmanager
def of_request(name: str) -> Iterator[str]:
    """Everything in the block belongs to the request with this id, also in another process than the one it came to."""
    token = _request_id.set(name)
    try:
        yield name
    finally:
        _request_id.reset(token)


class RequestId:
    """Takes the caller's X-Request-ID if it is harmless, else makes one, and returns it on the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with of_request(chosen_id(request.META)):
            response = self.get_response(request)
            response["X-Request-ID"] = request_id()
            return response

"""Copies over HTTP: X-Cache says what became of them, an ETag saves sending what the client has."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers

from config.caching.copies import HIT, MISS, Seen, watching, worst
from config.caching.kept import WANTED, Wanted

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

READS = frozenset({"GET", "HEAD"})
# A form's token is masked anew each time the page is made; any mask of it serves.
TOKEN = re.compile(rb'((?:name="csrfmiddlewaretoken" value="|"X-CSRFToken": "))[A-Za-z0-9]{32,64}')


def cached_answer(*entries: str) -> Callable[[Callable[..., bytes]], Callable[..., Any]]:
    """A reading endpoint whose method returns the bytes of its JSON, from a selector of these entries."""

    def decorate(read: Callable[..., bytes]) -> Callable[..., Any]:  # DRF's types want its own Response
        @wraps(read)
        def answer(view: Any, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            with watching() as seen, connection.execute_wrapper(seen.see_query):
                body = read(view, request, *args, **kwargs)
            response = HttpResponse(body, content_type="application/json")
            patch_vary_headers(response, ["Authorization"])
            answered = _answered(request, response, body, _worst_of(entries, seen))
            wanted = request.META.get(WANTED)
            # Whatever was asked of the database beside the copies has no stamp that could tell when it is stale.
            if wanted and not seen.queries and answered.headers.get("X-Cache") in (HIT, MISS):
                _hand_over(wanted, seen, body, response["ETag"], request.resolver_match.route)
            return answered

        return answer

    return decorate


def _hand_over(wanted: Wanted, seen: Seen, body: bytes, etag: str, route: str) -> None:
    wanted.seen, wanted.body, wanted.etag, wanted.route = seen, body, etag, f"/{route}"


def cached_page(*entries: str) -> Callable[[View[P]], View[P]]:
    """A page that shows copies of these entries; others, like the bell in its frame, do not count for its X-Cache."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            with watching() as seen:
                response = view(request, *args, **kwargs)
            outcome = _worst_of(entries, seen)
            if request.method not in READS or response.status_code != 200 or outcome is None:
                return response
            return _answered(request, response, TOKEN.sub(rb"\1", response.content), outcome)

        return page

    return decorate


def _answered(request: HttpRequest, response: HttpResponse, body: bytes, outcome: str | None) -> HttpResponse:
    """The response, or 304 where the client has it already."""
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    found = get_conditional_response(request, etag=etag, response=response)
    assert isinstance(found, HttpResponse)  # noqa: S101  # it is ours, or a 304 made from it
    if outcome:
        found["X-Cache"] = outcome
    return found


def _worst_of(entries: tuple[str, ...], seen: Seen) -> str | None:
    found = [seen.outcomes[name] for name in entries if name in seen.outcomes]
    return worst(found) if found else None

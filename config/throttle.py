"""Who asks too often is answered 429 before anything is done for them."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from config import limits
from config.outside import too_many


class RateLimits:
    """Asks the limits of a request; the strictest one's figures go along on the answer, as RateLimit-* headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.caller_of: Callable[[HttpRequest], limits.Caller | None] = import_string(settings.CALLER_OF_REQUEST)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        decisions = limits.decide(request, self.caller_of(request))
        if not decisions:
            return self.get_response(request)
        strictest = decisions[0]
        response = self.get_response(request) if strictest.allows else too_many(request, wait=strictest.wait)
        for name, value in limits.headers(strictest).items():
            response[name] = value
        return response

"""Every request is observed once, on its way out: counted, and written as one line of the log."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from config.logs import Access
from monitoring.traffic import record
from staff.signin import login_of

NOWHERE = "(no route)"  # an address that nothing answers
STATIC = "/static/"


class Observed:
    """Counts an answered request and writes its line of the log, whoever answered it."""

    def __init__(self) -> None:
        self.access = Access(form=settings.LOG_FORMAT, level=settings.LOG_LEVEL, slow_after_ms=settings.SLOW_AFTER_MS)

    def __call__(
        self,
        route: str,
        method: str,
        status: int,
        seconds: float,
        user: int | None,
        organisation: int | None,
        cache: str | None,
    ) -> None:
        """`route` is the pattern, `seconds` how long it took, `cache` the answer's X-Cache."""
        record(route, method, status, seconds, user, organisation, cache)
        self.access.write(
            route=route, method=method, status=status, seconds=seconds, user=user, organisation=organisation
        )


class Observe:
    """Outermost but for the request's id, so that whatever is answered is counted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.observed = Observed()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = perf_counter()
        response = self.get_response(request)
        seconds = perf_counter() - begun
        login = login_of(request)
        user, organisation = (login.person, login.organisation) if login else (None, None)
        cache = response.headers.get("X-Cache")
        self.observed(route_of(request), request.method or "", response.status_code, seconds, user, organisation, cache)
        return response


def route_of(request: HttpRequest) -> str:
    """The pattern of the request's route: there are only so many, and nobody's data is in one."""
    match = request.resolver_match
    if match is None:  # answered, or failed, before anybody looked where it leads
        if request.path_info.startswith(STATIC):
            return STATIC
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return NOWHERE
    return f"/{match.route}"

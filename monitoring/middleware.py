"""Every request is observed once, on its way out: counted, and written as one line of the log."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from django.http import HttpRequest, HttpResponse

from monitoring.traffic import record
from staff.signin import login_of

NOWHERE = "(no route)"  # an address that nothing answers, or a request that was refused before anybody looked


class Observe:
    """Outermost but for the request's id, so that whatever is answered is counted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = perf_counter()
        response = self.get_response(request)
        seconds = perf_counter() - begun
        match = request.resolver_match
        route = f"/{match.route}" if match else NOWHERE
        who = login_of(request)
        record(
            route,
            request.method or "",
            response.status_code,
            seconds,
            user=who.person if who else None,
            organisation=who.organisation if who else None,
            cache=response.headers.get("X-Cache"),
        )
        return response

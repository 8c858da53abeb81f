"""Every request is looked at for an attack on its way in, and every refusal is counted on its way out.

An ordinary request pays for one look at its address. What is counted is counted on the cache server, and only what adds
up to something is written down, in a transaction of its own: a request that was refused has taken its own back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_plus

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils import timezone

from config.bursts import reached
from config.limits import CREDENTIALS, WRITES
from staff.middleware import BY_ITSELF
from staff.models import SecurityKind
from staff.security.patterns import family_of
from staff.services.suspicions import note
from staff.signin import Login, login_of

log = logging.getLogger(__name__)

WITHIN = 5 * 60  # seconds
LONGEST = 4096  # characters of an address, and bytes of a body, that are looked at
TYPED = ("application/x-www-form-urlencoded", "application/json")


@dataclass(frozen=True, slots=True)
class Burst:
    """So many refusals of this status within WITHIN seconds are too many for one person.

    Where `apart`, one address counts once: a dead link that somebody opens again and again is no search.
    """

    kind: SecurityKind
    amount: int
    apart: bool


BURSTS = {
    403: Burst(SecurityKind.DENIED_BURST, 15, apart=False),
    404: Burst(SecurityKind.PROBE_BURST, 20, apart=True),
}


class Watch:
    """Notices attacks; it refuses nothing, and whatever goes wrong here is no fault of the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        family = family_of(_sent(request))
        response = self.get_response(request)
        if family or response.status_code in BURSTS:
            try:
                _look(request, response, family)
            except Error:  # the request has its answer; what is to be said of the database others say
                log.warning("A security event could not be written down.", exc_info=True)
        return response


def _sent(request: HttpRequest) -> str:
    """The words of a request: its address, and a small form or JSON, but no password."""
    query = request.META.get("QUERY_STRING", "")[:LONGEST]
    words = f"{request.path_info[:LONGEST]} {unquote_plus(query)}" if query else request.path_info[:LONGEST]
    if request.method not in WRITES or CREDENTIALS.match(request.path_info):
        return words
    length = request.META.get("CONTENT_LENGTH") or "0"
    is_small = length.isascii() and length.isdigit() and len(length) < 5 and 0 < int(length) <= LONGEST
    if request.content_type not in TYPED or not is_small:
        return words
    try:
        body = request.body.decode(errors="replace")
    except UnreadablePostError:
        return words  # whoever reads it next says so
    return f"{words} {unquote_plus(body) if request.content_type == TYPED[0] else body}"


def _look(request: HttpRequest, response: HttpResponse, family: str) -> None:
    """Write down what this request, or this one more of its kind, comes to."""
    login = login_of(request)
    if login is None:
        if family:  # of nobody known, so of no organisation: it stands in the log of the installation
            said = {"family": family, "route": _route(request)}
            log.warning("A request of somebody unknown carried an attack.", extra={"fields": said})
        return
    if family and reached(_name(SecurityKind.INJECTION, login), 1, WITHIN):
        note(login, SecurityKind.INJECTION, route=_route(request), what=family, now=timezone.now())
    burst = BURSTS.get(response.status_code)
    if burst and _counts(request, burst):
        thing = f"{request.method} {request.path_info}" if burst.apart else ""
        if reached(_name(burst.kind, login), burst.amount, WITHIN, thing=thing):
            note(login, burst.kind, route=_route(request), now=timezone.now())


def _counts(request: HttpRequest, burst: Burst) -> bool:
    """Somebody did it, and for a search: at an address that names a row."""
    match = request.resolver_match
    is_theirs = BY_ITSELF not in request.headers and getattr(request, "is_attempt", True)
    return is_theirs and (not burst.apart or bool(match and match.kwargs))


def _route(request: HttpRequest) -> str:
    """The pattern, never the path: that may hold a name, or the attack."""
    return f"/{request.resolver_match.route}"[:200] if request.resolver_match else ""


def _name(kind: SecurityKind, login: Login) -> str:
    return f"{kind}:{login.organisation}:{login.person}"

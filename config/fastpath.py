"""Answers that were given before, given again without Django: one round trip, no transaction, no framework.

A WSGI application around Django's. For a GET of the API with a bearer token it asks the cache server once: for the
limits of this request, and for the answer under its key, fresh by the stamps of everything that it was made from and
of the person's door. Whatever is unusual goes on to Django, which knows what to say; so this file refuses nobody.

Why that is safe, and what must hold for it: docs/decisions/0014-answers-before-django.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter, time
from typing import Any, Protocol

from django.conf import settings
from django.utils.http import parse_etags
from django.utils.module_loading import import_string

from config import epoch, limits
from config.caching import kept, server, tally
from config.caching.stamps import door_of
from config.errors import chosen_id, of_request

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

API = "/api/v1/"
LONGEST_QUERY = 500  # characters; whoever varies more than that has nothing to find here
# What an answer depends on beside who asks for what: Django has looked at these, and said yes.
SEEN_BY_DJANGO = ("HTTP_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_ACCEPT", "HTTP_ORIGIN")
# Headers of one request, or of the body, are made anew for each.
OF_ONE_REQUEST = frozenset(
    {"x-request-id", "x-cache", "content-length", "content-type", *(name.lower() for name in limits.HEADERS)}
)
KEPT = ("200", "304")


class Ticket(limits.Caller, Protocol):
    """Who asks, by a token whose signature holds; it ends with its `session`, and with all of the person's when their
    `version` moves on."""

    @property
    def session(self) -> int: ...
    @property
    def version(self) -> int: ...
    @property
    def expires(self) -> float: ...


@dataclass(slots=True)
class Asking:
    """A request that may have been answered before."""

    ticket: Ticket
    key: str
    epoch: int


class FastPath:
    """The WSGI application that asks for kept answers first."""

    def __init__(self, django: Application) -> None:
        self.django = django
        self.ticket_of: Callable[[str], Ticket | None] = import_string(settings.TICKET_OF_TOKEN)
        self.observed: Callable[..., None] = import_string(settings.OBSERVED)()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        begun = perf_counter()
        asking = self._asking(environ)
        found = self._look(environ, asking) if asking else None
        if asking is None or found is None:
            return self.django(environ, start_response)
        if isinstance(found, kept.Wanted):
            return self._ask_django(environ, start_response, asking, found)
        with of_request(chosen_id(environ)) as name:
            status, headers, body = _again(found, environ.get("HTTP_IF_NONE_MATCH", ""))
            strictest = environ[limits.DECIDED][0] if environ[limits.DECIDED] else None
            headers += limits.headers(strictest).items() if strictest else ()
            headers.append(("X-Request-ID", name))
            start_response("200 OK" if status == 200 else "304 Not Modified", headers)
            for entry in found.entries:
                tally.count(entry, "HIT")
            who = asking.ticket
            self.observed(found.route, "GET", status, perf_counter() - begun, who.person, who.organisation, "HIT")
        return [body]

    def _asking(self, environ: Environ) -> Asking | None:
        """Who asks for what, or None for what only Django can answer."""
        kind, _, raw = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if (
            environ["REQUEST_METHOD"] != "GET"
            or kind != "Bearer"
            or not environ["PATH_INFO"].startswith(API)
            or "HTTP_COOKIE" in environ
            or environ.get("CONTENT_LENGTH", "0") not in ("", "0")
            or len(environ.get("QUERY_STRING", "")) > LONGEST_QUERY
            or not settings.CACHE_ENABLED
        ):
            return None
        relied_on, ticket = epoch.relied_on(), self.ticket_of(raw.strip())
        if relied_on is None or ticket is None or ticket.expires <= time():
            return None
        return Asking(ticket, _key(environ, ticket), relied_on)

    def _look(self, environ: Environ, asking: Asking) -> kept.Answer | kept.Wanted | None:
        """The kept answer, or what is needed to keep Django's; None where the limits or the clock say no."""
        ticket = asking.ticket
        door = door_of(ticket.organisation, ticket.person)
        counted = limits.asked(environ, "GET", environ["PATH_INFO"], ticket)
        commands = [kept.command(asking.key, door, asking.epoch)]
        if counted:
            commands.append(limits.command(counted))
        try:
            reply, *decided = server.together(*commands)
        except server.Unavailable:
            return None
        decisions = limits.decisions(counted, decided[0]) if counted else []
        if any(not decision.allows for decision in decisions):
            return None  # nothing was counted; Django asks once more and says so
        environ[limits.DECIDED] = decisions
        found = kept.found(reply, asking.key, door)
        # Looked at again behind the answer: whoever was held up in between relies on nothing.
        return found if epoch.relied_on() == asking.epoch else None

    def _ask_django(
        self, environ: Environ, start_response: StartResponse, asking: Asking, wanted: kept.Wanted
    ) -> Iterable[bytes]:
        """Django's answer, kept if the view says of what it was made."""
        environ[kept.WANTED] = wanted
        head: list[Any] = []

        def start(status: str, headers: Headers, *more: Any) -> Any:
            head[:] = [status, headers]
            return start_response(status, headers, *more)

        response = self.django(environ, start)
        status, headers = head
        # What the view said may still have failed behind it, at the commit.
        if wanted.seen and status[:3] in KEPT and not any(name.lower() == "set-cookie" for name, _ in headers):
            lasting = [(name, value) for name, value in headers if name.lower() not in OF_ONE_REQUEST]
            with suppress(server.Unavailable):
                kept.keep(wanted, lasting, epoch=asking.epoch)
        return response


def _key(environ: Environ, ticket: Ticket) -> str:
    """The person, their token's session and version, and everything of the request that could change the answer."""
    words = [environ["wsgi.url_scheme"], environ["PATH_INFO"], environ.get("QUERY_STRING", "")]
    words += (environ.get(name, "") for name in SEEN_BY_DJANGO)
    said = "\n".join(words).encode("latin-1", "replace")
    digest = hashlib.blake2b(said, digest_size=16, key=server.installation()).hexdigest()
    # With the session: what another one of the person's is answered must not open for a token whose session has ended.
    whose = f"{ticket.person}:{ticket.session}:{ticket.version}"
    return f"{server.PREFIX}{ticket.organisation}:answer:{whose}:{digest}"


def _again(answer: kept.Answer, known: str) -> tuple[int, Headers, bytes]:
    """Status, headers and body; 304 without a body where the client has this version already."""
    headers = [*answer.headers, ("X-Cache", "HIT")]
    if known and (known.strip() == "*" or answer.etag in parse_etags(known)):
        return 304, headers, b""
    headers += (("Content-Type", "application/json"), ("Content-Length", str(len(answer.body))))
    return 200, headers, answer.body

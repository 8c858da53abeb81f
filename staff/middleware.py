"""Who is at a page: the person of its session, as long as the session's own row is good."""

from __future__ import annotations

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from staff.models import Person
from staff.reader import active_person
from staff.services.sessions import note_seen
from staff.signin import ROW_KEY, SETTING_UP, caller_of

# What a page asks for by itself while nobody is there says so: it must not keep a session alive.
BY_ITSELF = "X-By-Itself"


class Authentication(AuthenticationMiddleware):
    """Sets request.user, which asks the database once and only if somebody looks at it.

    Django's own would find the person without their session's row, and could not end one session alone.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: _user(request))  # type: ignore[assignment]

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """Whoever must set up the second step first is led there, from whatever page."""
        if request.path.startswith("/api/") or ROW_KEY not in request.session or SETTING_UP.match(request.path):
            return None
        user = request.user
        if isinstance(user, Person) and user.session.needs_second_factor:
            # htmx would put the page where a piece of another stands.
            return HttpResponse(status=204) if "HX-Request" in request.headers else redirect("second-step")
        return None


def _user(request: HttpRequest) -> Person | AnonymousUser:
    caller, row = caller_of(request), request.session.get(ROW_KEY)
    if caller is None or row is None:
        return AnonymousUser()
    now = timezone.now()
    person = active_person(caller.person, session=row, now=now)
    known = request.session.get(HASH_SESSION_KEY, "")
    if person is None or not constant_time_compare(known, person.get_session_auth_hash()):
        return AnonymousUser()
    if BY_ITSELF not in request.headers:
        note_seen(person, now=now)
    return person

"""Coming in and going out by the pages: the browser's session, and the row that stands for it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import auth
from django.contrib.auth import HASH_SESSION_KEY
from django.http import HttpRequest

from config import tenancy
from staff.devices import visitor_of
from staff.models import Door, Person
from staff.services.sessions import end_session
from staff.services.signing import Known, enter
from staff.signin import ORGANISATION_KEY, ROW_KEY, Login
from staff.visiting import leave

HALF_WAY = "half_way"  # a right password, and the second step still to come
HALF_WAY_FOR = timedelta(minutes=5)


def come_in(request: HttpRequest, known: Known, *, now: datetime) -> None:
    """Open a new session for the person, whoever's it was before."""
    # Nothing of what was here before lives on, its key least of all: Django would keep it for the same person, and
    # whoever has a copy of the cookie of an ended session would be in again.
    request.session.flush()
    # The login page runs outside any organisation, and the row of the person exists only inside theirs.
    with tenancy.organisation(known.login.organisation):
        session = enter(known, door=Door.PAGE, visitor=visitor_of(request), now=now)
        auth.login(request, known.person, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session[ORGANISATION_KEY], request.session[ROW_KEY] = known.login.organisation, session.pk
    request.session.set_expiry(session.ends_at)


def go_out(request: HttpRequest, *, now: datetime) -> None:
    """End this browser's session, and its row."""
    if isinstance(request.user, Person):
        leave(request, by=request.user, now=now)
        end_session(request.user.session, now=now)
    auth.logout(request)


def stay_in(request: HttpRequest, person: Person) -> None:
    """Keep this browser signed in under the person's new password and token version."""
    request.session.cycle_key()
    request.session[HASH_SESSION_KEY] = person.get_session_auth_hash()


def wait_for_code(request: HttpRequest, known: Known, *, now: datetime) -> None:
    """Remember who has shown the right password, for a few minutes; it opens nothing yet."""
    request.session.flush()
    request.session[HALF_WAY] = {
        "organisation": known.login.organisation,
        "person": known.person.pk,
        "version": known.person.token_version,
        "at": now.timestamp(),
    }
    request.session.set_expiry(int(HALF_WAY_FOR.total_seconds()))


def half_way(request: HttpRequest, *, now: datetime) -> Known | None:
    """Who has shown the right password in this browser a moment ago, if nothing has ended that since."""
    found = request.session.get(HALF_WAY)
    if found is None or now.timestamp() - found["at"] > HALF_WAY_FOR.total_seconds():
        return None
    with tenancy.organisation(found["organisation"]):
        people = Person.objects.active().with_places().select_related("organisation")
        person = people.filter(pk=found["person"], token_version=found["version"]).first()
    return Known(Login(found["organisation"], found["person"]), person, needs_code=True) if person else None

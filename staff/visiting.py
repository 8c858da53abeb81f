"""Visiting: an operator's pages show another organisation for a while, to read only.

The reader becomes an in-memory person of the visited organisation: nobody's row, id 0, with a role that may look at
the directory and at rosters. No foreign key can name them, no copy of anybody's is theirs, and PostgreSQL itself
refuses whatever such a request would write. Tokens of the API never visit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from config import tenancy
from config.errors import Forbidden
from config.refusals import refused
from staff.models import Organisation, Person, Role, Visit
from staff.roles import VISITOR, Category, Reach
from staff.services.visits import end_visit

KEY = "visit"  # in the browser's session: the organisation, and the visit's row there
NOBODY = 0
# All that a visit shows: home, the directory with its pictures, rosters.
SHOWN = re.compile(r"^/($|team/$|people/\d+/(picture)?$|planner/)")
# The operator's own, also meanwhile.
AT_HOME = re.compile(r"^/(organisations/|operations/|login|logout)")
READS = frozenset({"GET", "HEAD"})
NOT_SHOWN = "A visit shows the home page, people and rosters, to read only. End the visit to do anything else."


@dataclass(frozen=True, slots=True)
class Banner:
    """What every page says during a visit; `until` is by the operator's clock."""

    organisation: str
    until: str


class Visits:
    """Answers an operator who visits as somebody of the organisation that they visit."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/") or KEY not in request.session or tenancy.current() is None:
            return self.get_response(request)
        operator, now = request.user, timezone.now()
        if not isinstance(operator, Person):
            return self.get_response(request)
        visit = _going_on(request, operator, now)
        if visit is None:
            leave(request, by=operator, now=now)
            return self.get_response(request)
        until = f"{visit.ends_at.astimezone(operator.home_zone):%H:%M}"
        request.visit = Banner(visit.organisation.name, until)  # type: ignore[attr-defined]  # for config.views.shell
        if AT_HOME.match(request.path):
            return self.get_response(request)
        return self._answer(request, visitor(operator, visit.organisation))

    def _answer(self, request: HttpRequest, person: Person) -> HttpResponse:
        with tenancy.organisation(person.organisation_id):
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL transaction_read_only = on")  # as far as this savepoint goes
            request.user = person
            if request.method in READS and SHOWN.match(request.path):
                response = self.get_response(request)
            else:
                response = refused(request, Forbidden(NOT_SHOWN))
            # As in OrganisationMiddleware: the error has become an answer already.
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response


def visitor(operator: Person, organisation: Organisation) -> Person:
    """The operator as a person of the organisation that they visit, never to be saved."""
    role = Role(
        pk=NOBODY, organisation=organisation, name="Visitor", category=Category.GENERAL, reach=Reach.ORGANISATION,
        duty=VISITOR,
    )  # fmt: skip
    person = Person(
        pk=NOBODY, organisation=organisation, role=role, email=operator.email, first_name=operator.first_name,
        last_name=operator.last_name, hired_on=operator.hired_on, token_version=operator.token_version,
    )  # fmt: skip
    person.session = operator.session
    return person


def remember(request: HttpRequest, visit: Visit) -> None:
    """This browser visits from now on."""
    request.session[KEY] = visit.organisation_id, visit.pk


def leave(request: HttpRequest, *, by: Person, now: datetime) -> bool:
    """End this browser's visit, if there is one; returns whether there was."""
    found = request.session.pop(KEY, None)
    if found is None:
        return False
    end_visit(*found, by=by, now=now)
    return True


def _going_on(request: HttpRequest, operator: Person, now: datetime) -> Visit | None:
    """The visit of this browser, if nothing has ended it: the hour, a press, a suspension, or that the operator is
    none any more."""
    if not operator.is_operator:
        return None
    organisation, pk = request.session[KEY]
    with tenancy.organisation(organisation):
        mine = Visit.objects.going_on(now).filter(pk=pk, operator_id=operator.pk, organisation__suspended_at=None)
        return mine.select_related("organisation").first()

"""Every page during an operator's visit: shown or refused, never a fault, and PostgreSQL lets nothing be written."""

import pytest
from django.db import InternalError, transaction

from config import limits, views
from config.testing import OTHER
from config.tests.access import Visitor, make_world, routes, url_of
from staff.models import Person
from staff.roles import VISITOR
from staff.visiting import AT_HOME, SHOWN

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]
# Answered before anybody is looked for: what a load balancer asks.
FOR_MACHINES = ("/health", "/ready")


@pytest.fixture
def world(cast, monkeypatch):
    monkeypatch.setattr(limits, "LIMITS", {})
    return make_world(cast)


@pytest.fixture
def away(world):
    """The browser of an operator who visits the other organisation."""
    client = Visitor("operator", world).client
    assert client.post(f"/organisations/{OTHER}/visit", {"reason": "To see every page"}).status_code == 302
    return client


def test_no_page_of_a_visit_fails_and_none_but_its_own_is_shown(world, away):
    wrong, shown = [], set()
    for route in routes():
        url = url_of(route, world.other)
        if route.door == "api" or AT_HOME.match(url) or url.startswith(FOR_MACHINES):
            continue
        status = away.get(url).status_code
        is_shown = bool(SHOWN.match(url.partition("?")[0]))
        if is_shown:
            shown.add(route.name)
        if status not in ({200, 400, 403, 404, 405} if is_shown else {403}):
            wrong.append(f"{url}: {status}")
    assert not wrong, "\n".join(wrong)
    assert {"home", "team", "person", "planner", "planner-shift"} <= shown


def test_postgresql_itself_refuses_what_a_visit_would_write(away, cast, monkeypatch):
    refused = []

    def writes(person, *, now):
        with pytest.raises(InternalError, match="read-only transaction") as error, transaction.atomic():
            Person.objects.filter(pk=cast.other_cashier.pk).update(phone="0")
        refused.append(error)
        return {}

    monkeypatch.setitem(views.HOMES, VISITOR, ("home/visitor.html", writes))
    assert away.get("/").status_code == 200
    assert refused
    assert away.post("/organisations/visit/end").status_code == 302  # the rest of the request writes as before

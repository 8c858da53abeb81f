"""Visits: an operator looks into another organisation, to read only, for an hour at most, and it is written down."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config import tenancy
from config.errors import Invalid, Refused
from config.testing import ACE, OTHER, bearer, of_the_page, sign_in
from staff.models import Person, Session, Visit
from staff.roles import PERMISSIONS, may
from staff.services.operating import entered
from staff.services.papers import Upload
from staff.services.pictures import set_picture
from staff.services.visits import begin_visit
from staff.tasks import end_visits
from staff.tests.careers import told
from staff.tests.files import picture
from staff.tests.make import make_operator, make_person
from staff.tests.test_operator_pages import log_of_other
from staff.visiting import visitor

pytestmark = pytest.mark.django_db
BANNER = "You are visiting <b>Other Mart</b> until"


@pytest.fixture
def operator(cast):
    with tenancy.organisation(ACE):
        return make_operator(cast.ceo.role)


@pytest.fixture
def away(operator, signed_in):
    """The operator's browser, on a visit to the other organisation."""
    client = signed_in(operator)
    answer = client.post(f"/organisations/{OTHER}/visit", {"reason": "Rosters look empty to them"})
    assert answer.status_code == 302
    return client


def visits():
    with tenancy.organisation(OTHER):
        return list(Visit.objects.all())


def test_the_pages_show_that_organisation_with_a_banner(away, cast):
    home = away.get("/").content.decode()
    assert BANNER in home
    assert "<h1>Other Mart</h1>" in home
    people = away.get("/team/").content.decode()
    assert cast.other_cashier.full_name in people
    assert cast.cashier.full_name not in people
    assert BANNER in away.get(f"/people/{cast.other_cashier.pk}/").content.decode()
    assert away.get(f"/people/{cast.cashier.pk}/").status_code == 404
    assert BANNER in away.get("/planner/").content.decode()


def test_a_visit_shows_pictures_and_no_browser_keeps_them_beyond_it(away, cast):
    with tenancy.organisation(OTHER):
        set_picture(cast.other_cashier, Upload("me.jpg", picture()), by=cast.other_cashier)
    here = f"/people/{cast.other_cashier.pk}/picture"
    assert here in away.get("/team/").content.decode()
    shown = away.get(here)
    assert (shown.status_code, shown["Cache-Control"]) == (200, "private, no-store")
    assert away.get(f"/people/{cast.cashier.pk}/picture").status_code == 404


def test_nothing_private_is_shown_and_nothing_is_written(away, cast):
    pk = cast.other_cashier.pk
    for path in ("salary", "documents/", "contacts/", "change/role"):
        assert away.get(f"/people/{pk}/{path}").status_code == 403
    for path in ("/admin/", "/account/", "/notifications/", "/reviews/", "/people/left/", "/schedule/"):
        assert away.get(path).status_code == 403
    page = away.get(f"/people/{pk}/").content.decode()
    assert cast.other_cashier.email not in page
    for path in ("/", "/team/", "/planner/", f"/people/{pk}/terminate"):
        assert away.post(path).status_code == 403


def test_the_visitor_is_nobody_and_may_only_look(operator, cast):
    with entered(OTHER, by=operator) as organisation:
        operator.session = None
        somebody = visitor(operator, organisation)
    allowed = {verb for verb in PERMISSIONS if may(somebody, verb)}
    assert allowed == {"see_directory", "see_rosters"}
    assert somebody.pk == 0
    assert not somebody.is_operator
    assert not somebody.is_staff


def test_begin_and_end_stand_in_its_log_and_its_human_resource_is_told(away, cast):
    away.post("/organisations/visit/end")
    begun, ended = log_of_other(cast.other_hr)
    assert begun == "The operator Olu Platform added the visit of Olu Platform."
    assert ended.startswith("The operator Olu Platform changed “end” of the visit of Olu Platform from nothing to ")
    with tenancy.organisation(OTHER):
        title = "Olu Platform, who runs this installation, visits your organisation"
        assert told(cast.other_hr) == [("security", title)]
        assert told(cast.other_cashier) == []
    assert "Rosters look empty" in visits()[0].reason


def test_a_reason_is_needed_and_ones_own_organisation_is_not_visited(operator, signed_in):
    client = signed_in(operator)
    answer = client.post(f"/organisations/{OTHER}/visit", {"reason": "  "})
    assert answer.status_code == 422
    assert client.post(f"/organisations/{ACE}/visit", {"reason": "Why not"}).status_code == 422
    with pytest.raises(Invalid):
        begin_visit(OTHER, by=operator, reason=" ", now=timezone.now())
    with pytest.raises(Refused):
        begin_visit(ACE, by=operator, reason="Why not", now=timezone.now())
    assert not visits()


def test_it_ends_by_a_press(away):
    away.post("/organisations/visit/end")
    assert BANNER not in away.get("/").content.decode()
    assert visits()[0].ended_at


def test_it_ends_after_an_hour_also_for_who_never_comes_back(away):
    later = timezone.now() + timedelta(minutes=61)
    with tenancy.organisation(ACE):  # an operator who was busy meanwhile, and whose own session goes on
        Session.objects.update(seen_at=later, good_until=later + timedelta(hours=1))
    with time_machine.travel(later, tick=False):
        page = away.get("/")
        assert page.status_code == 200
        assert BANNER not in page.content.decode()
        assert [end_visits(), end_visits()] == [1, 0]
    (visit,) = visits()
    assert visit.ended_at == visit.ends_at


def test_it_ends_with_signing_out(away):
    away.post("/logout")
    assert visits()[0].ended_at


def test_it_ends_when_they_are_no_operator_any_more(away, operator):
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=operator.pk).update(is_operator=False)
    page = away.get("/team/")
    assert page.status_code == 200
    assert BANNER not in page.content.decode()
    assert "Owen" not in page.content.decode()
    assert visits()[0].ended_at


def test_it_ends_with_the_operators_access(away, operator):
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=operator.pk).update(is_active=False)
    assert away.get("/team/")["Location"].startswith("/login")


def test_nobody_rides_on_anothers_visit(away, operator, cast):
    session = away.session["visit"]
    with tenancy.organisation(ACE):
        second = make_person("Ola", "Second", cast.ceo.role, is_operator=True)
    for person in (second, cast.hr):
        client = sign_in(Client(), person)
        kept = client.session
        kept["visit"] = session
        kept.save()
        page = client.get("/team/").content.decode()
        assert BANNER not in page
        assert cast.cashier.full_name in page
    assert BANNER in away.get("/team/").content.decode()


def test_a_token_never_visits(away, operator, cast):
    answer = away.get("/api/v1/staff", headers=bearer(operator))
    emails = {row["id"] for row in answer.json()["results"]}
    assert str(cast.cashier.pk) in emails
    assert str(cast.other_cashier.pk) not in emails


def test_a_visitor_reads_no_copy_of_anybodys_and_leaves_none_to_anybody(away, cast, signed_in):
    away.get("/team/")
    away.get("/planner/")
    own = sign_in(Client(), cast.other_hr)
    assert "visiting" not in own.get("/").content.decode()
    assert cast.other_hr.first_name in own.get("/").content.decode()


def test_a_page_of_a_visit_costs_little_more_than_the_page(away, cast):
    def cost(client):
        client.get("/team/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/team/")
        return len(of_the_page(queries))

    # Entering and leaving twice, to look at the visit and to answer; the visit itself; and that nothing is written.
    assert cost(away) - cost(sign_in(Client(), cast.other_hr)) <= 6


def test_the_operators_own_pages_stay_open_meanwhile(away):
    page = away.get("/organisations/")
    assert page.status_code == 200
    assert BANNER in page.content.decode()


def test_a_suspended_organisation_is_not_visited_and_a_visit_ends_with_it(away, operator):
    away.post(f"/organisations/{OTHER}/suspend")
    assert BANNER not in away.get("/").content.decode()
    with pytest.raises(Refused, match="let its people in again"):
        begin_visit(OTHER, by=operator, reason="To see", now=timezone.now())


def test_the_transaction_writes_again_once_the_visit_is_left(away):
    away.get("/")
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        assert cursor.fetchone() == ("off",)

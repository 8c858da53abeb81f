"""Which entries of the audit log are security events: each kind where it happens, and nothing that is none."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from config import tenancy
from config.testing import ACE, OTHER, bearer
from staff import services
from staff.models import AuditKind, Organisation, Person, Role, SecondStep, SecurityKind
from staff.security.kinds import KINDS
from staff.selectors.events import Asked, events
from staff.services.protecting import set_rule
from staff.services.second_factor import set_up, take_off
from staff.services.suspicions import note
from staff.services.visits import begin_visit
from staff.signin import Login
from staff.tests.careers import make_change
from staff.tests.doors import api, enter, log_in, protect
from staff.tests.make import make_operator, make_role

pytestmark = pytest.mark.django_db


def seen(reader):
    """The kinds of events in the order in which they came, each with whom it concerns."""
    with tenancy.organisation(ACE):
        return [(event.kind, event.person) for event in reversed(events(reader, Asked()).rows)]


def copy_a_token(person):
    given = log_in(Client(), person)
    api(Client(), "refresh", {"refresh": given["refresh"]})
    with time_machine.travel(timezone.now() + timedelta(seconds=30)):
        api(Client(), "refresh", {"refresh": given["refresh"]})


def inside(happening):
    """It happens in the organisation; what comes by a door enters it by itself."""

    def happens(cast):
        with tenancy.organisation(ACE):
            happening(cast)

    return happens


def visit(cast):
    with tenancy.organisation(OTHER):
        operator = make_operator(cast.other_hr.role)
    begin_visit(ACE, by=operator, reason="Rosters look empty to them", now=timezone.now())


def suspect(kind):
    return lambda cast: note(Login(ACE, cast.cashier.pk), kind, route="/x", what="", now=timezone.now())


HAPPENINGS = {
    SecurityKind.SIGN_IN_FAILED: lambda cast: enter(Client(), cast.cashier, "wrong-password"),
    SecurityKind.LOCKED: lambda cast: [enter(Client(), cast.cashier, "wrong-password") for _ in range(5)],
    SecurityKind.TOKEN_REUSED: lambda cast: copy_a_token(cast.cashier),
    SecurityKind.NEW_DEVICE: lambda cast: [
        enter(Client(headers={"User-Agent": agent}), cast.cashier) for agent in ("curl/8", "Firefox/127.0 Linux")
    ],
    SecurityKind.SECOND_STEP_OFF: inside(lambda cast: take_off(cast.cashier, by=cast.hr)),
    SecurityKind.SECOND_STEP_RULE: inside(lambda cast: set_rule(SecondStep.EVERYBODY, by=cast.hr, now=timezone.now())),
    SecurityKind.ROLE_CHANGED: inside(
        lambda cast: make_change(cast.cashier, by=cast.hr, role=make_role("Baker", department=cast.supermarket))
    ),
    SecurityKind.PERMISSIONS_CHANGED: inside(
        lambda cast: Role.objects.filter(name="Floor Manager").update(reach="branch")
    ),
    SecurityKind.EXPORT: inside(
        lambda cast: services.audit.record(AuditKind.EXPORT, about="staff", actor=cast.cashier.pk)
    ),
    SecurityKind.VISIT: lambda cast: visit(cast),
    SecurityKind.DENIED_BURST: suspect(SecurityKind.DENIED_BURST),
    SecurityKind.PROBE_BURST: suspect(SecurityKind.PROBE_BURST),
    SecurityKind.INJECTION: suspect(SecurityKind.INJECTION),
}


@pytest.mark.parametrize("kind", list(SecurityKind))
def test_each_kind_is_seen_where_it_happens(cast, kind):
    assert kind in KINDS
    if kind == SecurityKind.SECOND_STEP_OFF:
        protect(cast.cashier)
    with tenancy.organisation(ACE):
        Organisation.objects.update(second_step=SecondStep.NOBODY)
    before = len(seen(cast.auditor))
    HAPPENINGS[kind](cast)
    fresh = seen(cast.auditor)[before:]
    of_another = {SecurityKind.SECOND_STEP_RULE, SecurityKind.PERMISSIONS_CHANGED, SecurityKind.VISIT}
    whom = "" if kind in of_another else "Adaeze Nwosu"
    assert fresh[-1][0] == kind
    assert not whom or fresh[-1][1] == whom
    others = {name for name, _ in fresh} - {kind}
    assert others <= ({SecurityKind.SIGN_IN_FAILED} if kind == SecurityKind.LOCKED else set())


def test_an_export_is_put_down_to_who_made_it_whoever_it_is_about(cast):
    with tenancy.organisation(ACE):
        for person in (cast.cashier, cast.teammate, cast.stranger):
            services.audit.record(AuditKind.EXPORT, about="personal data", person=person.pk, actor=cast.hr.pk)
        assert len(events(cast.auditor, Asked(person=cast.hr.pk)).rows) == 3
    assert seen(cast.auditor) == [("export", cast.hr.full_name)] * 3


def test_who_comes_to_run_the_installation_is_an_event(cast):
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.cashier.pk).update(is_operator=True)
    assert seen(cast.auditor) == [("permissions_changed", "Adaeze Nwosu")]


def test_ordinary_days_are_no_events(cast):
    client = Client()
    log_in(client, cast.cashier)
    log_in(client, cast.cashier)
    client.patch("/api/v1/profile", {"phone": "+234 803 555 0111"}, "application/json", headers=bearer(cast.cashier))
    with tenancy.organisation(ACE):
        set_up(cast.cashier)
        set_up(cast.cashier)  # another look at the page: what was never confirmed protected nothing
        Role.objects.filter(name="Floor Manager").update(name="Floor Leader")
        services.end_tokens(cast.teammate)
    api(client, "refresh", {"refresh": log_in(client, cast.stranger)["refresh"]})
    assert seen(cast.auditor) == []


def test_a_token_that_was_ended_before_is_no_copied_one(cast):
    given = log_in(Client(), cast.cashier)
    with tenancy.organisation(ACE):
        services.end_tokens(cast.cashier)
    assert api(Client(), "refresh", {"refresh": given["refresh"]}).status_code == 401
    assert seen(cast.auditor) == []

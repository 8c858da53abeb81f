"""Careers in the admin: read within reach, decided by who decides; and the events of those who were here before."""

from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import IntegrityError, connection, transaction

from config import tenancy
from config.testing import ACE
from staff.models import AccessEntry, EmploymentEvent, Kind, State
from staff.services import opened
from staff.tests.careers import CANARY, last_event, make_change, states

pytestmark = pytest.mark.django_db

LIST = "/admin/staff/employmentevent/"


def act(client, action, *events):
    return client.post(LIST, {"action": action, ACTION_CHECKBOX_NAME: [event.pk for event in events]}, follow=True)


def test_a_proposal_is_approved_or_declined_from_the_list(cast, signed_in):
    with tenancy.organisation(ACE):
        one = make_change(cast.cashier, by=cast.group_head, contract_hours=Decimal(20))
        two = make_change(cast.teammate, by=cast.group_head, contract_hours=Decimal(20))
    client = signed_in(cast.hr)
    assert "1 employment event approved." in act(client, "approve_chosen", one).content.decode()
    assert "1 employment event declined." in act(client, "decline_chosen", two).content.decode()
    assert "applied by Halima Sule already" in act(client, "approve_chosen", one).content.decode()
    with tenancy.organisation(ACE):
        assert (states(cast.cashier), states(cast.teammate)) == ([State.APPLIED], [State.DECLINED])


def test_an_auditor_reads_and_decides_nothing(cast, signed_in):
    with tenancy.organisation(ACE):
        event = make_change(cast.cashier, by=cast.group_head, contract_hours=Decimal(20))
    client = signed_in(cast.auditor)
    act(client, "approve_chosen", event)
    assert client.get(f"{LIST}{event.pk}/change/").status_code == 200
    with tenancy.organisation(ACE):
        assert states(cast.cashier) == [State.PROPOSED]


def test_a_branch_manager_lists_what_is_known_of_the_branch(cast, signed_in):
    with tenancy.organisation(ACE):
        make_change(cast.cashier, by=cast.hr, contract_hours=Decimal(20))
        make_change(cast.teammate, by=cast.group_head, contract_hours=Decimal(20))
        make_change(cast.stranger, by=cast.hr, contract_hours=Decimal(20))
    listed = signed_in(cast.branch_manager).get(LIST).context["cl"].result_list
    assert [event.person for event in listed] == [cast.cashier]


def test_no_page_of_the_admin_shows_a_salary(cast, signed_in):
    with tenancy.organisation(ACE):
        event = make_change(cast.cashier, by=cast.hr, salary=CANARY)
    client = signed_in(cast.hr)
    for page in (LIST, f"{LIST}{event.pk}/change/", f"/admin/staff/person/{cast.cashier.pk}/change/"):
        shown = client.get(page).content.decode()
        assert not [spelling for spelling in ("734159", "734,159") if spelling in shown]


def test_an_edit_in_the_admin_writes_history(cast, signed_in):
    person = cast.cashier
    typed = {
        "first_name": person.first_name, "last_name": person.last_name, "email": person.email, "phone": "",
        "role": person.role_id, "branch": cast.akobo.pk, "department": person.department_id, "sub_department": "",
        "date_of_birth": "", "hired_on": "2024-01-01", "contract_hours": "40",
    }  # fmt: skip
    assert signed_in(cast.hr).post(f"/admin/staff/person/{person.pk}/change/", typed).status_code == 302
    with tenancy.organisation(ACE):
        assert (last_event(person).kind, last_event(person).by) == (Kind.TRANSFER, cast.hr)


def test_the_access_log_is_only_added_to(cast, ace):
    opened(cast.cashier, "Salary", by=cast.hr)
    opened(cast.hr, "Salary", by=cast.hr)  # one's own is nobody's business
    entry = AccessEntry.objects.get()
    assert (entry.person, entry.by, entry.what) == (cast.cashier, cast.hr, "Salary")
    for change in (lambda: AccessEntry.objects.update(by=cast.ceo), lambda: entry.delete()):
        with pytest.raises(IntegrityError, match="kept as they are"), transaction.atomic():
            change()


def test_whoever_was_here_before_gets_the_event_of_their_hiring(cast, ace):
    migration = import_module("staff.migrations.0004_careers")
    migration.write_hirings(None, SimpleNamespace(connection=connection))
    event = EmploymentEvent.objects.get(person=cast.cashier)
    assert (event.kind, event.state, event.effective_on, event.role_after, event.branch_after, event.by) == (
        Kind.HIRE, State.APPLIED, cast.cashier.hired_on, cast.cashier.role, cast.bodija, None,
    )  # fmt: skip
    assert event.contract_hours_after == cast.cashier.contract_hours

"""Nothing is written about somebody who was erased any more, and two erasures at once do not undo one another."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import connection
from django.utils import timezone

from config import tenancy
from config.errors import Refused
from config.testing import ACE
from monitoring.models import Alert, Level
from monitoring.tests.make import fresh_rules, rule_of
from staff.documents.kinds import DocumentKind
from staff.importing import import_content
from staff.models import AuditEntry, Document, Education, EmploymentEvent, Erasure, Person, State
from staff.services import audit
from staff.services.background import add_background
from staff.services.contacts import add_guarantor, add_next_of_kin
from staff.services.erasing import erase, erase_again
from staff.services.leaving import set_clearance
from staff.services.papers import Upload, add_document
from staff.services.people import edit_person
from staff.services.pictures import set_picture
from staff.services.requests import ask_for
from staff.tests.audits import unguarded, walk
from staff.tests.careers import fresh, make_leaving
from staff.tests.files import make_papers, pdf, picture

pytestmark = pytest.mark.django_db
KIN = {"name": "Ngozi Ade", "relationship": "Mother", "phone": "0803 555 0142"}


def erased(person: Person, *, by: Person) -> Person:
    make_leaving(person, by=by)
    erase(fresh(person), reason="A request of theirs", typed=person.employee_number, by=by)
    return fresh(person)


WRITES = {
    "a document": lambda who, by: add_document(who, DocumentKind.CV, Upload("cv.pdf", pdf()), by=by),
    "a request": lambda who, by: ask_for([who], DocumentKind.CV, due_on=timezone.localdate(), by=by),
    "a next of kin": lambda who, by: add_next_of_kin(who, KIN, by=by),
    "a guarantor": lambda who, by: add_guarantor(who, KIN, by=by),
    "education": lambda who, by: add_background(Education, who, {"institution": "A", "qualification": "B"}, by=by),
    "a picture": lambda who, by: set_picture(who, Upload("me.jpg", picture()), by=by),
    "a note on what they gave back": lambda who, by: set_clearance(
        EmploymentEvent.objects.leavings().get(person=who), "issues", by=by, note="Adaeze has the key"
    ),
}


@pytest.mark.parametrize("what", WRITES)
def test_nothing_is_added_to_somebody_who_was_erased(cast, ace, what):
    # As a page holds them that was opened before.
    stale = fresh(cast.cashier)
    erased(cast.cashier, by=cast.hr)
    person = fresh(stale) if what == "a request" else stale
    with pytest.raises(Refused, match="hire them anew"):
        WRITES[what](person, cast.hr)


def test_an_old_sheet_of_people_does_not_bring_back_who_was_erased(cast, ace):
    number = erased(cast.cashier, by=cast.hr).employee_number
    sheet = f"employee_number,first_name,email\n{number},Adaeze,adaeze@acemall.example\n"
    report = import_content(sheet.encode(), "people.csv", by=cast.hr)
    assert any("hire them anew" in str(fault) for fault in report.faults)
    assert fresh(cast.cashier).is_erased


def test_the_log_keeps_neither_device_nor_address_of_what_nobody_else_did(cast, ace):
    own = {"kind": "sign_in", "outcome": "done", "person": cast.cashier.pk}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.origin', %s, true)", [json.dumps({"address": "203.0.113.9", "agent": "Firefox"})]
        )
    audit.record_sign_in(own["person"], device="Chrome on the phone of Adaeze", new="device")
    audit.record(audit.AuditKind.REFRESH, person=cast.cashier.pk, outcome=audit.AuditOutcome.REFUSED)
    signed_in, refused = AuditEntry.objects.filter(person_id=cast.cashier.pk).order_by("-pk")[:2][::-1]
    assert (refused.address, signed_in.after["device"]) == ("203.0.113.9", "Chrome on the phone of Adaeze")
    erased(cast.cashier, by=cast.hr)
    signed_in.refresh_from_db()
    refused.refresh_from_db()
    assert signed_in.after == {"device": "(erased)", "new": "device"}
    assert (signed_in.address, refused.address, refused.agent) == ("", "", "")


def test_what_the_log_says_of_a_guarantors_paper_is_masked_too(cast, ace):
    make_papers(cast.cashier, by=cast.hr)
    papers = AuditEntry.objects.filter(about="staff.GuarantorPaper")
    assert papers.get(kind="added").after["name"] != "(erased)"
    erased(cast.cashier, by=cast.hr)
    assert papers.get(kind="added").after["name"] == papers.get(kind="removed").before["name"] == "(erased)"


def test_nobody_masks_entries_that_the_log_does_not_say_are_about_the_person(cast, ace):
    make_papers(cast.teammate, by=cast.hr)
    erased(cast.cashier, by=cast.hr)
    everything = ["name", "first_name", "kind", "size"]
    masks = {
        "staff.GuarantorPaper": {"columns": everything, "of": "staff.Guarantor", "ids": list(range(999))},
        "staff.Branch": {"columns": everything, "of": "staff.Person", "ids": list(range(999))},
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_erase(%s, %s)", [Erasure.objects.get().pk, json.dumps(masks)])
    others = AuditEntry.objects.filter(about__in=["staff.GuarantorPaper", "staff.Branch"]).exclude(
        person_id=cast.cashier.pk
    )
    assert others.exists()
    assert "(erased)" not in json.dumps([[entry.before, entry.after] for entry in others])


def test_a_name_of_before_goes_too_where_no_key_leads_to_the_person(cast, ace):
    fresh_rules()
    kept = {"user": cast.hr, "action_flag": CHANGE, "object_id": "7"}
    LogEntry.objects.create(object_repr="CV of Adaeze Nwosu", change_message="Adaeze’s", **kept)
    for other in ("CV of Kunle Adeyemi", "CV of Adaeze Nwosuala"):
        LogEntry.objects.create(object_repr=other, change_message="Theirs", **kept)
    alert = Alert.objects.create(
        rule=rule_of("disk"), level=Level.WARNING, opened_at=timezone.now(), acknowledged_in=ACE,
        acknowledged_by="Adaeze Nwosu",
    )  # fmt: skip
    edit_person(cast.cashier, {"last_name": "Bello"}, by=cast.hr)
    erased(cast.cashier, by=cast.hr)
    alert.refresh_from_db()
    assert alert.acknowledged_by == "(erased)"
    told = LogEntry.objects.order_by("pk").values_list("object_repr", "change_message")
    others = [("CV of Kunle Adeyemi", "Theirs"), ("CV of Adaeze Nwosuala", "Theirs")]
    assert list(told) == [("(erased)", ""), *others]


def test_what_was_still_to_come_in_an_older_backup_does_not_come(cast, ace):
    in_a_week = timezone.localdate() + timedelta(days=7)
    make_leaving(cast.cashier, by=cast.hr, on=in_a_week)
    erase_again(fresh(cast.cashier), at=timezone.now())
    event = EmploymentEvent.objects.get(person=cast.cashier)
    assert (event.state, event.reason, event.outcome) == (State.WITHDRAWN, "", "")
    assert fresh(cast.cashier).is_erased


def both_erased(people: list[Person], *, by: Person) -> list[Exception]:
    """Erase two, each in a transaction of its own, at the same time; what was raised."""
    together, raised = threading.Barrier(len(people)), []

    def one(person: Person) -> None:
        try:
            with tenancy.organisation(ACE):
                together.wait()
                erase(person, reason="Asked", typed=person.employee_number, by=by)
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.django_db(transaction=True)
def test_one_of_two_who_erase_somebody_at_once_is_refused(cast, settings, tmp_path):
    settings.BACKUP_TO, settings.BACKUP_KEY = str(tmp_path), "k" * 40
    with tenancy.organisation(ACE):
        make_leaving(cast.cashier, by=cast.hr)
        seen = [fresh(cast.cashier), fresh(cast.cashier)]
    (refused,) = both_erased(seen, by=cast.hr)
    assert "erased already" in str(refused)
    with tenancy.organisation(ACE):
        assert Erasure.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_erasing_whom_somebody_changed_and_who_changed_them_at_once_leaves_nothing_of_either(cast, settings, tmp_path):
    settings.BACKUP_TO, settings.BACKUP_KEY = str(tmp_path), "k" * 40
    with tenancy.organisation(ACE):
        edit_person(cast.cashier, {"phone": "0800 555 0111"}, by=cast.hr)
        entry = AuditEntry.objects.filter(about="staff.Person", person_id=cast.cashier.pk).order_by("-pk")[0]
        for one in (cast.cashier, cast.teammate):
            make_leaving(one, by=cast.hr)
        both = [fresh(cast.cashier), fresh(cast.teammate)]
    with unguarded() as owner:
        # As if the teammate had made that change, from their own device.
        owner.execute(
            "UPDATE staff_auditentry SET actor_id = %s, address = '203.0.113.9' WHERE id = %s",
            [cast.teammate.pk, entry.pk],
        )
    assert both_erased(both, by=cast.hr) == []
    with tenancy.organisation(ACE):
        entry.refresh_from_db()
        assert (entry.after, entry.address) == ({"phone": "(erased)"}, "")
        assert not Document.objects.exists()
    assert walk().fault == ""

"""Erasure: whom, by whom, what goes and what stays, and that the audit log holds and still names every edit."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from config import tenancy
from config.errors import Forbidden, Invalid, Refused
from config.testing import ACE, bearer, sign_in
from monitoring.models import Alert, Level
from monitoring.tests.make import fresh_rules, rule_of
from reviews.tests.make import make_review
from roster import services as rosters
from roster.models import Assignment
from roster.tests.make import make_shift, next_monday
from staff.documents.kinds import DocumentKind
from staff.documents.storage import path_of
from staff.exporting import export_people
from staff.importing import import_content
from staff.models import (
    AccessEntry,
    AuditEntry,
    Document,
    Education,
    EmploymentEvent,
    Erasure,
    Experience,
    Guarantor,
    Person,
    Session,
)
from staff.services import restore
from staff.services.background import add_background
from staff.services.bulk import keep_archive
from staff.services.contacts import add_guarantor, add_next_of_kin
from staff.services.erasing import erase, erase_who_left_before
from staff.services.fitness import ERASED
from staff.services.papers import Upload, add_document
from staff.services.people import edit_person
from staff.services.pictures import set_picture
from staff.tests.audits import name_of, newest, unguarded, walk
from staff.tests.careers import fresh, make_leaving
from staff.tests.doors import enter
from staff.tests.files import make_document, make_papers, pdf, picture
from staff.tests.hiring import GUARANTOR, KIN

pytestmark = pytest.mark.django_db

PHONE, BORN, REASON = "0800 555 0111", "1991-04-17", "moves to Accra"
OWN_PHONE, ADDRESS = "0809 555 0222", "4 Palm Avenue"
# Whatever says who it was, and what others wrote beside it.
PERSONAL = (
    "Adaeze", "Nwosu", "Ifeoma", "Tunde Alao", PHONE, OWN_PHONE, ADDRESS, BORN, REASON, "Kept the queue short",
    "127.0.0.1", "Ring Road Grammar School", "Olu & Sons",
)  # fmt: skip
TABLES = ("staff_", "roster_", "reviews_", "notifications_", "config_", "monitoring_", "django_admin")


def everything_kept() -> str:
    """Every row of the entered organisation, as PostgreSQL writes it."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(TABLES):
                cursor.execute(f"SELECT string_agg(t::text, E'\\n') FROM {table} t")
                found.append(cursor.fetchone()[0] or "")
    return "\n".join(found)


def make_life(cast: Any) -> Person:
    """Somebody with something in every table, who has left."""
    enter(Client(), cast.cashier)
    with tenancy.organisation(ACE):
        fresh_rules()
        told = {"phone": PHONE, "personal_phone": OWN_PHONE, "address": ADDRESS, "gender": "female"}
        person = edit_person(cast.cashier, {**told, "date_of_birth": date.fromisoformat(BORN)}, by=cast.hr)
        person = set_picture(person, Upload("me.jpg", picture()), by=person)
        make_papers(person, by=cast.hr)
        add_background(
            Education, person, {"institution": "Ring Road Grammar School", "qualification": "WAEC"}, by=cast.hr
        )
        add_background(Experience, person, {"employer": "Olu & Sons", "position": "Porter"}, by=cast.hr)
        make_review(person, by=cast.floor_manager, comment="Kept the queue short")
        monday = next_monday() - timedelta(weeks=1)
        roster = rosters.open_roster(cast.bodija, cast.supermarket, None, monday, by=cast.hr)
        make_shift(roster, by=cast.hr, person=person)
        make_leaving(fresh(person), by=cast.hr, reason=REASON)
        taken = {"acknowledged_at": timezone.now(), "acknowledged_in": ACE, "acknowledged_by": person.full_name}
        Alert.objects.create(rule=rule_of("disk"), level=Level.WARNING, opened_at=timezone.now(), **taken)
        return fresh(person)


def erased(person: Person, *, by: Person, **words: str) -> Erasure:
    return erase(person, **{"reason": "A request of theirs", "typed": person.employee_number, **words}, by=by)


@pytest.fixture
def former(cast: Any) -> Person:
    return make_life(cast)


def test_nothing_that_says_who_it_was_stays_in_any_table(cast, former, ace):
    before = everything_kept()
    assert all(word in before for word in PERSONAL)
    erasure = erased(former, by=cast.hr)
    kept = everything_kept()
    assert [word for word in PERSONAL if word in kept] == []
    assert (erasure.by, erasure.reason) == (cast.hr, "A request of theirs")
    assert erasure.counts["Guarantors"] == erasure.counts["Documents"] == 1


def test_what_is_left_is_a_former_staff_member_who_cannot_come_in(cast, former, ace):
    erased(former, by=cast.hr)
    left = fresh(former)
    assert left.full_name == f"Former staff member {former.employee_number[-5:]}"
    assert left.email.startswith("erased-")
    assert left.email.endswith("@invalid")
    assert (left.phone, left.date_of_birth, left.has_usable_password()) == ("", None, False)
    assert (left.gender, left.picture) == ("not_said", "")
    assert not Session.objects.filter(person=left).exists()


@pytest.mark.parametrize(
    "add",
    [
        lambda left, hr: set_picture(left, Upload("me.jpg", picture()), by=hr),
        lambda left, hr: add_background(Experience, left, {"employer": "Olu & Sons", "position": "Porter"}, by=hr),
        lambda left, hr: add_document(left, DocumentKind.CV, Upload("a.pdf", pdf()), by=hr),
        lambda left, hr: add_next_of_kin(left, KIN, by=hr),
        lambda left, hr: add_guarantor(left, GUARANTOR, by=hr),
    ],
    ids=["picture", "experience", "document", "next of kin", "guarantor"],
)
def test_nothing_is_added_about_somebody_who_was_erased(cast, former, ace, add):
    stale = fresh(former)
    erased(former, by=cast.hr)
    with pytest.raises(Refused, match="erased"):
        add(stale, cast.hr)


def test_nobody_writes_a_review_of_somebody_who_was_erased(cast, former, ace):
    erased(former, by=cast.hr)
    with pytest.raises(Refused, match="erased"):
        make_review(fresh(former), by=cast.floor_manager, comment="Kept the queue short")


def test_a_zip_of_documents_says_in_its_rehearsal_who_was_erased(cast, former, ace):
    erased(former, by=cast.hr)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{former.employee_number}_cv.pdf", pdf())
    for commit in (False, True):
        [row] = keep_archive(packed, by=cast.hr, commit=commit)
        assert row.refusal == ERASED


def test_a_file_of_before_brings_back_nothing_of_somebody_who_was_erased(cast, former, ace):
    made = export_people(Person.objects.filter(pk=former.pk), by=cast.hr, asked={})
    erased(former, by=cast.hr)
    report = import_content(made.file.read(), "people.csv", by=cast.hr, commit=True, partial=True)
    assert (report.changed, {fault.reason for fault in report.faults}) == (0, {ERASED})
    assert fresh(former).full_name.startswith("Former staff member")


def test_employment_pay_and_the_hours_that_were_worked_stay(cast, former, ace):
    shifts = Assignment.objects.filter(person=former).count()
    looks = AccessEntry.objects.filter(person=former).count()
    erased(former, by=cast.hr)
    assert Assignment.objects.filter(person=former).count() == shifts == 1
    assert AccessEntry.objects.filter(person=former).count() == looks
    leaving = EmploymentEvent.objects.leavings().get(person=former)
    assert (leaving.leaving, leaving.effective_on, leaving.reason) == ("resigned", former.left_on, "")
    assert (fresh(former).hired_on, fresh(former).role) == (former.hired_on, former.role)


@pytest.mark.django_db(transaction=True)
def test_the_files_go_once_it_is_so_and_the_ledger_has_a_line_that_names_nobody(cast, settings, tmp_path):
    settings.BACKUP_TO, settings.BACKUP_COPY_TO = str(tmp_path / "one"), str(tmp_path / "two")
    settings.BACKUP_KEY = "k" * 40
    former = make_life(cast)
    with tenancy.organisation(ACE):
        files = [path_of(key) for key in (*Document.objects.values_list("key", flat=True), former.picture)]
        assert len(files) == 2
        assert all(path.exists() for path in files)
        erased(former, by=cast.hr)
        assert all(path.exists() for path in files)
    assert not any(path.exists() for path in files)
    one, two = ((tmp_path / place / "erasures.jsonl").read_text() for place in ("one", "two"))
    assert one == two
    assert (json.loads(one)["organisation"], json.loads(one)["person"]) == (ACE, former.pk)
    assert not [word for word in (*PERSONAL, former.employee_number) if word in one]


def test_nothing_comes_to_be_known_of_them_again_at_any_door(cast, former, ace):
    erased(former, by=cast.hr)
    nobody, kin = fresh(former), {"name": "Ifeoma Nwosu", "relationship": "Mother", "phone": OWN_PHONE}
    for tell in (
        lambda: edit_person(nobody, {"phone": PHONE}, by=cast.hr),
        lambda: set_picture(nobody, Upload("me.jpg", picture()), by=cast.hr),
        lambda: add_background(Education, nobody, {"institution": "A", "qualification": "WAEC"}, by=cast.hr),
        lambda: add_next_of_kin(nobody, kin, by=cast.hr),
        lambda: add_guarantor(nobody, {"name": "Tunde Alao", "phone": OWN_PHONE}, by=cast.hr),
        lambda: make_document(nobody, by=cast.hr),
    ):
        with pytest.raises(Refused, match="They were erased"):
            tell()


def test_only_of_somebody_who_has_left(cast, ace):
    with pytest.raises(Refused, match="has not left"):
        erased(cast.cashier, by=cast.hr)
    make_leaving(cast.cashier, by=cast.hr, on=timezone.localdate() + timedelta(days=9))
    with pytest.raises(Refused, match="has not left"):
        erased(fresh(cast.cashier), by=cast.hr)


@pytest.mark.parametrize("who", ["ceo", "coo", "auditor", "group_head", "branch_manager", "floor_manager"])
def test_only_by_human_resource(cast, former, ace, who):
    with pytest.raises(Forbidden):
        erased(former, by=getattr(cast, who))


def test_never_of_oneself(cast, ace):
    with pytest.raises(Forbidden, match="Nobody erases themselves"):
        erased(cast.hr, by=cast.hr)


def test_with_a_reason_and_the_number_typed(cast, former, ace):
    with pytest.raises(Invalid) as refused:
        erased(former, by=cast.hr, reason=" ", typed="ACE-BOD-00001")
    assert refused.value.fields.keys() == {"reason", "typed"}
    assert fresh(former).first_name == "Adaeze"


def test_once_and_for_all(cast, former, ace):
    erased(former, by=cast.hr)
    with pytest.raises(Refused, match="erased already"):
        erased(fresh(former), by=cast.hr)
    with pytest.raises(Refused, match="nothing undoes"):
        restore(fresh(former), by=cast.hr)
    with pytest.raises(Refused, match="nothing undoes"):
        edit_person(fresh(former), {"first_name": "Adaeze"}, by=cast.hr)
    for change in ("DELETE FROM staff_erasure", "UPDATE staff_erasure SET reason = ''"):
        with (
            pytest.raises(DatabaseError, match="kept as they are"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)


def test_the_audit_log_still_tells_that_something_happened(cast, former, ace):
    before = AuditEntry.objects.filter(person_id=former.pk).count()
    erased(former, by=cast.hr)
    assert AuditEntry.objects.filter(person_id=former.pk).count() > before
    changed = (
        AuditEntry.objects.filter(person_id=former.pk, kind="changed", about="staff.Person").order_by("pk").first()
    )
    said = ("phone", "personal_phone", "address", "date_of_birth", "gender")
    assert changed.after == dict.fromkeys(said, "(erased)")
    assert changed.actor_id is None or changed.actor_id == cast.hr.pk
    assert newest(kind="erased").person_id == former.pk


@pytest.mark.django_db(transaction=True)
def test_the_chain_holds_and_says_how_many_entries_were_erased(cast, settings, tmp_path, capsys):
    settings.BACKUP_TO = str(tmp_path)
    former = make_life(cast)
    with tenancy.organisation(ACE):
        erased(former, by=cast.hr)
        masked = AuditEntry.objects.exclude(erased_at=None).count()
    verdict = walk()
    assert verdict.fault == ""
    assert verdict.erased == masked > 10
    call_command("verify_audit", "--organisation", "acemall")
    assert f"{masked} with personal values erased by an erasure" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "edit",
    [
        # Of a masked entry; and one made to look masked, hash and all, by somebody who owns the database.
        'UPDATE staff_auditentry SET after = \'{"phone": "0700"}\' WHERE id = %(masked)s',
        "UPDATE staff_auditentry SET after = NULL, erased_at = now(), erased_hash = sha256('x') WHERE id = %(other)s",
        """UPDATE staff_auditentry SET actor_id = NULL, erased_at = now(), erased_hash = sha256(convert_to(
            jsonb_build_array(id, organisation_id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), kind,
            outcome, about, about_id, person_id, NULL::bigint, actor_name, address, agent, request_id, before, after
            )::text, 'UTF8')) WHERE id = %(other)s""",
    ],
)
def test_an_edit_is_named_although_entries_were_erased(cast, settings, tmp_path, edit):
    settings.BACKUP_TO = str(tmp_path)
    former = make_life(cast)
    with tenancy.organisation(ACE):
        erased(former, by=cast.hr)
        masked = AuditEntry.objects.exclude(erased_at=None).order_by("pk").last()
        other = AuditEntry.objects.filter(erased_at=None, about="staff.Branch").first()
    with unguarded() as owner:
        owner.execute(edit, {"masked": masked.pk, "other": other.pk})
    changed = masked if "masked" in edit else other
    assert f"{name_of(changed)} was edited after it was written" in walk().fault


def test_the_application_masks_nobody_who_was_not_erased(cast, former, ace):
    erasure = Erasure.objects.create(person=former, by=cast.hr, at=timezone.now(), reason="A try", counts={})
    masks = json.dumps({"staff.Person": {"columns": ["first_name"], "ids": []}})
    with pytest.raises(DatabaseError, match="Nobody was erased"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT audit_erase(%s, %s)", [erasure.pk, masks])
    with pytest.raises(DatabaseError, match="denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE staff_auditentry SET after = NULL")


def test_the_page_says_what_goes_and_what_stays_and_asks_for_the_number(cast, former):
    client, path = sign_in(Client(), cast.hr), f"/people/{former.pk}/erase"
    page = client.get(path).content.decode()
    assert page.index("What goes") < page.index("Next of kin") < page.index("What stays") < page.index("Shifts")
    refused = client.post(path, {"reason": "They asked", "typed": "ACE-1"})
    assert refused.status_code == 422
    assert "They asked" in refused.content.decode()
    done = client.post(path, {"reason": "They asked", "typed": former.employee_number}, follow=True)
    assert "Former staff member" in done.content.decode()
    assert sign_in(Client(), cast.ceo).get(path).status_code == 403
    assert sign_in(Client(), cast.stranger).get(path).status_code == 404


def test_the_api_erases_for_human_resource_alone(cast, former):
    body = {"staff": str(former.pk), "reason": "They asked", "confirm": former.employee_number}

    def ask(person: Person, **more: str) -> Any:
        data = json.dumps({**body, **more})
        return Client().post("/api/v1/gdpr/erase", data, content_type="application/json", headers=bearer(person))

    assert ask(cast.auditor).status_code == ask(cast.ceo).status_code == ask(cast.teammate).status_code == 403
    assert ask(cast.other_hr).status_code == 400
    assert ask(cast.hr, confirm="ACE-1").json()["error"]["fields"].keys() == {"typed"}
    assert ask(cast.hr).status_code == 201
    assert ask(cast.hr).status_code == 409


def test_the_command_asks_and_then_erases(cast, former, capsys, monkeypatch):
    words = ["gdpr", "erase", former.employee_number, "--organisation", "acemall", "--reason", "They asked"]
    monkeypatch.setattr("sys.stdin.readline", lambda: "no\n", raising=False)
    with pytest.raises(CommandError, match="Nobody was erased"):
        call_command(*words)
    assert "goes   Next of kin" in capsys.readouterr().out
    call_command(*words, "--yes")
    with tenancy.organisation(ACE):
        assert fresh(former).is_erased
        assert Erasure.objects.get().by is None
    with pytest.raises(CommandError, match="erased already"):
        call_command(*words, "--yes")


def test_the_command_writes_a_copy_that_only_its_owner_reads(cast, tmp_path):
    target = tmp_path / "copy.zip"
    words = ["gdpr", "export", cast.cashier.employee_number, "--organisation", "acemall", "--to", str(target)]
    call_command(*words)
    assert target.stat().st_mode & 0o777 == 0o600
    assert target.read_bytes().startswith(b"PK")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command(*words)


def test_whoever_left_longer_ago_than_is_kept_is_erased_by_itself(cast, former, ace):
    day = former.left_on
    assert erase_who_left_before(day) == 0
    assert erase_who_left_before(day + timedelta(days=1)) == 1
    assert erase_who_left_before(day + timedelta(days=1)) == 0
    assert fresh(former).is_erased
    assert fresh(cast.teammate).first_name == "Kunle"
    assert not Guarantor.objects.filter(person=former).exists()

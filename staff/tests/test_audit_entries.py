"""What is written down: every change with before and after, who did it and from where, and nothing that is secret."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client

from config import origin, tenancy
from config.testing import ACE, as_owner, bearer, sign_in
from staff import services
from staff.auditing.words import lines
from staff.models import AuditEntry, AuditKind, Branch, Person
from staff.tests.audits import newest
from staff.tests.make import PASSWORD, make_branch, make_role

AGENT = "Mozilla/5.0 (Test)"
pytestmark = pytest.mark.django_db


@pytest.fixture
def here(cast):
    """Inside the organisation, as Human Resource at a desk."""
    desk = origin.Origin(cast.hr.pk, "", "192.0.2.7", AGENT, "request-0001")
    with origin.of(desk), tenancy.organisation(ACE):
        yield cast


def sentence(entry, reader):
    return lines([entry], reader=reader)[0].sentence


def test_a_change_says_who_what_before_and_after(here):
    supervisor = make_role("Supervisor")
    services.edit_person(here.cashier, {"role": supervisor}, by=here.hr)
    entry = newest(about="staff.Person", about_id=here.cashier.pk)
    assert (entry.kind, entry.outcome, entry.person_id) == ("changed", "done", here.cashier.pk)
    assert (entry.actor_id, entry.address, entry.agent, entry.request_id) == (
        here.hr.pk, "192.0.2.7", AGENT, "request-0001",
    )  # fmt: skip
    assert entry.before["role_id"] == here.cashier.role_id
    assert entry.after == {"role_id": supervisor.pk, "token_version": "(hidden)"}


def test_a_change_reads_as_one_sentence(here):
    services.edit_person(here.cashier, {"phone": "+234 803 555 0100"}, by=here.hr)
    said = "Halima Sule changed “work phone” of Adaeze Nwosu from nothing to +234 803 555 0100."
    assert sentence(newest(), here.auditor) == said


def test_ids_and_choices_are_shown_as_words(here):
    services.change_role(here.cashier.role, {"name": "Till Operator", "category": "general"}, by=here.hr)
    assert sentence(newest(), here.auditor) == (
        "Halima Sule changed “name” of the role Till Operator from Cashier to Till Operator."
    )
    services.edit_person(here.teammate, {"branch": here.akobo, "contract_hours": 20}, by=here.hr)
    (line,) = lines([newest(about="staff.Person")], reader=here.auditor)
    assert line.sentence == "Halima Sule changed branch and contract hours a week of Kunle Ogundele."
    assert {(change.field, change.before, change.after) for change in line.changes} == {
        ("branch", "Bodija", "Akobo"),
        ("contract hours a week", "40", "20"),
    }


def test_a_new_row_and_a_removed_one_are_written_down_whole(here):
    branch = make_branch("Saki")
    added = newest()
    assert (added.kind, added.before, added.after["name"]) == ("added", None, "Saki")
    assert sentence(added, here.auditor) == "Halima Sule added the branch Saki."
    branch.delete()
    assert (newest().kind, newest().before["name"], newest().after) == ("removed", "Saki", None)
    assert sentence(newest(), here.auditor) == "Halima Sule removed the branch Saki."


def test_a_password_is_never_written_down(here):
    secret = make_password("A-new-secret-2026")
    Person.objects.filter(pk=here.cashier.pk).update(password=secret)
    assert newest().after == newest().before == {"password": "(hidden)"}
    assert sentence(newest(), here.auditor) == "Halima Sule changed the password of Adaeze Nwosu."
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM staff_auditentry e WHERE e::text LIKE %s", ["%argon2%"])
        assert cursor.fetchone() == (0,)


def test_what_says_nothing_is_not_written_down(here):
    before = AuditEntry.objects.count()
    Person.objects.filter(pk=here.cashier.pk).update(last_login="2026-01-01T00:00Z")
    Branch.objects.filter(name="Bodija").update(name="Bodija")
    Branch.objects.filter(name="Nowhere").update(name="Somewhere")
    assert AuditEntry.objects.count() == before


def test_a_bulk_write_and_plain_sql_are_written_down_as_well(here):
    Branch.objects.bulk_create([Branch(name="Saki", code="SAK"), Branch(name="Ife", code="IFE")])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE staff_branch SET code = 'X' || left(code, 2) WHERE name IN ('Saki', 'Ife')")
    entries = AuditEntry.objects.filter(about="staff.Branch", kind=AuditKind.CHANGED)
    assert {entry.after["code"] for entry in entries} == {"XSA", "XIF"}


def test_a_row_cannot_slip_away_by_changing_its_id(here):
    branch = make_branch("Saki")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE staff_branch SET id = id + 100000, name = 'Ife' WHERE id = %s", [branch.pk])
    assert (newest().kind, newest().about_id, newest().after["name"]) == ("changed", branch.pk + 100_000, "Ife")


def test_a_job_and_a_command_are_named(here):
    with origin.of(origin.Origin(name="job upkeep")), tenancy.organisation(ACE):
        make_branch("Saki")
        assert (newest().actor_id, newest().actor_name) == (None, "job upkeep")
        assert sentence(newest(), here.auditor) == "The job upkeep added the branch Saki."


@pytest.mark.parametrize("agent", ["\x00\x1b[31m", "ä" * 500, "{}", '"'])
def test_a_strange_browser_breaks_nothing(cast, agent):
    with origin.of(origin.Origin(cast.hr.pk, agent=agent)), tenancy.organisation(ACE):
        make_branch("Saki")
        assert len(newest().agent) <= 200
        assert newest().agent.isprintable()


def test_only_the_owner_may_write_many_rows_down_by_their_number(here):
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.audit_by_number', 'on', true)")
    make_branch("Saki")
    assert newest().kind == "added"
    with as_owner(connection.settings_dict["NAME"]) as owner, owner.transaction(force_rollback=True):
        owner.execute("SELECT set_config('app.audit_by_number', 'on', true), set_config('app.organisation', '1', true)")
        owner.execute(
            "INSERT INTO staff_department (name, position) SELECT 'Line ' || n, n FROM generate_series(1, 3) n"
        )
        found = owner.execute("SELECT kind, about, after FROM staff_auditentry WHERE kind = 'loaded'").fetchall()
    assert found == [("loaded", "staff.Department", {"rows": 3})]


@pytest.mark.parametrize(
    ("told", "kept"), [("fe80::1%" + "z" * 60, "fe80::1"), ("192.0.2.7", "192.0.2.7"), ("nowhere", "")]
)
def test_an_address_of_any_length_breaks_nothing(cast, told, kept):
    client = sign_in(Client(REMOTE_ADDR=told), cast.hr)
    answer = client.patch(
        f"/api/v1/staff/{cast.cashier.pk}", {"phone": "+234 803 555 0199"}, "application/json", headers=bearer(cast.hr)
    )
    assert answer.status_code == 200
    with tenancy.organisation(ACE):
        assert newest(about="staff.Person", kind="changed").address == kept


def log_in(client, email, password):
    return client.post("/login", {"email": email, "password": password}, headers={"User-Agent": AGENT})


def api_log_in(client, email, password):
    body = {"email": email, "password": password}
    return client.post("/api/v1/auth/login", body, "application/json", headers={"User-Agent": AGENT})


@pytest.mark.parametrize("way", [log_in, api_log_in])
def test_signing_in_rightly_wrongly_and_while_locked(cast, way):
    client, email = Client(REMOTE_ADDR="192.0.2.9"), cast.cashier.email
    way(client, email, PASSWORD)
    with tenancy.organisation(ACE):
        entry = newest()
        assert (entry.kind, entry.outcome, entry.actor_id, entry.person_id) == (
            "sign_in", "done", cast.cashier.pk, cast.cashier.pk,
        )  # fmt: skip
        assert (entry.address, entry.agent) == ("192.0.2.9", AGENT)
        assert sentence(entry, cast.auditor) == "Adaeze Nwosu signed in."
    for _ in range(5):
        way(Client(), email, "not-the-password")
    with tenancy.organisation(ACE):
        refused = AuditEntry.objects.filter(kind="sign_in", outcome="refused", actor_id=None)
        assert refused.count() == 5
        assert sentence(refused[1], cast.auditor) == "Signing in as Adaeze Nwosu was refused."
        locking = "Signing in as Adaeze Nwosu was refused, and their account is locked for 15 minutes."
        assert sentence(refused[0], cast.auditor) == locking
    way(Client(), email, PASSWORD)
    with tenancy.organisation(ACE):
        assert newest().outcome == "locked"
        assert "it was locked after too many wrong passwords" in sentence(newest(), cast.auditor)


def test_an_address_of_nobody_leaves_no_entry_anywhere(cast):
    with tenancy.organisation(ACE):
        before = AuditEntry.objects.count()
    for _ in range(7):
        log_in(Client(), "nobody@acemall.example", PASSWORD)
    with tenancy.organisation(ACE):
        assert AuditEntry.objects.count() == before


def test_signing_out_of_pages_the_admin_and_the_api(cast, signed_in):
    for path, person in (("/logout", cast.cashier), ("/admin/logout/", cast.hr)):
        signed_in(person).post(path)
        with tenancy.organisation(ACE):
            assert (newest().kind, newest().actor_id) == ("sign_out", person.pk)
            assert sentence(newest(), cast.auditor) == f"{person} signed out."
    Client().post("/api/v1/auth/logout", content_type="application/json", headers=bearer(cast.cashier))
    with tenancy.organisation(ACE):
        assert newest(kind="sign_out").actor_id == cast.cashier.pk


def test_a_session_that_a_copied_token_ended_says_whose_it_was(here):
    with origin.of(origin.Origin()), tenancy.organisation(ACE):
        services.audit.record_sign_out(here.cashier.pk)
    assert sentence(newest(), here.auditor) == "A session of Adaeze Nwosu was ended."


def test_signing_out_everywhere(cast):
    Client().post("/api/v1/auth/logout", {"all": True}, "application/json", headers=bearer(cast.cashier))
    with tenancy.organisation(ACE):
        assert newest(kind="sign_out").person_id == cast.cashier.pk


def test_an_ended_token_that_is_renewed_is_written_down(cast):
    tokens = api_log_in(Client(), cast.cashier.email, PASSWORD).json()
    with tenancy.organisation(ACE):
        services.end_tokens(cast.cashier)
    Client().post("/api/v1/auth/refresh", {"refresh": tokens["refresh"]}, "application/json")
    with tenancy.organisation(ACE):
        assert (newest().kind, newest().outcome, newest().person_id) == ("refresh", "refused", cast.cashier.pk)
        assert sentence(newest(), cast.auditor) == "A token of Adaeze Nwosu that has ended was refused."


def test_a_request_writes_down_who_asked_and_its_id(cast):
    client = sign_in(Client(REMOTE_ADDR="192.0.2.4"), cast.hr)
    headers = {**bearer(cast.hr), "User-Agent": AGENT, "X-Request-ID": "wanted-id-0001"}
    response = client.patch(
        f"/api/v1/staff/{cast.cashier.pk}", {"phone": "+234 803 555 0199"}, "application/json", headers=headers
    )
    assert response.status_code == 200
    with tenancy.organisation(ACE):
        entry = newest(about="staff.Person", kind="changed")
        assert (entry.actor_id, entry.address, entry.agent, entry.request_id) == (
            cast.hr.pk, "192.0.2.4", AGENT, "wanted-id-0001",
        )  # fmt: skip


def test_what_was_refused_and_taken_back_leaves_no_entry(cast):
    with tenancy.organisation(ACE):
        before = AuditEntry.objects.count()
    path = f"/api/v1/staff/{cast.cashier.pk}"
    for person, status in ((cast.hr, 400), (cast.cashier, 403)):
        response = Client().patch(path, {"phone": "x"}, "application/json", headers=bearer(person))
        assert response.status_code == status
    with tenancy.organisation(ACE):
        assert AuditEntry.objects.count() == before


def test_an_event_that_no_row_shows_can_be_recorded(here):
    services.audit.record(AuditKind.READ, about="documents", person=here.cashier.pk)
    assert sentence(newest(), here.auditor) == "Halima Sule opened the documents of Adaeze Nwosu."
    services.audit.record(AuditKind.EXPORT, about="staff report", details={"rows": 12})
    assert sentence(newest(), here.auditor) == "Halima Sule exported the staff report, 12 rows."

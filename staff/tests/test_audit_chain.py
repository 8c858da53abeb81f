"""The audit log's chain: whoever touches a row of it is named by verify_audit, and writers at once make no fork."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from config import tenancy
from config.testing import ACE, OTHER, as_owner
from staff import services
from staff.auditing.chain import TEXT
from staff.models import AuditEntry, AuditHead, AuditLink, Branch
from staff.tests.audits import name_of, unguarded, walk, write
from staff.tests.make import make_branch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner(cast):
    with unguarded() as owner:
        yield owner


def test_what_was_written_holds(cast):
    write("Oyo"), write("Saki", "Ife")
    verdict = walk()
    assert verdict.holds
    with tenancy.organisation(ACE):
        assert verdict.entries == AuditEntry.objects.count()
        assert verdict.links == AuditLink.objects.count() == AuditHead.objects.get().links


def test_an_edited_entry_is_named(owner):
    write("Oyo")
    edited, _ = write("Saki", "Ife")
    owner.execute('UPDATE staff_auditentry SET after = \'{"name": "Lagos"}\' WHERE id = %s', [edited.pk])
    assert walk().fault == f"{name_of(edited)} was edited after it was written."


@pytest.mark.parametrize("column", ["at", "actor_id", "address", "outcome", "about_id", "before"])
def test_every_column_is_covered(owner, column):
    entry = write("Oyo")[0]
    to = {"at": "now() - interval '1 day'", "before": "'{}'", "address": "'192.0.2.1'", "outcome": "'refused'"}
    owner.execute(f"UPDATE staff_auditentry SET {column} = {to.get(column, '77')} WHERE id = %s", [entry.pk])
    assert f"Entry {entry.pk} " in walk().fault
    assert walk().fault.endswith("was edited after it was written.")


def test_a_deleted_entry_is_named_by_its_neighbour(owner):
    first, second, _ = write("Oyo", "Saki", "Ife")
    owner.execute("DELETE FROM staff_auditentry WHERE id = %s", [second.pk])
    (number,) = owner.execute("SELECT number FROM staff_auditlink WHERE id = %s", [first.link]).fetchone()
    assert walk().fault == f"The entry after entry{name_of(first)[5:]} is missing: number 2 of link {number}."


def test_the_last_entry_of_a_link_is_missed_too(owner):
    first, second = write("Oyo", "Saki")
    write("Ife")
    owner.execute("DELETE FROM staff_auditentry WHERE id = %s", [second.pk])
    assert walk().fault.startswith(f"The entry after entry{name_of(first)[5:]} is missing: number 2 of link")


def test_a_link_that_was_deleted_with_its_entries_is_named(owner):
    before = write("Oyo")[-1]
    gone = write("Saki")[0]
    write("Ife")
    owner.execute("DELETE FROM staff_auditentry WHERE id = %s", [gone.pk])
    (number,) = owner.execute("DELETE FROM staff_auditlink WHERE id = %s RETURNING number", [gone.link]).fetchone()
    assert walk().fault == f"After entry{name_of(before)[5:]} rows are missing: link {number} of the chain."


def mend(owner, pk):
    """Let the hash of an entry fit what it says now."""
    owner.execute(f"UPDATE staff_auditentry SET hash = sha256(convert_to({TEXT}, 'UTF8')) WHERE id = %s", [pk])


def insert_like(owner, entry, link, position):
    """A well-made entry, with a hash that fits what it says."""
    columns = "kind, outcome, about, about_id, person_id, actor_id, actor_name, address, agent, request_id, hash"
    (pk,) = owner.execute(
        f"INSERT INTO staff_auditentry (organisation_id, link, position, at, {columns}) "
        f"SELECT organisation_id, %s, %s, at, {columns} FROM staff_auditentry WHERE id = %s RETURNING id",
        [link, position, entry.pk],
    ).fetchone()
    mend(owner, pk)
    return pk


def test_an_entry_that_was_inserted_into_a_link_is_named(owner):
    entry = write("Oyo")[0]
    planted = insert_like(owner, entry, entry.link, 2)
    assert walk().fault.startswith(f"Entry {planted} of ")
    assert "was inserted: link" in walk().fault


def test_an_entry_that_was_inserted_beside_the_chain_is_named(owner):
    planted = insert_like(owner, write("Oyo")[0], 999_999, 2)
    assert walk().fault.startswith(f"Entry {planted} of ")
    assert walk().fault.endswith("was inserted: it has no link.")


def test_entries_that_changed_places_are_named(owner):
    first, second = write("Oyo", "Saki")
    for position, entry in ((77, first), (1, second), (2, first)):
        owner.execute("UPDATE staff_auditentry SET position = %s WHERE id = %s", [position, entry.pk])
    assert walk().fault.startswith(f"{name_of(second)} is out of order")


def test_links_that_changed_places_are_named(owner):
    first, second = write("Oyo")[0], write("Saki")[0]
    for link, other in ((77_777, first.link), (first.link, second.link), (second.link, 77_777)):
        owner.execute("UPDATE staff_auditentry SET link = %s WHERE link = %s", [link, other])
    assert walk().fault.startswith(f"{name_of(second)} is out of order")


def test_an_edit_that_mends_its_own_hash_breaks_its_link(owner):
    entry = write("Oyo")[0]
    owner.execute("UPDATE staff_auditentry SET after = NULL WHERE id = %s", [entry.pk])
    mend(owner, entry.pk)
    assert walk().fault.startswith(f"{name_of(entry)} is out of order")


def test_a_tail_that_was_cut_is_missed(owner):
    last = write("Oyo")[-1]
    gone = [write("Saki")[0], write("Ife")[0]]
    owner.execute("DELETE FROM staff_auditentry WHERE id = ANY(%s)", [[entry.pk for entry in gone]])
    owner.execute("DELETE FROM staff_auditlink WHERE id = ANY(%s)", [[entry.link for entry in gone]])
    (links,) = owner.execute("SELECT links FROM staff_audithead WHERE organisation_id = %s", [ACE]).fetchone()
    tail = f"links {links - 1} to {links}"
    assert walk().fault == f"After entry{name_of(last)[5:]} the tail is missing: {tail} of the chain."


def test_a_head_that_was_set_back_with_the_tail_is_caught_by_what_was_noted(owner):
    write("Oyo")
    short = owner.execute("SELECT links, hash FROM staff_audithead WHERE organisation_id = %s", [ACE]).fetchone()
    gone = write("Saki")[0]
    number, _, digest = walk().head.partition(":")
    owner.execute("DELETE FROM staff_auditentry WHERE id = %s", [gone.pk])
    owner.execute("DELETE FROM staff_auditlink WHERE id = %s", [gone.link])
    owner.execute("UPDATE staff_audithead SET links = %s, hash = %s WHERE organisation_id = %s", [*short, ACE])
    assert walk().holds
    assert walk(noted=(int(number), digest)).fault == (
        f"The chain ends at link {short[0]}, but link {number} was noted: its tail is missing."
    )
    assert "written anew" in walk(noted=(short[0], "0" * 16)).fault


def test_a_link_beyond_the_head_is_named(owner):
    write("Oyo")
    owner.execute("UPDATE staff_audithead SET links = links - 1 WHERE organisation_id = %s", [ACE])
    assert "does not fit its last link" in walk().fault


def test_the_command_ends_with_the_sentence_and_an_exit_code(owner, capsys):
    call_command("verify_audit")
    assert "acemall: holds, " in capsys.readouterr().out
    entry = write("Oyo")[0]
    owner.execute("UPDATE staff_auditentry SET kind = 'read' WHERE id = %s", [entry.pk])
    with pytest.raises(CommandError, match="The audit log of 1 of 2 organisations does not hold"):
        call_command("verify_audit")
    said = capsys.readouterr().out
    assert f"acemall: {name_of(entry)} was edited after it was written." in said
    assert "othermart: holds, " in said
    call_command("verify_audit", organisation="othermart")
    with pytest.raises(CommandError, match="no organisation nowhere"):
        call_command("verify_audit", organisation="nowhere")


def test_the_command_walks_suspended_organisations_too(cast):
    with as_owner(connection.settings_dict["NAME"]) as owner:
        owner.execute("UPDATE staff_organisation SET suspended_at = now() WHERE id = %s", [OTHER])
        try:
            command = [sys.executable, "manage.py", "verify_audit"]
            said = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True).stdout
        finally:
            owner.execute("UPDATE staff_organisation SET suspended_at = NULL")
    assert "acemall: holds, " in said
    assert "othermart: holds, " in said


def test_fifty_writers_at_once_make_no_fork(cast):
    """Each holds rows for itself while it writes, as services do; none waits for another in a circle."""
    with tenancy.organisation(ACE):
        before = AuditHead.objects.get().links
    failed, start = [], threading.Barrier(50)

    def one(number):
        try:
            start.wait(timeout=60)
            with tenancy.organisation(ACE):
                services.edit_own(cast.cashier if number % 2 else cast.teammate, phone=f"+234 803 555 {number:04}")
                make_branch(f"Branch {number}", code=f"B{number}")
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=one, args=(number,)) for number in range(50)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not failed
    verdict = walk()
    assert verdict.holds, verdict.fault
    with tenancy.organisation(ACE):
        assert AuditHead.objects.get().links == before + 50
        assert Branch.objects.filter(name__startswith="Branch ").count() == 50


def test_what_is_rolled_back_leaves_no_entry_and_no_gap(cast):
    with tenancy.organisation(ACE):
        make_branch("Oyo")
        with transaction.atomic():
            make_branch("Saki")
            transaction.set_rollback(True)
        make_branch("Ife")
    assert walk().holds
    with tenancy.organisation(ACE):
        names = [entry.after["name"] for entry in AuditEntry.objects.filter(about="staff.Branch").order_by("-id")[:2]]
    assert names == ["Ife", "Oyo"]


def test_the_application_can_only_read(cast):
    for statement in (
        "INSERT INTO staff_auditentry (link, position, at, kind) VALUES (1, 1, now(), 'read')",
        "UPDATE staff_auditentry SET kind = 'read'",
        "DELETE FROM staff_auditentry",
        "TRUNCATE staff_auditentry",
        "UPDATE staff_auditlink SET entries = 0",
        "DELETE FROM staff_auditlink",
        "UPDATE staff_audithead SET links = 0",
        "SELECT audit_append('read', 'done', '', ARRAY[ROW(1, 2, 3, 4, NULL, NULL)::audit_change])",
    ):
        with tenancy.organisation(ACE):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('app.audit_retention', 'on', true)")
                    cursor.execute(statement)
    assert walk().holds


@pytest.mark.parametrize("statement", ["UPDATE {} SET hash = ''", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("table", ["staff_auditentry", "staff_auditlink"])
def test_the_owner_is_refused_too(cast, table, statement):
    with as_owner(connection.settings_dict["NAME"]) as owner:
        with pytest.raises(psycopg.Error, match="The audit log is append-only"):
            owner.execute(statement.format(table))


def test_a_temporary_table_of_the_same_name_catches_nothing(cast):
    with tenancy.organisation(ACE), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM public.staff_auditentry")
        (before,) = cursor.fetchone()
        for table in ("staff_auditentry", "staff_auditlink", "staff_audithead"):
            cursor.execute(f"CREATE TEMPORARY TABLE {table} (LIKE public.{table} INCLUDING ALL) ON COMMIT DROP")
            cursor.execute(f"GRANT ALL ON pg_temp.{table} TO PUBLIC")
        make_branch("Oyo")
        cursor.execute("SELECT count(*) FROM pg_temp.staff_auditentry")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM public.staff_auditentry")
        assert cursor.fetchone() == (before + 1,)
    assert walk().holds


@pytest.mark.parametrize("kind", ["changed", "forgotten"])
def test_an_application_cannot_record_by_hand_what_the_database_says(cast, kind):
    with tenancy.organisation(ACE):
        with pytest.raises(DatabaseError, match="not to be recorded by hand"), transaction.atomic():
            services.audit.record(kind, about="staff.Person")


def test_nobody_sees_another_organisations_entries(cast):
    with tenancy.organisation(OTHER):
        assert AuditEntry.objects.exists()
        assert set(AuditEntry.objects.values_list("organisation", flat=True)) == {OTHER}
    assert not AuditEntry.objects.exists()


def test_an_anchor_that_was_moved_is_noticed(owner):
    write("Oyo"), write("Saki"), write("Ife")
    owner.execute("UPDATE staff_audithead SET anchor = anchor + 1 WHERE organisation_id = %s", [ACE])
    assert "is out of order" in walk().fault


def test_an_anchor_that_hides_the_whole_chain_is_noticed(owner):
    write("Oyo")
    number, _, digest = walk().head.partition(":")
    write("Saki")
    noted, later = (int(number), digest), (int(number) + 1, walk().head.partition(":")[2])
    assert walk(noted=noted).holds
    owner.execute("UPDATE staff_audithead SET anchor = links, anchor_hash = hash WHERE organisation_id = %s", [ACE])
    assert walk().fault == (
        "Link 1 stands before the anchor of the chain, where nothing is left: the anchor was moved."
    )
    owner.execute("DELETE FROM staff_auditentry WHERE organisation_id = %s", [ACE])
    owner.execute("DELETE FROM staff_auditlink WHERE organisation_id = %s", [ACE])
    assert walk(noted=noted).fault == (
        f"The chain begins after link {later[0]}, but link {noted[0]} was noted: it cannot be compared."
    )
    assert walk(noted=later).holds
    owner.execute("UPDATE staff_audithead SET anchor_hash = '', hash = '' WHERE organisation_id = %s", [ACE])
    assert "written anew" in walk(noted=later).fault


def test_the_last_year_is_never_removed(cast):
    with tenancy.organisation(ACE), pytest.raises(DatabaseError, match="never removed"), transaction.atomic():
        services.audit.forget_before(timezone.now() - timedelta(days=364))


@pytest.mark.parametrize("position", [0, 1, 7])
@pytest.mark.parametrize("is_sealed", [True, False])
def test_a_forged_place_puts_nothing_into_another_link(cast, is_sealed, position):
    link = write("Oyo")[0].link + (0 if is_sealed else 1_000_000)
    with tenancy.organisation(ACE), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.audit_place', %s, true)", [f"{ACE}:{link}:{position}"])
        make_branch("Saki"), make_branch("Ife")
    assert walk().holds, walk().fault
    with tenancy.organisation(ACE):
        assert AuditEntry.objects.filter(link=link).count() == is_sealed


def test_constraints_that_are_checked_at_once_break_nothing(cast):
    with tenancy.organisation(ACE), connection.cursor() as cursor:
        make_branch("Ede")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        make_branch("Oyo"), make_branch("Saki"), make_branch("Ife")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        make_branch("Ogbomosho"), make_branch("Iseyin")
    assert walk().holds, walk().fault


def test_whoever_shortens_the_log_leaves_an_entry(owner):
    write("Oyo")
    owner.execute("UPDATE staff_auditlink SET sealed_at = sealed_at - interval '3 years'")
    before = timezone.now() - timedelta(days=500)
    with tenancy.organisation(ACE), connection.cursor() as cursor:
        gone = AuditEntry.objects.count()
        cursor.execute("SELECT audit_forget(%s, 1000)", [before])
    with tenancy.organisation(ACE):
        (entry,) = AuditEntry.objects.all()
    assert (entry.kind, entry.after) == ("forgotten", {"entries": gone, "before": f"{before:%Y-%m-%d}"})
    assert walk().holds

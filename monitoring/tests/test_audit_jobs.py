"""What jobs do with the audit log: its farewell to what is old, and the nightly and the backup's look at the chain."""

from __future__ import annotations

import pytest
from django.utils import timezone

from config import tenancy
from config.celery import SCHEDULE, app
from config.services.state import Fault
from config.testing import ACE
from monitoring.backups.verifying import check_audit
from monitoring.models import JobRun
from monitoring.services.retention import apply_retention
from staff import services
from staff.models import AuditEntry, AuditHead
from staff.tests.audits import name_of, unguarded, walk, write

pytestmark = pytest.mark.django_db(transaction=True)


def age(owner, days):
    """Let everything have been written so many days earlier, and the chain be sealed accordingly."""
    owner.execute("UPDATE staff_auditlink SET sealed_at = sealed_at - %s * interval '1 day'", [days])


def test_retention_takes_whole_links_from_the_old_end_and_the_rest_still_holds(cast, monkeypatch):
    monkeypatch.setattr(services.audit, "BATCH", 2)
    with unguarded() as owner:
        write("Oyo"), write("Saki")
        age(owner, 3000)
        young = write("Ife", "Ede")
    assert "audit 0" not in apply_retention(timezone.now())
    assert walk().holds, walk().fault
    with tenancy.organisation(ACE):
        kept = AuditEntry.objects.order_by("at", "id")
        assert [entry.pk for entry in kept[:2]] == [entry.pk for entry in young]
        assert {entry.kind for entry in kept[2:]} == {"forgotten"}
        assert AuditHead.objects.get().anchor > 0
    with unguarded() as owner:
        owner.execute("UPDATE staff_auditentry SET kind = 'read' WHERE id = %s", [young[0].pk])
        assert walk().fault == f"{name_of(young[0])} was edited after it was written."


def test_what_is_younger_stays(cast):
    entries = write("Oyo", "Saki")
    assert apply_retention(timezone.now()).endswith("audit 0")
    with tenancy.organisation(ACE):
        assert AuditEntry.objects.filter(pk__in=[entry.pk for entry in entries]).count() == 2


def test_the_nightly_walk_says_how_much_holds_and_fails_where_it_does_not(cast):
    app.loader.import_default_modules()
    task = app.tasks[SCHEDULE["audit_check"].task]
    assert task.apply().result > 10
    with unguarded() as owner:
        entry = write("Oyo")[0]
        owner.execute("UPDATE staff_auditentry SET kind = 'read' WHERE id = %s", [entry.pk])
    task.apply()
    run = JobRun.objects.order_by("id").last()
    assert run.outcome == "failed"
    assert f"{name_of(entry)} was edited after it was written." in run.error


def test_a_restored_backup_whose_log_does_not_hold_is_bad(cast):
    entry = write("Oyo")[0]
    with unguarded() as owner:
        check_audit(owner)
        owner.execute("UPDATE staff_auditentry SET kind = 'read' WHERE id = %s", [entry.pk])
        with pytest.raises(Fault, match=f"The audit log of acemall does not hold: Entry {entry.pk} of"):
            check_audit(owner)

"""What tests of the audit log share: the log of one organisation walked, and somebody who can do what an owner can."""

from __future__ import annotations

from contextlib import contextmanager

from django.db import connection

from config import tenancy
from config.testing import ACE, as_owner
from staff.auditing.chain import verify
from staff.models import AuditEntry, AuditLink
from staff.tests.make import make_branch


def walk(organisation=ACE, **more):
    with tenancy.organisation(organisation), connection.cursor() as cursor:
        return verify(cursor, organisation, say=lambda done, links: None, **more)


@contextmanager
def unguarded():
    """A connection of somebody with the owner's password, who has switched the guards of the log off."""
    with as_owner(connection.settings_dict["NAME"]) as owner:
        for table in ("staff_auditentry", "staff_auditlink"):
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER audit_is_kept")
        try:
            yield owner
        finally:
            for table in ("staff_auditentry", "staff_auditlink"):
                owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER audit_is_kept")


def write(*names):
    """One transaction with a branch for each name; its entries, in their order."""
    with tenancy.organisation(ACE):
        for name in names:
            make_branch(name)
    with tenancy.organisation(ACE):
        link = AuditLink.objects.order_by("number").last()
        return list(AuditEntry.objects.filter(link=link.pk).order_by("position"))


def name_of(entry):
    return f"Entry {entry.pk} of {entry.at:%d %b %Y %H:%M:%S} UTC"


def newest(**wanted):
    """The newest entry of the entered organisation that is like that."""
    return AuditEntry.objects.filter(**wanted).order_by("-at", "-id").first()

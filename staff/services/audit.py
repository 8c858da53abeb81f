"""Writing into the audit log what no row shows: who signed in, what was opened, what went out. Rows write themselves.

The database puts the entry together: who and from where it knows from the transaction (`config.origin`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from staff.models import AuditKind, AuditOutcome

BATCH = 1000  # links


def record(
    kind: AuditKind,
    *,
    about: str = "",
    about_id: int | None = None,
    person: int | None = None,
    actor: int | None = None,
    outcome: AuditOutcome = AuditOutcome.DONE,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write one entry in the entered organisation; it stays only if the transaction does.

    `about` names what it is about as a model does ("staff.Document") or in words ("staff report"), `person` is whom it
    concerns. `actor` is for a sign-in, where the request itself knows nobody yet. `details` must hold no secret.
    """
    after = json.dumps(details) if details else None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT audit_record(%s, %s, %s, %s, %s, %s, %s)",
            [kind, outcome, about, about_id, person, actor, after],
        )


def record_sign_in(person: int, *, device: str = "", new: str = "") -> None:
    """Somebody gave the right password; `new` is what they had not used before: a device, or a network."""
    known = {"device": device, "new": new}
    record(AuditKind.SIGN_IN, person=person, actor=person, details={name: said for name, said in known.items() if said})


def record_refused_sign_in(person: int, outcome: AuditOutcome, *, locks: bool = False) -> None:
    """A wrong password for somebody, which may have locked their address, or one while it is locked.

    Its commit does not wait for the disk: how long a refusal takes must not tell that the address is known here.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    record(AuditKind.SIGN_IN, person=person, outcome=outcome, details={"locks": True} if locks else None)


def record_sign_out(person: int) -> None:
    """A session of somebody's was ended, or all of them."""
    record(AuditKind.SIGN_OUT, person=person)


def erase_values(erasure: int, masks: Mapping[str, Mapping[str, Any]]) -> int:
    """Mask what the entries about somebody who was erased say of them; returns how many.

    `masks` says of each kind of row ("staff.Guarantor") which `columns` are personal, and where its entries do not name
    the person, `of` which kind of row it is one. The database refuses it for anybody who was not erased, and writes
    down what it did.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_erase(%s, %s)", [erasure, json.dumps(masks)])
        (masked,) = cursor.fetchone()
    return int(masked)


def forget_before(moment: datetime) -> int:
    """Remove up to BATCH links that are older from the old end of the entered organisation's chain.

    Returns how many entries went, which the database writes down itself; call it until nothing went, each time in a
    transaction of its own: nobody of the organisation can commit meanwhile. The database refuses a moment of the last
    year.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_take_turns()")
        cursor.execute("SELECT audit_forget(%s, %s)", [moment, BATCH])
        (gone,) = cursor.fetchone()
    return int(gone)

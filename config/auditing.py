"""AUDITED: every table whose rows people change is written down, by triggers of the database.

A service need not remember to: whatever changes a row, its trigger writes before and after into the audit log, with
the origin that the transaction carries (`config.origin`). The triggers follow this table after every migration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction


@dataclass(frozen=True, slots=True)
class Audited:
    """How the rows of a model are written down.

    `whom` is the column of the person concerned, `home` that of the organisation, `words` an SQL expression that names
    a row to readers. Of `hidden` columns only that they changed is said, never a value; `unsaid` ones are not
    mentioned at all.
    """

    words: str = ""
    whom: str = ""
    hidden: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    home: str = "organisation_id"


# Whatever another trigger or the machine fills in by itself says nothing that its cause does not say.
PROMISE = (
    "during", "starts_at", "published_starts_at", "published_ends_at", "published_break_minutes", "published_role",
    "published_note", "published_at", "previous_label",
)  # fmt: skip
JUDGED = (
    "state", "value", "samples", "detail", "evaluated_at", "warning_since", "critical_since", "calm_since",
    "unknown_since",
)  # fmt: skip
KEPT_BY = ("added_by_id", "added_at", "removed_by_id")
NAME, DAY = "name", "to_char({}, 'FMDD Mon YYYY')"

AUDITED: dict[str, Audited] = {
    "staff.Organisation": Audited(NAME, unsaid=("last_employee_number",), home="id"),
    "staff.Branch": Audited(NAME),
    "staff.Department": Audited(NAME),
    "staff.SubDepartment": Audited(NAME),
    "staff.Role": Audited(NAME),
    "staff.Person": Audited(
        "first_name || ' ' || last_name",
        whom="id",
        hidden=("password", "token_version", "personal_phone", "address", "picture"),
        unsaid=("last_login",),
    ),
    "staff.EmploymentEvent": Audited(
        whom="person_id", hidden=("salary_before", "salary_after"), unsaid=("snapshot", "at", "by_id", "decided_at")
    ),
    "staff.Document": Audited(whom="person_id", hidden=("key",), unsaid=KEPT_BY),
    "staff.RequiredDocument": Audited(),
    "staff.DocumentRequest": Audited(whom="person_id", unsaid=("asked_at", "asked_by_id")),
    "staff.Education": Audited("institution", whom="person_id", unsaid=KEPT_BY),
    "staff.Experience": Audited("employer", whom="person_id", unsaid=KEPT_BY),
    "staff.HiringDraft": Audited(
        hidden=("sealed",), unsaid=("begun_by_id", "begun_at", "changed_by_id", "changed_at", "version")
    ),
    "staff.NextOfKin": Audited(NAME, whom="person_id", hidden=("phone", "address"), unsaid=(*KEPT_BY, "phone_index")),
    "staff.Guarantor": Audited(
        NAME,
        whom="person_id",
        hidden=("phone", "address", "identity_number"),
        unsaid=(*KEPT_BY, "phone_index", "identity_index"),
    ),
    "staff.GuarantorPaper": Audited(hidden=("key",), unsaid=KEPT_BY),
    "staff.SecondFactor": Audited(whom="person_id", hidden=("secret",), unsaid=("last_step",)),
    "staff.Visit": Audited("'of ' || operator_name", unsaid=("operator_id",)),
    "staff.RecoveryCode": Audited(whom="person_id", hidden=("digest",)),
    "staff.Consent": Audited(whom="person_id", unsaid=("at",)),
    "staff.PrivacyNotice": Audited(unsaid=("at", "by_id")),
    "staff.Erasure": Audited(whom="person_id", unsaid=("at", "by_id", "files")),
    "staff.SecurityMute": Audited(whom="person_id"),
    "roster.ShiftTemplate": Audited(NAME),
    "roster.WorkRule": Audited(),
    "roster.Roster": Audited("to_char(week_start, '\"of the week of\" FMDD Mon YYYY')", unsaid=("created_at",)),
    "roster.Shift": Audited(
        "to_char(date, '\"on\" Dy FMDD Mon YYYY')", unsaid=("version", "changed_at", "changed_by_id")
    ),
    "roster.Assignment": Audited(whom="person_id", unsaid=(*PROMISE, "created_at", "created_by_id")),
    "roster.Publication": Audited(unsaid=("by_id", "at")),
    # What a review says is for those who may read the review, and until it is submitted for nobody but its writer.
    "reviews.Criterion": Audited(NAME),
    "reviews.Review": Audited(
        whom="person_id", hidden=("comment", "overall"), unsaid=("version", "created_at", "changed_at")
    ),
    "reviews.Score": Audited(hidden=("value",)),
    # Of the installation: written down in the organisation in which somebody changes them. What is done outside of all
    # (the evaluation opens and closes alerts; whoever is at the database itself) has no log to stand in.
    "monitoring.AlertRule": Audited("metric", unsaid=JUDGED),
    # Who took one on is the entry's own actor, whose name an erasure finds.
    "monitoring.Alert": Audited(unsaid=("message", "value", "threshold", "acknowledged_by")),
}

# Tables of organisations that are not written down, each with the reason.
UNAUDITED = {
    "config_givenanswer": "the machine's: what a client was answered, kept for a day",
    "django_admin_log": "Django's own log of the admin: it says less of the same",
    "notifications_notification": "the machine's: a message in somebody's inbox, and whether they have read it",
    "notifications_outboxmessage": "the machine's: what is to be told, whose cause is written down",
    "staff_accessentry": "each look at what is sensitive has an entry of its own",
    "staff_securityevent": "the machine's: what requests came to, each with its time, person and address",
    "staff_securityalarm": "the machine's: when readers of the audit log were last told of what",
    "staff_session": "each sign-in, each way out and each token that opened nothing has an entry of its own",
    "staff_pastpassword": "hashes of passwords; that one changed stands with its person",
    "staff_letter": "the machine's: what is to be sent by post, whose cause is written down",
    "staff_onetimelink": "the machine's: digests of links in letters",
    "staff_auditentry": "the audit log itself",
    "staff_auditlink": "the audit log's chain",
    "staff_audithead": "the end of the audit log's chain",
}

EVENTS = {
    "insert": ("INSERT", "REFERENCING NEW TABLE AS new_rows"),
    "update": ("UPDATE", "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows"),
    "delete": ("DELETE", "REFERENCING OLD TABLE AS old_rows"),
}

TRIGGERS_HERE = """
SELECT t.tgrelid::regclass::text, t.tgname::text, obj_description(t.oid, 'pg_trigger')
FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'audit_rows'
"""


def triggers() -> dict[tuple[str, str], str]:
    """The statement that makes each trigger, by (table, name)."""
    found = {}
    for label, audited in AUDITED.items():
        table = apps.get_model(label)._meta.db_table
        arguments = (label, audited.home, audited.whom, _array(audited.hidden), _array(audited.unsaid))
        words = ", ".join(f"'{argument}'" for argument in arguments)
        for name, (event, rows) in EVENTS.items():
            found[table, f"audit_{name}"] = (
                f"CREATE TRIGGER audit_{name} AFTER {event} ON {table} {rows} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION audit_rows({words})"
            )
    return found


def follow_the_table(**_signal: Any) -> None:
    """After every migration: make the triggers that AUDITED asks for, and remove those that it does not.

    A trigger that is right stays untouched, and with it whoever is writing: making one locks its table, so each
    table has a transaction of its own.
    """
    if connection.settings_dict["USER"] == settings.DATABASE_APPLICATION_USER:
        return
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS_HERE)
        here = {(table, name): said for table, name, said in cursor.fetchall()}
        cursor.execute("SELECT to_regproc('audit_rows') IS NOT NULL")
        (is_ready,) = cursor.fetchone()
        tables = set(connection.introspection.table_names(cursor)) if is_ready else set()
    wanted = {key: statement for key, statement in triggers().items() if key[0] in tables}
    for table in tables:
        _follow(table, _of(table, here), _of(table, wanted))


def _of(table: str, found: dict[tuple[str, str], str]) -> dict[str, str]:
    return {name: statement for (owner, name), statement in found.items() if owner == table}


def _follow(table: str, here: dict[str, str], wanted: dict[str, str]) -> None:
    if here == wanted:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        for name, statement in here.items():
            if wanted.get(name) != statement:
                cursor.execute(f"DROP TRIGGER {name} ON {table}")
        for name, statement in wanted.items():
            if here.get(name) != statement:
                cursor.execute(statement)
                # Read again the next time, to see whether it is still what the table asks for.
                cursor.execute(f"COMMENT ON TRIGGER {name} ON {table} IS %s", [statement])


def _array(columns: tuple[str, ...]) -> str:
    return "{" + ",".join(columns) + "}"

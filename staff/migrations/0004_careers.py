"""Employment events and the access log; everybody who is here already gets the event of their hiring."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import config.sealed
import config.tenancy
from config.tenancy import OwnedByOrganisation

# An event's state moves on, but nobody's history is shortened; a row of the access log stays as it was written.
KEPT = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Rows of % are kept as they are.', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER event_is_kept BEFORE DELETE ON staff_employmentevent
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER access_entry_is_kept BEFORE UPDATE OR DELETE ON staff_accessentry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
HIRED = """
INSERT INTO staff_employmentevent (person_id, kind, state, effective_on, reason, at, applied_at, outcome, leaving,
    clearance, clearance_note, role_after_id, branch_after_id, department_after_id, sub_department_after_id,
    contract_hours_after)
SELECT id, 'hire', 'applied', hired_on, '', now(), now(), '', '', '', '', role_id, branch_id, department_id,
    sub_department_id, contract_hours
FROM staff_person ORDER BY id
"""


def write_hirings(apps, schema_editor):
    """Row-level security binds the owner too, so each organisation is entered."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id FROM staff_organisation ORDER BY id")
        for (pk,) in cursor.fetchall():
            cursor.execute("SELECT set_config('app.organisation', %s, true)", [str(pk)])
            cursor.execute(HIRED)
        # The keys wait for the end of the transaction, and a table with waiting keys takes no index.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [
        ("staff", "0003_audit"),
    ]

    operations = [
        migrations.CreateModel(
            name="AccessEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=100)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_default=config.tenancy.CurrentOrganisation(),
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.organisation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opened",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "access entries",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["organisation", "person", "-id"], name="access_by_person")],
            },
        ),
        migrations.CreateModel(
            name="EmploymentEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("hire", "Hire"),
                            ("promotion", "Promotion"),
                            ("demotion", "Demotion"),
                            ("transfer", "Transfer"),
                            ("transfer_promotion", "Transfer and promotion"),
                            ("transfer_demotion", "Transfer and demotion"),
                            ("salary_change", "Salary change"),
                            ("termination", "Termination"),
                            ("restore", "Restore"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("declined", "Declined"),
                            ("planned", "Planned"),
                            ("applied", "Applied"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=10,
                    ),
                ),
                ("effective_on", models.DateField()),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("applied_at", models.DateTimeField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True, help_text="Why it was declined, or did not come about.", max_length=200
                    ),
                ),
                ("contract_hours_before", models.DecimalField(decimal_places=1, max_digits=4, null=True)),
                ("contract_hours_after", models.DecimalField(decimal_places=1, max_digits=4, null=True)),
                ("salary_before", config.sealed.SealedDecimalField(null=True)),
                ("salary_after", config.sealed.SealedDecimalField(null=True)),
                (
                    "leaving",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("terminated", "Terminated"),
                            ("resigned", "Resigned"),
                            ("retired", "Retired"),
                            ("contract_ended", "Contract ended"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "clearance",
                    models.CharField(
                        blank=True,
                        choices=[("pending", "Pending"), ("cleared", "Cleared"), ("issues", "Issues")],
                        max_length=7,
                    ),
                ),
                ("clearance_note", models.CharField(blank=True, max_length=300)),
                (
                    "snapshot",
                    models.JSONField(help_text="Who they were on leaving; never what they were paid.", null=True),
                ),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "branch_after",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.branch",
                    ),
                ),
                (
                    "branch_before",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.branch",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "department_after",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.department",
                    ),
                ),
                (
                    "department_before",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.department",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_default=config.tenancy.CurrentOrganisation(),
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.organisation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "role_after",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.role",
                    ),
                ),
                (
                    "role_before",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.role",
                    ),
                ),
                (
                    "sub_department_after",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.subdepartment",
                    ),
                ),
                (
                    "sub_department_before",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.subdepartment",
                    ),
                ),
            ],
            options={
                "ordering": ["-effective_on", "-id"],
                "indexes": [
                    models.Index(fields=["organisation", "person", "-effective_on", "-id"], name="event_by_person"),
                    models.Index(
                        condition=models.Q(("state", "planned")),
                        fields=["organisation", "effective_on"],
                        name="event_planned",
                    ),
                    models.Index(
                        condition=models.Q(("kind", "termination")),
                        fields=["organisation", "-effective_on", "-id"],
                        name="event_leaving",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["proposed", "planned"])),
                        fields=("organisation", "person"),
                        name="event_one_open_a_person",
                        violation_error_message="Another change of this person is still open.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "termination"), models.Q(("clearance", ""), ("leaving", "")), _connector="XOR"
                        ),
                        name="event_leaving_says_how",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "applied"), ("applied_at", None), _connector="XOR"),
                        name="event_applied_once_it_is",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("by", None), models.Q(("person", models.F("by")), _negated=True), _connector="OR"
                            ),
                            models.Q(
                                ("decided_by", None),
                                models.Q(("person", models.F("decided_by")), _negated=True),
                                _connector="OR",
                            ),
                        ),
                        name="event_by_somebody_else",
                        violation_error_message="Nobody changes their own career.",
                    ),
                ],
            },
        ),
        OwnedByOrganisation("accessentry"),
        OwnedByOrganisation("employmentevent"),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
        migrations.RunPython(write_hirings, migrations.RunPython.noop),
    ]

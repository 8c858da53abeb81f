"""Privacy: what people agreed to, erasures, masked entries of the audit log, and digests that find equal numbers.

docs/decisions/0019-privacy.md says why.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import connection, migrations, models

import config.blind
import config.tenancy
from config import tenancy
from config.blind import digest
from config.tenancy import OwnedByOrganisation

ADDED_ALONE = "".join(
    f"CREATE TRIGGER {table}_is_kept BEFORE UPDATE OR DELETE ON staff_{table} "
    "FOR EACH ROW EXECUTE FUNCTION refuse_change();\n"
    for table in ("consent", "privacynotice", "erasure")
)

# Erasure may mask what an entry says, never that it is there, what it is about, who did it, or its hash.
GUARD = """
CREATE OR REPLACE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    -- Only retention removes, and only erasure changes what was written.
    IF TG_OP <> 'UPDATE' AND current_setting('app.audit_retention', true) = 'on' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'staff_auditentry' AND current_setting('app.audit_erasure', true) = 'on'
        AND to_jsonb(OLD) - 'before' - 'after' - 'address' - 'agent' - 'erased_at' - 'erased_hash'
            = to_jsonb(NEW) - 'before' - 'after' - 'address' - 'agent' - 'erased_at' - 'erased_hash'
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'The audit log is append-only.' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE OR REPLACE FUNCTION audit_record(kind text, outcome text, about text, about_id bigint, person bigint,
    actor bigint, after jsonb) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    here bigint := nullif(current_setting('app.organisation', true), '')::bigint;
BEGIN
    IF here IS NULL OR kind IN ('added', 'changed', 'removed', 'loaded', 'forgotten', 'erased') THEN
        RAISE EXCEPTION 'This is not to be recorded by hand.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM audit_append(kind, outcome, about, ARRAY[ROW(here, about_id, person, actor, NULL, after)::audit_change]);
END $$;
"""

# `masks` is {what: {"columns": […], "of": what}}: which columns hold personal values, and for a table whose entries do
# not name the person, the table whose rows do ("staff.Guarantor" for its papers, by their `guarantor_id`). That a row
# is the person's, the log itself has to say: whoever calls this names no rows. An entry keeps the hash of what it said;
# of what is left there is another, for which an entry of kind "erased" vouches. So verifying can tell a masked entry
# from one that somebody edited.
ERASING = """
CREATE FUNCTION audit_masked(said jsonb, columns jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE
    SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN jsonb_typeof(said) = 'object' AND said <> '{}' THEN (
        SELECT jsonb_object_agg(e.key, CASE WHEN columns ? e.key THEN '"(erased)"' ELSE e.value END)
        FROM jsonb_each(said) e
    ) ELSE said END
$$;

-- Two erasures at once would each write back what the other has just masked, and one beside retention would wait for it
-- while it waits for the head: whoever changes what was written takes turns, until their transaction ends.
CREATE FUNCTION audit_take_turns() RETURNS void LANGUAGE sql SET search_path = public, pg_temp AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('audit', current_setting('app.organisation')::bigint))
$$;

CREATE FUNCTION audit_erase(erasure bigint, masks jsonb) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    here bigint := nullif(current_setting('app.organisation', true), '')::bigint;
    whom bigint;
    vouched jsonb;
    lot jsonb;
BEGIN
    -- Only of somebody who has left and whose row says no more who they were: nobody is masked in passing.
    SELECT p.id INTO whom FROM staff_erasure e JOIN staff_person p
        ON p.organisation_id = e.organisation_id AND p.id = e.person_id
    WHERE e.organisation_id = here AND e.id = erasure AND p.left_on IS NOT NULL AND NOT p.is_active
        AND p.email ~ '^erased-[0-9a-f]+@invalid$';
    IF whom IS NULL THEN
        RAISE EXCEPTION 'Nobody was erased by this.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM audit_take_turns();
    PERFORM set_config('app.audit_erasure', 'on', true);
    WITH parents AS (
        SELECT DISTINCT m.key AS about, lower(split_part(e.about, '.', 2)) || '_id' AS key, e.about_id::text AS id
        FROM jsonb_each(masks) m JOIN staff_auditentry e
            ON e.organisation_id = here AND e.person_id = whom AND e.about = m.value->>'of'
    ), hanging AS (
        SELECT DISTINCT e.about, e.about_id FROM parents p JOIN staff_auditentry e
            ON e.organisation_id = here AND e.about = p.about AND p.id IN (e.after->>p.key, e.before->>p.key)
        WHERE e.person_id IS NULL
    ), theirs AS (
        SELECT e.id FROM staff_auditentry e WHERE e.organisation_id = here AND e.person_id = whom
        UNION SELECT e.id FROM staff_auditentry e WHERE e.organisation_id = here AND e.actor_id = whom
        UNION SELECT e.id FROM staff_auditentry e JOIN hanging h USING (about, about_id) WHERE e.organisation_id = here
    ), said AS (
        SELECT e.*, coalesce(CASE
            WHEN e.kind IN ('sign_in', 'refresh') AND e.person_id = whom THEN '["device"]'
            WHEN e.person_id = whom OR EXISTS (
                SELECT FROM hanging h WHERE h.about = e.about AND h.about_id = e.about_id
            ) THEN masks->e.about->'columns'
        END, '[]') AS columns,
            -- Of nobody who is known: signing in, or choosing a password by a link from a letter.
            e.actor_id IS NOT DISTINCT FROM whom OR e.actor_id IS NULL AND e.person_id = whom AS is_own
        FROM theirs JOIN staff_auditentry e USING (id)
    ), masked AS (
        SELECT s.*, audit_masked(s.before, s.columns) AS b, audit_masked(s.after, s.columns) AS a,
            CASE WHEN s.is_own THEN '' ELSE s.address END AS w, CASE WHEN s.is_own THEN '' ELSE s.agent END AS g
        FROM said s
    ), fresh AS (
        UPDATE staff_auditentry e SET before = m.b, after = m.a, address = m.w, agent = m.g, erased_at = now(),
            erased_hash = sha256(convert_to(jsonb_build_array(m.id, here, to_char(m.at AT TIME ZONE 'UTC',
                'YYYY-MM-DD"T"HH24:MI:SS.US'), m.kind, m.outcome, m.about, m.about_id, m.person_id, m.actor_id,
                m.actor_name, m.w, m.g, m.request_id, m.b, m.a)::text, 'UTF8'))
        FROM masked m
        WHERE e.id = m.id AND (m.before, m.after, m.address, m.agent) IS DISTINCT FROM (m.b, m.a, m.w, m.g)
        RETURNING e.id, e.erased_hash
    ), lots AS (
        SELECT f.*, (row_number() OVER (ORDER BY f.id) - 1) / 500 AS lot FROM fresh f
    )
    SELECT jsonb_agg(v.entries) INTO vouched FROM (
        SELECT jsonb_object_agg(l.id::text, encode(l.erased_hash, 'hex')) AS entries FROM lots l GROUP BY l.lot
    ) v;
    PERFORM set_config('app.audit_erasure', '', true);
    FOR lot IN SELECT * FROM jsonb_array_elements(coalesce(vouched, '[]')) LOOP
        PERFORM audit_append('erased', 'done', 'staff.Person',
            ARRAY[ROW(here, whom, whom, NULL, NULL, jsonb_build_object('entries', lot))::audit_change]);
    END LOOP;
    RETURN (SELECT count(*) FROM jsonb_array_elements(coalesce(vouched, '[]')) v, jsonb_object_keys(v));
END $$;
"""


def fill_indexes(apps, schema_editor):
    """The digests of the numbers that are here already. Row-level security binds the owner too, so each organisation
    is entered."""
    kept = {"NextOfKin": {"phone_index": ("phone", "phone")}}
    kept["Guarantor"] = {**kept["NextOfKin"], "identity_index": ("identity", "identity_number")}
    for pk in apps.get_model("staff", "Organisation").objects.values_list("pk", flat=True):
        with tenancy.organisation(pk):
            for name, columns in kept.items():
                rows = apps.get_model("staff", name).objects
                for row in rows.iterator():
                    fresh = {column: digest(kind, getattr(row, of) or "") for column, (kind, of) in columns.items()}
                    rows.filter(pk=row.pk).update(**fresh)
            with connection.cursor() as cursor:
                # The keys wait for the end of the transaction, and a table with waiting keys takes no index.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [
        ("staff", "0006_documents"),
    ]

    operations = [
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("notice", "Privacy notice"),
                            ("picture", "Picture in the directory"),
                            ("messages", "Messages by WhatsApp and SMS"),
                        ],
                        max_length=10,
                    ),
                ),
                ("version", models.PositiveIntegerField(help_text="Of the text that they read.")),
                ("is_given", models.BooleanField(verbose_name="given")),
                ("at", models.DateTimeField()),
                (
                    "door",
                    models.CharField(choices=[("page", "Browser"), ("api", "API")], max_length=4, verbose_name="where"),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("reason", models.CharField(max_length=300)),
                ("counts", models.JSONField(help_text="Rows and files, by table.")),
                ("files", models.JSONField(default=list, editable=False)),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="PrivacyNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(editable=False)),
                ("text", models.TextField(max_length=8000)),
                ("at", models.DateTimeField(editable=False)),
            ],
            options={
                "ordering": ["-version"],
            },
        ),
        migrations.AddField(
            model_name="auditentry",
            name="erased_at",
            field=models.DateTimeField(null=True, verbose_name="values erased at"),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="erased_hash",
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="guarantor",
            name="identity_index",
            field=config.blind.BlindIndexField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                kind="identity",
                max_length=64,
                of="identity_number",
            ),
        ),
        migrations.AddField(
            model_name="guarantor",
            name="phone_index",
            field=config.blind.BlindIndexField(
                blank=True, db_default="", default="", editable=False, kind="phone", max_length=64, of="phone"
            ),
        ),
        migrations.AddField(
            model_name="nextofkin",
            name="phone_index",
            field=config.blind.BlindIndexField(
                blank=True, db_default="", default="", editable=False, kind="phone", max_length=64, of="phone"
            ),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("added", "Added"),
                    ("changed", "Changed"),
                    ("removed", "Removed"),
                    ("loaded", "Loaded in bulk"),
                    ("sign_in", "Signed in"),
                    ("sign_out", "Signed out"),
                    ("refresh", "Session renewed"),
                    ("read", "Opened"),
                    ("export", "Exported"),
                    ("import", "Imported"),
                    ("forgotten", "Log shortened"),
                    ("erased", "Personal values erased"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="letter",
            name="kind",
            field=models.CharField(
                choices=[
                    ("invitation", "Choose your password"),
                    ("reset", "Choose a new password"),
                    ("new_address", "Confirm your new e-mail address"),
                    ("address_changed", "Your e-mail address was changed"),
                    ("password_changed", "Your password was changed"),
                    ("locked", "Signing in is locked for 15 minutes"),
                    ("new_device", "You signed in on a new device"),
                    ("token_reused", "A session of yours was ended for safety"),
                    ("second_factor_on", "Two-step sign-in is on"),
                    ("second_factor_off", "Two-step sign-in is off"),
                    ("data_copied", "A copy of your data was made"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="guarantor",
            index=models.Index(fields=["organisation", "phone_index"], name="guarantor_by_phone"),
        ),
        migrations.AddIndex(
            model_name="guarantor",
            index=models.Index(fields=["organisation", "identity_index"], name="guarantor_by_identity"),
        ),
        migrations.AddIndex(
            model_name="nextofkin",
            index=models.Index(fields=["organisation", "phone_index"], name="next_of_kin_by_phone"),
        ),
        migrations.AddField(
            model_name="consent",
            name="organisation",
            field=models.ForeignKey(
                db_default=config.tenancy.CurrentOrganisation(),
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="staff.organisation",
            ),
        ),
        migrations.AddField(
            model_name="consent",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="consents",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="organisation",
            field=models.ForeignKey(
                db_default=config.tenancy.CurrentOrganisation(),
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="staff.organisation",
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="erasures", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="privacynotice",
            name="by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="privacynotice",
            name="organisation",
            field=models.ForeignKey(
                db_default=config.tenancy.CurrentOrganisation(),
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="staff.organisation",
            ),
        ),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(fields=["organisation", "person", "kind", "-id"], name="consent_by_person"),
        ),
        migrations.AddConstraint(
            model_name="privacynotice",
            constraint=models.UniqueConstraint(fields=("organisation", "version"), name="privacy_notice_version_once"),
        ),
        OwnedByOrganisation("consent"),
        OwnedByOrganisation("privacynotice"),
        OwnedByOrganisation("erasure"),
        *(migrations.RunSQL(part, migrations.RunSQL.noop) for part in (ADDED_ALONE, GUARD, ERASING)),
        migrations.RunPython(fill_indexes, migrations.RunPython.noop),
    ]

"""Plans, visits of operators, and what an operator's page reads of every organisation."""

import django.db.models.deletion
from django.db import migrations, models

import config.tenancy
from config.tenancy import OwnedByOrganisation

PLANS = [("trial", "Trial"), ("starter", "Starter"), ("business", "Business"), ("enterprise", "Enterprise")]

# Row-level security stays forced, also for the owner: the function enters one organisation after the other, counts, and
# comes back. It answers only while somebody who runs the installation asks: the person of the transaction's origin, in
# the organisation that they have entered. No name, address or number of anybody leaves it.
FOR_OPERATORS = """
CREATE FUNCTION organisations_for_operator(only_one bigint, after text, most int) RETURNS TABLE (
    id bigint, name text, slug text, prefix text, currency text, timezone text, second_step text, plan text,
    plan_until date, next_plan text, next_plan_on date, created_at timestamptz, suspended_at timestamptz,
    people bigint, branches bigint, last_sign_in timestamptz
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    here text := coalesce(current_setting('app.organisation', true), '');
    origin jsonb := coalesce(nullif(current_setting('app.origin', true), ''), '{}')::jsonb;
    found staff_organisation;
BEGIN
    IF NOT EXISTS (
        SELECT FROM staff_person p
        WHERE p.organisation_id = nullif(here, '')::bigint AND p.id = (origin->>'person')::bigint
            AND p.is_operator AND p.is_active
    ) THEN
        RAISE EXCEPTION 'Organisations are shown to whoever runs the installation.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOR found IN
        SELECT o.* FROM staff_organisation o
        WHERE (only_one IS NULL OR o.id = only_one) AND o.slug > after ORDER BY o.slug LIMIT most
    LOOP
        PERFORM set_config('app.organisation', found.id::text, true);
        RETURN QUERY SELECT found.id, found.name::text, found.slug::text, found.prefix::text, found.currency::text,
            found.timezone::text, found.second_step::text, found.plan::text, found.plan_until, found.next_plan::text,
            found.next_plan_on, found.created_at, found.suspended_at,
            (SELECT count(*) FROM staff_person p WHERE p.organisation_id = found.id AND p.is_active),
            (SELECT count(*) FROM staff_branch b WHERE b.organisation_id = found.id AND b.is_active),
            (SELECT max(p.last_login) FROM staff_person p WHERE p.organisation_id = found.id);
    END LOOP;
    PERFORM set_config('app.organisation', here, true);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("staff", "0008_gender"),
    ]

    operations = [
        # Whoever is here keeps all that they have: the widest plan.
        migrations.AddField(
            model_name="organisation",
            name="plan",
            field=models.CharField(choices=PLANS, db_default="enterprise", default="enterprise", max_length=10),
        ),
        migrations.AddField(
            model_name="organisation",
            name="plan_until",
            field=models.DateField(blank=True, null=True, verbose_name="last day of the plan"),
        ),
        migrations.AddField(
            model_name="organisation",
            name="next_plan",
            field=models.CharField(blank=True, choices=PLANS, db_default="", default="", max_length=10),
        ),
        migrations.AddField(
            model_name="organisation",
            name="next_plan_on",
            field=models.DateField(blank=True, null=True, verbose_name="day of the next plan"),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.UniqueConstraint(fields=("prefix",), name="organisation_prefix_once"),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.CheckConstraint(
                condition=models.Q(("next_plan", ""), ("next_plan_on__isnull", False), _connector="XOR"),
                name="organisation_next_plan_has_a_day",
            ),
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField()),
                ("operator_name", models.CharField(max_length=121, verbose_name="operator")),
                ("reason", models.CharField(max_length=300)),
                ("begun_at", models.DateTimeField(verbose_name="begin")),
                ("ends_at", models.DateTimeField(verbose_name="latest end")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="end")),
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
            ],
            options={
                "ordering": ["-begun_at", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="visit_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("begun_at"))), name="visit_ends_after_it_begins"
                    ),
                ],
            },
        ),
        OwnedByOrganisation("visit"),
        migrations.RunSQL(FOR_OPERATORS, migrations.RunSQL.noop),
    ]

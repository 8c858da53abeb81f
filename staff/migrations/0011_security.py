"""Security events beside the audit log, what was told of them, and the log's index of what may be one."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import config.tenancy
from config.tenancy import OwnedByOrganisation


class Migration(migrations.Migration):
    dependencies = [
        ("staff", "0010_profiles"),
    ]

    operations = [
        migrations.CreateModel(
            name="SecurityAlarm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("sign_in_failed", "Wrong password or code"),
                            ("locked", "Account locked"),
                            ("token_reused", "Copied token"),
                            ("new_device", "New device"),
                            ("second_step_off", "Second step taken off"),
                            ("second_step_rule", "Rule of the second step changed"),
                            ("role_changed", "Role of a person changed"),
                            ("permissions_changed", "Permissions changed"),
                            ("export", "Export"),
                            ("visit", "Visit of an operator"),
                            ("denied_burst", "Refused again and again"),
                            ("probe_burst", "Looking for what is not theirs"),
                            ("injection", "Attack in a request"),
                        ],
                        max_length=20,
                    ),
                ),
                ("told_at", models.DateTimeField()),
                ("held", models.PositiveIntegerField(default=0)),
                ("said", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="SecurityEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("sign_in_failed", "Wrong password or code"),
                            ("locked", "Account locked"),
                            ("token_reused", "Copied token"),
                            ("new_device", "New device"),
                            ("second_step_off", "Second step taken off"),
                            ("second_step_rule", "Rule of the second step changed"),
                            ("role_changed", "Role of a person changed"),
                            ("permissions_changed", "Permissions changed"),
                            ("export", "Export"),
                            ("visit", "Visit of an operator"),
                            ("denied_burst", "Refused again and again"),
                            ("probe_burst", "Looking for what is not theirs"),
                            ("injection", "Attack in a request"),
                        ],
                        max_length=20,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("address", models.CharField(max_length=45)),
                ("device", models.CharField(max_length=80)),
                ("request_id", models.CharField(max_length=64)),
                (
                    "route",
                    models.CharField(help_text="The pattern of the last address: “/people/<int:pk>/”.", max_length=200),
                ),
                (
                    "what",
                    models.CharField(
                        blank=True, help_text="Of an attack in a request: of which family.", max_length=20
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="SecurityMute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
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
                    ("sessions_ended", "You were signed out everywhere"),
                    ("security_alarm", "Security: please look"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                condition=models.Q(
                    ("kind__in", ["sign_in", "refresh", "export"]),
                    models.Q(
                        ("about__in", ["staff.SecondFactor", "staff.Person", "staff.Role", "staff.Organisation"]),
                        ("kind__in", ["changed", "removed"]),
                    ),
                    models.Q(("about", "staff.Visit"), ("kind", "added")),
                    _connector="OR",
                ),
                fields=["organisation", "at", "id"],
                name="audit_of_security",
            ),
        ),
        migrations.AddField(
            model_name="securityalarm",
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
            model_name="securityalarm",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="securityevent",
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
            model_name="securityevent",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="securitymute",
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
            model_name="securitymute",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="securityalarm",
            constraint=models.UniqueConstraint(fields=("organisation", "kind", "person"), name="security_alarm_once"),
        ),
        migrations.AddIndex(
            model_name="securityevent",
            index=models.Index(fields=["organisation", "at", "id"], name="security_by_moment"),
        ),
        migrations.AddIndex(
            model_name="securityevent",
            index=models.Index(fields=["organisation", "person", "at"], name="security_by_person"),
        ),
        migrations.AddConstraint(
            model_name="securitymute",
            constraint=models.UniqueConstraint(fields=("organisation", "person"), name="security_mute_once"),
        ),
        OwnedByOrganisation("securityalarm"),
        OwnedByOrganisation("securityevent"),
        OwnedByOrganisation("securitymute"),
    ]

"""A person's file in full: contacts, picture, education, experience; and hirings that are not finished."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import config.sealed
import config.tenancy
from config.tenancy import OwnedByOrganisation


class Migration(migrations.Migration):
    dependencies = [
        ("staff", "0009_plans"),
    ]

    operations = [
        migrations.CreateModel(
            name="Education",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("added_at", models.DateTimeField(editable=False)),
                ("removed_at", models.DateTimeField(editable=False, null=True)),
                ("institution", models.CharField(max_length=120)),
                ("qualification", models.CharField(max_length=80)),
                ("field", models.CharField(blank=True, max_length=80, verbose_name="field of study")),
                ("begun_on", models.DateField(blank=True, null=True, verbose_name="from")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="to")),
            ],
            options={
                "verbose_name_plural": "education",
                "ordering": ["-begun_on", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Experience",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("added_at", models.DateTimeField(editable=False)),
                ("removed_at", models.DateTimeField(editable=False, null=True)),
                ("employer", models.CharField(max_length=120)),
                ("position", models.CharField(max_length=80)),
                ("begun_on", models.DateField(blank=True, null=True, verbose_name="from")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="to")),
                ("why_left", models.CharField(blank=True, max_length=200, verbose_name="why they left")),
            ],
            options={
                "verbose_name_plural": "experience",
                "ordering": ["-begun_on", "-id"],
            },
        ),
        migrations.CreateModel(
            name="HiringDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("begun_at", models.DateTimeField(editable=False)),
                ("changed_at", models.DateTimeField(editable=False)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("step", models.CharField(default="basics", help_text="Where to go on.", max_length=12)),
                ("sealed", config.sealed.SealedTextField(blank=True)),
            ],
            options={
                "ordering": ["-changed_at", "-id"],
            },
        ),
        migrations.AddField(
            model_name="person",
            name="address",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="person",
            name="personal_phone",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name="person",
            name="picture",
            field=models.CharField(blank=True, editable=False, max_length=32),
        ),
        migrations.AddIndex(
            model_name="documentrequest",
            index=models.Index(fields=["organisation", "asked_at", "kind"], name="document_request_together"),
        ),
        migrations.AddField(
            model_name="education",
            name="added_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="education",
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
            model_name="education",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="education", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="education",
            name="removed_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="experience",
            name="added_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="experience",
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
            model_name="experience",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="experience", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="experience",
            name="removed_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="hiringdraft",
            name="begun_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="hiringdraft",
            name="changed_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="hiringdraft",
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
        migrations.AddConstraint(
            model_name="education",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_on", None), ("begun_on", None), ("ended_on__gte", models.F("begun_on")), _connector="OR"
                ),
                name="education_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="experience",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_on", None), ("begun_on", None), ("ended_on__gte", models.F("begun_on")), _connector="OR"
                ),
                name="experience_ends_after_it_begins",
            ),
        ),
        migrations.AddIndex(
            model_name="hiringdraft",
            index=models.Index(fields=["organisation", "begun_by"], name="hiring_draft_by_person"),
        ),
        OwnedByOrganisation("education"),
        OwnedByOrganisation("experience"),
        OwnedByOrganisation("hiringdraft"),
    ]

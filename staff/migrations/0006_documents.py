"""Documents, next of kin and guarantors, and what is required and asked for."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import config.sealed
import config.tenancy
from config.tenancy import OwnedByOrganisation


class Migration(migrations.Migration):
    dependencies = [("staff", "0005_sessions")]

    operations = [
        migrations.CreateModel(
            name="Guarantor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("added_at", models.DateTimeField(editable=False)),
                ("removed_at", models.DateTimeField(editable=False, null=True)),
                ("name", models.CharField(max_length=120)),
                ("relationship", models.CharField(blank=True, max_length=40)),
                ("occupation", models.CharField(blank=True, max_length=80)),
                ("phone", config.sealed.SealedTextField()),
                ("address", config.sealed.SealedTextField(blank=True)),
                (
                    "identity_number",
                    config.sealed.SealedTextField(blank=True, verbose_name="national identity number"),
                ),
                (
                    "added_by",
                    models.ForeignKey(
                        editable=False,
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guarantors",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "removed_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="NextOfKin",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("added_at", models.DateTimeField(editable=False)),
                ("removed_at", models.DateTimeField(editable=False, null=True)),
                ("name", models.CharField(max_length=120)),
                ("relationship", models.CharField(max_length=40)),
                ("phone", config.sealed.SealedTextField()),
                ("address", config.sealed.SealedTextField(blank=True)),
                (
                    "added_by",
                    models.ForeignKey(
                        editable=False,
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="next_of_kin",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "removed_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "next of kin",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("added_at", models.DateTimeField(editable=False)),
                ("removed_at", models.DateTimeField(editable=False, null=True)),
                ("key", models.CharField(editable=False, max_length=32)),
                ("name", models.CharField(editable=False, max_length=100)),
                ("media_type", models.CharField(editable=False, max_length=40)),
                ("size", models.PositiveIntegerField(editable=False, help_text="Bytes.")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("waec", "WAEC certificate"),
                            ("neco", "NECO certificate"),
                            ("jamb", "JAMB result"),
                            ("degree", "Degree"),
                            ("diploma", "Diploma"),
                            ("birth_certificate", "Birth certificate"),
                            ("national_id", "National ID"),
                            ("passport", "Passport"),
                            ("driving_licence", "Driving licence"),
                            ("voters_card", "Voter’s card"),
                            ("nysc", "NYSC certificate"),
                            ("state_of_origin", "State of origin certificate"),
                            ("lga_certificate", "LGA certificate"),
                            ("cv", "CV"),
                            ("cover_letter", "Cover letter"),
                        ],
                        max_length=20,
                    ),
                ),
                ("expires_on", models.DateField(blank=True, null=True, verbose_name="last day of validity")),
                (
                    "added_by",
                    models.ForeignKey(
                        editable=False,
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "removed_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["kind", "-id"],
                "indexes": [models.Index(fields=["organisation", "person", "kind"], name="document_by_person")],
            },
        ),
        migrations.CreateModel(
            name="DocumentRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("waec", "WAEC certificate"),
                            ("neco", "NECO certificate"),
                            ("jamb", "JAMB result"),
                            ("degree", "Degree"),
                            ("diploma", "Diploma"),
                            ("birth_certificate", "Birth certificate"),
                            ("national_id", "National ID"),
                            ("passport", "Passport"),
                            ("driving_licence", "Driving licence"),
                            ("voters_card", "Voter’s card"),
                            ("nysc", "NYSC certificate"),
                            ("state_of_origin", "State of origin certificate"),
                            ("lga_certificate", "LGA certificate"),
                            ("cv", "CV"),
                            ("cover_letter", "Cover letter"),
                        ],
                        max_length=20,
                    ),
                ),
                ("due_on", models.DateField(verbose_name="due day")),
                ("message", models.CharField(blank=True, max_length=300)),
                ("asked_at", models.DateTimeField(editable=False)),
                ("answered_at", models.DateTimeField(editable=False, null=True)),
                ("withdrawn_at", models.DateTimeField(editable=False, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        editable=False,
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="document_requests",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["due_on", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("answered_at", None), ("withdrawn_at", None)),
                        fields=("organisation", "person", "kind"),
                        name="document_request_open_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GuarantorPaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("added_at", models.DateTimeField(editable=False)),
                ("removed_at", models.DateTimeField(editable=False, null=True)),
                ("key", models.CharField(editable=False, max_length=32)),
                ("name", models.CharField(editable=False, max_length=100)),
                ("media_type", models.CharField(editable=False, max_length=40)),
                ("size", models.PositiveIntegerField(editable=False, help_text="Bytes.")),
                (
                    "kind",
                    models.CharField(
                        choices=[("passport", "Passport"), ("national_id", "National ID"), ("work_id", "Work ID")],
                        max_length=12,
                    ),
                ),
                (
                    "added_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "guarantor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="papers", to="staff.guarantor"
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
                    "removed_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["kind", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at", None)),
                        fields=("organisation", "guarantor", "kind"),
                        name="guarantor_paper_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RequiredDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "category",
                    models.CharField(
                        choices=[("senior_admin", "Senior admin"), ("admin", "Admin"), ("general", "General")],
                        max_length=12,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("waec", "WAEC certificate"),
                            ("neco", "NECO certificate"),
                            ("jamb", "JAMB result"),
                            ("degree", "Degree"),
                            ("diploma", "Diploma"),
                            ("birth_certificate", "Birth certificate"),
                            ("national_id", "National ID"),
                            ("passport", "Passport"),
                            ("driving_licence", "Driving licence"),
                            ("voters_card", "Voter’s card"),
                            ("nysc", "NYSC certificate"),
                            ("state_of_origin", "State of origin certificate"),
                            ("lga_certificate", "LGA certificate"),
                            ("cv", "CV"),
                            ("cover_letter", "Cover letter"),
                        ],
                        max_length=20,
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="is required")),
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
                "ordering": ["category", "kind"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "category", "kind"), name="required_document_once")
                ],
            },
        ),
        OwnedByOrganisation("guarantor"),
        OwnedByOrganisation("nextofkin"),
        OwnedByOrganisation("document"),
        OwnedByOrganisation("documentrequest"),
        OwnedByOrganisation("guarantorpaper"),
        OwnedByOrganisation("requireddocument"),
    ]

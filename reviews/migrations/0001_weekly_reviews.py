"""Weekly reviews: criteria, reviews and their scores, each under the tenancy rule."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import config.tenancy
from config.tenancy import OwnedByOrganisation, analyse_eagerly


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("staff", "0002_row_level_security"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Criterion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
                (
                    "weight",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("1"),
                        help_text="How much it counts beside the others, up to 10.",
                        max_digits=4,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.01")),
                            django.core.validators.MaxValueValidator(Decimal("10")),
                        ],
                    ),
                ),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Order on screens.",
                        validators=[django.core.validators.MaxValueValidator(1000)],
                    ),
                ),
                ("is_active", models.BooleanField(default=True, help_text="New reviews are scored by it.")),
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
                "verbose_name_plural": "criteria",
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("week_start", models.DateField()),
                ("comment", models.CharField(blank=True, max_length=2000)),
                ("overall", models.DecimalField(decimal_places=2, editable=False, max_digits=3, null=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("changed_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(editable=False, null=True)),
                ("acknowledged_at", models.DateTimeField(editable=False, null=True)),
                (
                    "branch",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="staff.branch"
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="staff.department"
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews_written",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-week_start", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Score",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "value",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Poor"), (2, "Below average"), (3, "Average"), (4, "Good"), (5, "Excellent")]
                    ),
                ),
                ("weight", models.DecimalField(decimal_places=2, max_digits=4)),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="reviews.criterion"
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
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="scores", to="reviews.review"
                    ),
                ),
            ],
            options={
                "ordering": ["criterion__position", "criterion_id"],
            },
        ),
        migrations.AddConstraint(
            model_name="criterion",
            constraint=models.UniqueConstraint(fields=("organisation", "name"), name="criterion_name_once"),
        ),
        migrations.AddConstraint(
            model_name="criterion",
            constraint=models.CheckConstraint(condition=models.Q(("weight__gt", 0)), name="criterion_weighs_something"),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["organisation", "person", "-week_start", "-id"], name="review_by_person"),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["organisation", "reviewer", "-week_start", "-id"], name="review_by_reviewer"),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["organisation", "-week_start", "-id"], name="review_by_week"),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.UniqueConstraint(
                fields=("organisation", "person", "week_start", "reviewer"),
                name="review_once_a_week",
                violation_error_message="You have already reviewed this person for that week.",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(("person", models.F("reviewer")), _negated=True),
                name="review_of_somebody_else",
                violation_error_message="Nobody reviews themselves.",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(("submitted_at", None), ("overall__isnull", False), _connector="OR"),
                name="review_submitted_is_scored",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(("acknowledged_at", None), ("submitted_at__isnull", False), _connector="OR"),
                name="review_acknowledged_was_submitted",
            ),
        ),
        migrations.AddConstraint(
            model_name="score",
            constraint=models.UniqueConstraint(
                fields=("organisation", "review", "criterion"), name="score_once_a_criterion"
            ),
        ),
        migrations.AddConstraint(
            model_name="score",
            constraint=models.CheckConstraint(condition=models.Q(("value__range", (1, 5))), name="score_from_1_to_5"),
        ),
        migrations.AddConstraint(
            model_name="score",
            constraint=models.CheckConstraint(condition=models.Q(("weight__gt", 0)), name="score_weighs_something"),
        ),
        OwnedByOrganisation("criterion"),
        OwnedByOrganisation("review"),
        OwnedByOrganisation("score"),
        analyse_eagerly("reviews_criterion"),
    ]

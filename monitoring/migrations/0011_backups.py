"""A row for every backup."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0010_default_alert_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="Backup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=16, unique=True)),
                ("kind", models.CharField(blank=True, max_length=10)),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("size", models.PositiveBigIntegerField(default=0, verbose_name="bytes")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("done", "Good"),
                            ("failed", "Bad"),
                            ("removed", "Removed by retention"),
                        ],
                        default="running",
                        max_length=8,
                    ),
                ),
                ("verified_at", models.DateTimeField(blank=True, null=True, verbose_name="restored on trial")),
                ("location", models.CharField(blank=True, max_length=255)),
                ("error", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ["-started_at"],
            },
        ),
    ]

"""How the installation runs each job of SCHEDULE, and up to which tick it has been sent."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0003_heartbeats")]

    operations = [
        migrations.CreateModel(
            name="ScheduledJob",
            fields=[
                ("name", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("is_enabled", models.BooleanField(default=True, verbose_name="enabled")),
                (
                    "when",
                    models.CharField(
                        blank=True,
                        help_text="Minute, hour, day, month and weekday in UTC, such as 30 2 1 * *, or every 10 s. "
                        "Empty: the default,",
                        max_length=60,
                    ),
                ),
                ("last_tick", models.DateTimeField(editable=False)),
                ("counts_from", models.DateTimeField(editable=False)),
            ],
            options={"ordering": ["name"]},
        ),
    ]

"""How often the message of a run came: a task that kills its worker again and again is given up."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0004_scheduled_jobs")]

    operations = [
        migrations.AddField(
            model_name="jobrun",
            name="deliveries",
            # In the database too: while it is rolled out, workers of the version before still write rows.
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
    ]

"""What a run's task returned: how many it told, deleted, sent."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0005_deliveries_of_a_run")]

    operations = [
        migrations.AddField(
            model_name="jobrun",
            name="answer",
            field=models.CharField(blank=True, db_default="", max_length=300),
        ),
    ]

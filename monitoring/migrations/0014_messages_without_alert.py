"""A call of the webhook about an organisation's security belongs to no alert."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0013_path_of_analyse_table"),
    ]

    operations = [
        migrations.AlterField(
            model_name="alertmessage",
            name="alert",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="monitoring.alert"
            ),
        ),
    ]

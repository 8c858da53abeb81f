"""A message may say until when it is of use, and its row says when it was held back for that."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_one_notification_a_message")]

    operations = [
        migrations.AddField("outboxmessage", "expires_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("outboxmessage", "expired_at", models.DateTimeField(blank=True, null=True)),
    ]

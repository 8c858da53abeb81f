"""The index over waiting messages leaves out those that came too late; dead letters have one of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0003_messages_that_expire")]

    operations = [
        migrations.RemoveIndex("outboxmessage", "outbox_waiting"),
        migrations.AddIndex(
            "outboxmessage",
            models.Index(
                fields=["organisation", "due_at", "id"],
                name="outbox_waiting",
                condition=models.Q(("dead_at", None), ("delivered_at", None), ("expired_at", None)),
            ),
        ),
        migrations.AddIndex(
            "outboxmessage",
            models.Index(
                fields=["organisation", "dead_at"],
                name="outbox_dead",
                condition=models.Q(("dead_at__isnull", False)),
            ),
        ),
    ]

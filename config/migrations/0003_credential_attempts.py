"""Attempts to sign in while the cache server is away: whom they count for, as its key, and when. No tenant's data."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("config", "0002_cache_epoch")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TABLE credential_attempt (
                key text NOT NULL,
                at timestamptz NOT NULL DEFAULT clock_timestamp()
            );
            CREATE INDEX credential_attempt_by_key ON credential_attempt (key, at);
            """,
            "DROP TABLE credential_attempt",
        )
    ]

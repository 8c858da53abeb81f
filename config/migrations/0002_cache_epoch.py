"""A count of the times that the cache server could not be told of a change: a sequence, since it must not wait for
anybody's transaction and must count also in one that is rolled back."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("config", "0001_given_answers")]

    operations = [
        migrations.RunSQL(
            # Called once, because a sequence's first nextval() leaves last_value as it is.
            "CREATE SEQUENCE cache_epoch; SELECT setval('cache_epoch', 1)",
            "DROP SEQUENCE cache_epoch",
        )
    ]

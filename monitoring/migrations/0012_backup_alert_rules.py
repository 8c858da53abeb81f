"""The rules of the backups' age and of what no archive has yet."""

from django.db import migrations

from monitoring.defaults import add_missing


def fill(apps, schema_editor):
    add_missing(apps.get_model("monitoring", "AlertRule").objects)


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0011_backups")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

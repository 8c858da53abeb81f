"""The alert rules of the production contract, as rows that operators may change."""

from django.db import migrations

from monitoring.defaults import add_missing


def fill(apps, schema_editor):
    add_missing(apps.get_model("monitoring", "AlertRule").objects)


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0009_alerts")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

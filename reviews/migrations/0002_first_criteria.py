"""The four weekly criteria for the organisations that were founded before there were reviews."""

from django.db import migrations

CRITERIA = ("Attendance", "Punctuality", "Performance", "Attitude")


def fill(apps, schema_editor):
    """Row-level security binds the owner too, so each organisation is entered."""
    criterion = apps.get_model("reviews", "Criterion")
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id FROM staff_organisation")
        for (pk,) in cursor.fetchall():
            cursor.execute("SELECT set_config('app.organisation', %s, true)", [str(pk)])
            criterion.objects.bulk_create(
                criterion(name=name, position=position, organisation_id=pk) for position, name in enumerate(CRITERIA)
            )


class Migration(migrations.Migration):
    dependencies = [("reviews", "0001_weekly_reviews")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

"""When an assignment starts, in a plain column: under row-level security a range cannot be searched by an index."""

from django.db import migrations, models

KEEP_TIMES = """
CREATE OR REPLACE FUNCTION assignment_during() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    SELECT tstzrange(starts_at, ends_at), starts_at INTO NEW.during, NEW.starts_at FROM roster_shift
    WHERE organisation_id = NEW.organisation_id AND id = NEW.shift_id;
    RETURN NEW;
END $$;
"""


def fill(apps, schema_editor):
    """The trigger writes the column; row-level security binds the owner too, so each organisation is entered."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id FROM staff_organisation")
        for (pk,) in cursor.fetchall():
            cursor.execute("SELECT set_config('app.organisation', %s, true)", [str(pk)])
            cursor.execute("UPDATE roster_assignment SET during = during")


class Migration(migrations.Migration):
    dependencies = [("roster", "0002_promise_is_whole")]

    operations = [
        migrations.AddField(
            model_name="assignment",
            name="starts_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.RunSQL(KEEP_TIMES, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("removed_at", None)),
                fields=["organisation", "person", "starts_at"],
                name="assignment_by_plan",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]

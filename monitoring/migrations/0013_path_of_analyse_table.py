"""analyse_table() looks for nothing in its caller's temporary tables: a path that does not name them has them first."""

from django.db import migrations

PATH = "ALTER FUNCTION analyse_table(name) SET search_path = public, pg_temp"


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0012_backup_alert_rules")]

    operations = [migrations.RunSQL(PATH, migrations.RunSQL.noop)]

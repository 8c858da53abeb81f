"""The application's role owns no table, so PostgreSQL lets it count none: the owner lends it that one right."""

from django.db import migrations

ANALYSE = """
CREATE FUNCTION analyse_table(wanted name) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    EXECUTE format('ANALYZE public.%I', wanted);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0006_answer_of_a_run")]

    operations = [
        migrations.RunSQL(ANALYSE, "DROP FUNCTION analyse_table(name)"),
    ]

"""How every organisation's outbox stands, in one question: for the sweep, for alerts and for metrics."""

from django.db import migrations

# Row-level security binds it as it binds its caller: it enters each organisation in turn, and at the end again the one
# that the caller had entered.
BACKLOGS = """
CREATE FUNCTION outbox_backlogs(at timestamptz)
    RETURNS TABLE (organisation_id bigint, waiting bigint, oldest timestamptz, dead bigint)
    LANGUAGE plpgsql VOLATILE SET search_path = public AS $$
DECLARE before text := coalesce(current_setting('app.organisation', true), '');
BEGIN
    FOR organisation_id IN SELECT * FROM active_organisations() LOOP
        PERFORM set_config('app.organisation', organisation_id::text, true);
        SELECT count(*), min(m.due_at) INTO waiting, oldest FROM notifications_outboxmessage m
            WHERE m.due_at <= at AND m.delivered_at IS NULL AND m.dead_at IS NULL AND m.expired_at IS NULL;
        SELECT count(*) INTO dead FROM notifications_outboxmessage m WHERE m.dead_at IS NOT NULL;
        RETURN NEXT;
    END LOOP;
    PERFORM set_config('app.organisation', before, true);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0004_outbox_indexes"), ("staff", "0002_row_level_security")]

    operations = [
        migrations.RunSQL(BACKLOGS, "DROP FUNCTION outbox_backlogs(timestamptz)"),
    ]

"""One question over all outboxes: how long the oldest message waits, and how many were given up.

No right of the owner's is lent: the function enters one organisation after another, as the caller might, and brings
back two numbers. It leaves as it came.
"""

from django.db import migrations

OUTBOX_STATE = """
CREATE FUNCTION outbox_state(moment timestamptz, OUT oldest timestamptz, OUT dead bigint)
    LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
    before text := coalesce(current_setting('app.organisation', true), '');
    pk bigint;
BEGIN
    dead := 0;
    FOR pk IN SELECT * FROM active_organisations() LOOP
        PERFORM set_config('app.organisation', pk::text, true);
        oldest := least(oldest, (SELECT min(due_at) FROM notifications_outboxmessage
            WHERE delivered_at IS NULL AND dead_at IS NULL AND due_at <= moment));
        dead := dead + (SELECT count(*) FROM notifications_outboxmessage WHERE dead_at IS NOT NULL);
    END LOOP;
    PERFORM set_config('app.organisation', before, true);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0007_default_alert_rules"),
        ("notifications", "0003_count_dead_letters"),
        ("staff", "0002_row_level_security"),
    ]

    operations = [migrations.RunSQL(OUTBOX_STATE, "DROP FUNCTION outbox_state(timestamptz)")]

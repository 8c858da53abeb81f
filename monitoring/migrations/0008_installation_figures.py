"""What Prometheus is told of the business, in one query: sums over all organisations, and no row of any."""

from django.db import migrations

# Runs with the caller's rights: it enters each organisation as a job would, and goes back to where the caller was.
CREATE = """
CREATE FUNCTION installation_figures() RETURNS TABLE (name text, value double precision)
    LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
    moment timestamptz := clock_timestamp();
    before text := coalesce(current_setting('app.organisation', true), '');
    one bigint;
    found record;
    organisations bigint := 0;
    people bigint := 0;
    published_shifts bigint := 0;
    unread_notifications bigint := 0;
    outbox_waiting bigint := 0;
    outbox_dead bigint := 0;
    oldest timestamptz;
BEGIN
    FOR one IN SELECT * FROM active_organisations() LOOP
        PERFORM set_config('app.organisation', one::text, true);
        organisations := organisations + 1;
        SELECT (SELECT count(*) FROM staff_person WHERE is_active) AS people,
            (SELECT count(*) FROM roster_assignment
                WHERE published_starts_at >= moment - interval '1 day' AND published_ends_at > moment) AS shifts,
            (SELECT count(*) FROM notifications_notification WHERE read_at IS NULL) AS unread,
            (SELECT count(*) FROM notifications_outboxmessage WHERE dead_at IS NOT NULL) AS dead,
            waiting.number, waiting.oldest
            FROM (SELECT count(*) AS number, min(due_at) AS oldest FROM notifications_outboxmessage
                WHERE delivered_at IS NULL AND dead_at IS NULL AND due_at <= moment) AS waiting
            INTO found;
        people := people + found.people;
        published_shifts := published_shifts + found.shifts;
        unread_notifications := unread_notifications + found.unread;
        outbox_dead := outbox_dead + found.dead;
        outbox_waiting := outbox_waiting + found.number;
        oldest := least(oldest, found.oldest);
    END LOOP;
    PERFORM set_config('app.organisation', before, true);
    RETURN QUERY VALUES
        ('organisations', organisations::double precision),
        ('people', people::double precision),
        ('published_shifts', published_shifts::double precision),
        ('unread_notifications', unread_notifications::double precision),
        ('outbox_waiting', outbox_waiting::double precision),
        ('outbox_dead', outbox_dead::double precision),
        ('outbox_oldest_seconds', coalesce(extract(epoch FROM moment - oldest), 0)::double precision);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0007_analyse_table"),
        ("notifications", "0002_one_notification_a_message"),
        ("roster", "0004_rosters_follow_their_places"),
        ("staff", "0002_row_level_security"),
    ]

    operations = [migrations.RunSQL(CREATE, "DROP FUNCTION installation_figures()")]

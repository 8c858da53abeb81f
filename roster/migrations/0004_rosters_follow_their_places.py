"""What rosters need of a branch and a role when those change; staff's tables know nothing of rosters."""

from django.db import migrations

# The hours of every shift and the first day of every week were read in the branch's zone and week. Changed under
# them, planned weeks vanish from the planner and shifts say other hours.
CALENDAR = """
CREATE FUNCTION branch_keeps_its_calendar() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    IF EXISTS (SELECT FROM roster_roster WHERE organisation_id = NEW.organisation_id AND branch_id = NEW.id) THEN
        RAISE EXCEPTION 'branch % has rosters', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'branch_keeps_its_calendar';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER branch_keeps_its_calendar AFTER UPDATE OF timezone, week_start ON staff_branch FOR EACH ROW
    WHEN ((OLD.timezone, OLD.week_start) IS DISTINCT FROM (NEW.timezone, NEW.week_start))
    EXECUTE FUNCTION branch_keeps_its_calendar();
"""

# A role under a new name is the same role: nobody's shift has changed, and nobody is to be told of one.
NAME = """
CREATE FUNCTION promises_follow_the_role() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    UPDATE roster_assignment a SET published_role = NEW.name FROM roster_shift s
    WHERE s.organisation_id = NEW.organisation_id AND s.role_id = NEW.id
        AND a.organisation_id = s.organisation_id AND a.shift_id = s.id AND a.published_role = OLD.name;
    RETURN NULL;
END $$;
CREATE TRIGGER promises_follow_the_role AFTER UPDATE OF name ON staff_role FOR EACH ROW
    WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION promises_follow_the_role();
"""


class Migration(migrations.Migration):
    dependencies = [("roster", "0003_search_the_plan_by_start")]

    operations = [
        migrations.RunSQL(CALENDAR, migrations.RunSQL.noop),
        migrations.RunSQL(NAME, migrations.RunSQL.noop),
    ]

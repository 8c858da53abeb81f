"""Row-level security on people and places, and the two questions that are asked before an organisation is known."""

from django.db import migrations

from config.tenancy import CURRENT, OwnedByOrganisation, analyse_eagerly, own_table, same_organisation

# The organisation's own row: the application sees the one that it has entered, the operator's role all of them.
ORGANISATION = f"""
ALTER TABLE staff_organisation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenancy ON staff_organisation USING (id = {CURRENT}) WITH CHECK (id = {CURRENT});
CREATE POLICY operator ON staff_organisation TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE FUNCTION active_organisations() RETURNS SETOF bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
    AS 'SELECT id FROM staff_organisation WHERE suspended_at IS NULL ORDER BY id';
"""

# E-mail is unique in the installation, but no organisation may list another's: the application cannot read this
# table, it can only ask find_signin() about one address.
SIGN_IN = """
CREATE TABLE staff_signin (
    email text PRIMARY KEY,
    organisation_id bigint NOT NULL,
    person_id bigint NOT NULL,
    CONSTRAINT staff_signin_person_own FOREIGN KEY (organisation_id, person_id)
        REFERENCES staff_person (organisation_id, id) ON DELETE CASCADE
);
CREATE INDEX staff_signin_by_person ON staff_signin (organisation_id, person_id);
ALTER TABLE staff_signin ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY operator ON staff_signin TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE FUNCTION find_signin(wanted text) RETURNS TABLE (organisation_id bigint, person_id bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
    AS 'SELECT s.organisation_id, s.person_id FROM staff_signin s JOIN staff_organisation o ON o.id = s.organisation_id
        WHERE s.email = wanted AND o.suspended_at IS NULL';

CREATE FUNCTION keep_signin() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM staff_signin WHERE organisation_id = OLD.organisation_id AND person_id = OLD.id;
    END IF;
    INSERT INTO staff_signin VALUES (NEW.email, NEW.organisation_id, NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER keep_signin_new AFTER INSERT ON staff_person FOR EACH ROW EXECUTE FUNCTION keep_signin();
CREATE TRIGGER keep_signin_changed AFTER UPDATE OF email ON staff_person FOR EACH ROW
    WHEN (OLD.email IS DISTINCT FROM NEW.email) EXECUTE FUNCTION keep_signin();
"""


def own_admin_log(apps, schema_editor):
    """Django's own log of admin actions names people, so it belongs to their organisation too."""
    schema_editor.execute(
        f"ALTER TABLE django_admin_log ADD COLUMN organisation_id bigint NOT NULL DEFAULT {CURRENT} "
        "REFERENCES staff_organisation (id) DEFERRABLE INITIALLY DEFERRED"
    )
    own_table(schema_editor, "django_admin_log")
    same_organisation(schema_editor, "django_admin_log", "user_id", "staff_person")


class Migration(migrations.Migration):
    dependencies = [("staff", "0001_people_and_places"), ("admin", "0003_logentry_add_action_flag_choices")]

    operations = [
        OwnedByOrganisation("department"),
        OwnedByOrganisation("subdepartment"),
        OwnedByOrganisation("branch"),
        OwnedByOrganisation("role"),
        OwnedByOrganisation("person"),
        migrations.RunSQL(ORGANISATION, migrations.RunSQL.noop),
        migrations.RunSQL(SIGN_IN, migrations.RunSQL.noop),
        migrations.RunPython(own_admin_log, migrations.RunPython.noop),
        analyse_eagerly("staff_organisation", "staff_branch", "staff_department", "staff_subdepartment", "staff_role"),
    ]

"""The audit log: written by triggers, chained as each transaction commits, and never changed.

docs/decisions/0015-audit.md says why; config/auditing.py says which tables are written down.
"""

import django.db.models.deletion
from django.db import migrations, models

import config.tenancy
from config.tenancy import OwnedByOrganisation

# Unless the path names pg_temp, and names it last, PostgreSQL looks for tables there first: a temporary table of the
# caller's would stand in for the real one.
PATHS = """
ALTER FUNCTION active_organisations() SET search_path = public, pg_temp;
ALTER FUNCTION find_signin(text) SET search_path = public, pg_temp;
ALTER FUNCTION keep_signin() SET search_path = public, pg_temp;
"""

# Tables, indexes and policies are the owner's, and so are the functions: the application can only read.
GUARDS = """
CREATE POLICY operator ON staff_auditentry TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY operator ON staff_auditlink TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY operator ON staff_audithead TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    -- Only retention removes, and nothing changes what was written.
    IF TG_OP <> 'UPDATE' AND current_setting('app.audit_retention', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'The audit log is append-only.' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE ON staff_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_is_kept();
CREATE TRIGGER audit_is_kept_whole BEFORE TRUNCATE ON staff_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept();
CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE ON staff_auditlink
    FOR EACH ROW WHEN (OLD.hash IS NOT NULL) EXECUTE FUNCTION audit_is_kept();
CREATE TRIGGER audit_is_kept_whole BEFORE TRUNCATE ON staff_auditlink
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept();
CREATE TRIGGER audit_is_kept_whole BEFORE TRUNCATE ON staff_audithead
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept();
"""

# What was done to some rows, on its way into the log. The place within the transaction is remembered in a setting of
# the transaction, which a savepoint that is rolled back takes back as it does the entries. Anybody can set it, and
# constraints that are checked at once have sealed the link by the next write: so it is believed only where the link is
# open and its last entry is there, which nobody sees of another transaction's.
WRITING = """
CREATE TYPE audit_change AS (
    organisation bigint, about_id bigint, person bigint, actor bigint, before jsonb, after jsonb
);
CREATE FUNCTION audit_append(kind text, outcome text, about text, changes audit_change[]) RETURNS void
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    origin jsonb := coalesce(nullif(current_setting('app.origin', true), ''), '{}')::jsonb;
    ids regclass := pg_get_serial_sequence('staff_auditentry', 'id');
    doer bigint := (origin->>'person')::bigint;
    who text := CASE WHEN doer IS NULL AND changes[1].actor IS NULL THEN coalesce(origin->>'name', '') ELSE '' END;
    address text := coalesce(origin->>'address', '');
    agent text := coalesce(origin->>'agent', '');
    request text := coalesce(origin->>'request', '');
    place text[];
    home bigint;
    written int;
BEGIN
    FOR home IN SELECT DISTINCT c.organisation FROM unnest(changes) c WHERE c.organisation IS NOT NULL LOOP
        place := string_to_array(current_setting('app.audit_place', true), ':');
        IF place[1] IS DISTINCT FROM home::text
            OR EXISTS (SELECT FROM staff_auditlink l WHERE l.id = place[2]::bigint)
            OR NOT EXISTS (SELECT FROM staff_auditentry e
                WHERE e.organisation_id = home AND e.link = place[2]::bigint AND e.position = place[3]::int)
        THEN
            place := ARRAY[home, nextval(pg_get_serial_sequence('staff_auditlink', 'id')), 0]::text[];
        END IF;
        INSERT INTO staff_auditentry (id, organisation_id, link, position, at, kind, outcome, about, about_id,
            person_id, actor_id, actor_name, address, agent, request_id, before, after, hash)
        SELECT e.id, home, place[2]::bigint, place[3]::int + e.position, e.at, kind, outcome, about, e.about_id,
            e.person, e.actor, who, address, agent, request, e.before, e.after,
            -- All that the entry says; its place in the order is the link's to prove.
            sha256(convert_to(jsonb_build_array(e.id, home, to_char(e.at AT TIME ZONE 'UTC',
                'YYYY-MM-DD"T"HH24:MI:SS.US'), kind, outcome, about, e.about_id, e.person, e.actor, who, address, agent,
                request, e.before, e.after)::text, 'UTF8'))
        FROM (
            SELECT nextval(ids) AS id, row_number() OVER () AS position, clock_timestamp() AS at, c.about_id,
                c.person, coalesce(c.actor, doer) AS actor, c.before, c.after
            FROM unnest(changes) c WHERE c.organisation = home
        ) e;
        GET DIAGNOSTICS written = ROW_COUNT;
        PERFORM set_config('app.audit_place', concat_ws(':', home, place[2], place[3]::int + written), true);
    END LOOP;
END $$;

-- Its arguments: what the rows are called; the columns that say whose organisation and whom it concerns; the columns
-- whose values are nobody's business; the columns that are not written down at all.
CREATE FUNCTION audit_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    home text := TG_ARGV[1];
    whom text := TG_ARGV[2];
    hidden text[] := TG_ARGV[3]::text[];
    unsaid text[] := TG_ARGV[4]::text[] || ARRAY['id', 'organisation_id'];
    here bigint := nullif(current_setting('app.organisation', true), '')::bigint;
    changes audit_change[];
    rows bigint;
BEGIN
    IF current_setting('app.audit_by_number', true) = 'on' AND TG_OP = 'INSERT'
        AND pg_has_role(session_user, current_user, 'USAGE')
    THEN
        SELECT count(*) INTO rows FROM new_rows;
        IF rows > 0 THEN
            changes := ARRAY[ROW(here, NULL, NULL, NULL, NULL, jsonb_build_object('rows', rows))::audit_change];
            PERFORM audit_append('loaded', 'done', TG_ARGV[0], changes);
        END IF;
        RETURN NULL;
    END IF;
    -- A row whose id has changed has no row before it: all of it is written down.
    -- OFFSET 0: else PostgreSQL would make the JSON of a row anew for each of its columns.
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(ROW(coalesce((n.r->>home)::bigint, here), (n.r->>'id')::bigint, (n.r->>whom)::bigint, NULL,
            NULL, jsonb_strip_nulls(n.r - unsaid - hidden))::audit_change)
        INTO changes FROM (SELECT to_jsonb(new_rows) AS r FROM new_rows OFFSET 0) n;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(ROW(coalesce((o.r->>home)::bigint, here), (o.r->>'id')::bigint, (o.r->>whom)::bigint, NULL,
            jsonb_strip_nulls(o.r - unsaid - hidden), NULL)::audit_change)
        INTO changes FROM (SELECT to_jsonb(old_rows) AS r FROM old_rows OFFSET 0) o;
    ELSE
        SELECT array_agg(ROW(coalesce((p.n->>home)::bigint, here), (p.n->>'id')::bigint, (p.n->>whom)::bigint, NULL,
            d.before, d.after)::audit_change)
        INTO changes
        FROM (SELECT to_jsonb(o) AS o, to_jsonb(n) AS n FROM new_rows n LEFT JOIN old_rows o USING (id) OFFSET 0) p,
            LATERAL (
                SELECT jsonb_object_agg(e.key, CASE WHEN e.key = ANY (hidden) THEN '"(hidden)"' ELSE p.o->e.key END),
                    jsonb_object_agg(e.key, CASE WHEN e.key = ANY (hidden) THEN '"(hidden)"' ELSE e.value END)
                FROM jsonb_each(p.n) e WHERE e.value IS DISTINCT FROM p.o->e.key AND e.key <> ALL (unsaid)
            ) d (before, after)
        WHERE d.after IS NOT NULL;
    END IF;
    IF changes IS NOT NULL THEN
        PERFORM audit_append(
            CASE TG_OP WHEN 'INSERT' THEN 'added' WHEN 'UPDATE' THEN 'changed' ELSE 'removed' END,
            'done', TG_ARGV[0], changes
        );
    END IF;
    RETURN NULL;
END $$;

-- What no row shows: who signed in, what was opened, what went out. What happens to rows, their triggers alone
-- say, and that the log was shortened, audit_forget().
CREATE FUNCTION audit_record(kind text, outcome text, about text, about_id bigint, person bigint, actor bigint,
    after jsonb) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    here bigint := nullif(current_setting('app.organisation', true), '')::bigint;
BEGIN
    IF here IS NULL OR kind IN ('added', 'changed', 'removed', 'loaded', 'forgotten') THEN
        RAISE EXCEPTION 'This is not to be recorded by hand.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM audit_append(kind, outcome, about, ARRAY[ROW(here, about_id, person, actor, NULL, after)::audit_change]);
END $$;
"""

# As a transaction commits, its entries become the next link. The head of the organisation is locked only then, and
# after every other check of the commit: a foreign key that is checked later could wait for somebody who waits for the
# head. Hence two steps; what a deferred trigger queues runs after all that was queued before.
SEALING = """
CREATE FUNCTION audit_close() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO staff_auditlink (id, organisation_id) VALUES (NEW.link, NEW.organisation_id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audit_close AFTER INSERT ON staff_auditentry DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.position = 1) EXECUTE FUNCTION audit_close();

CREATE FUNCTION audit_seal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    head staff_audithead;
    number_of_entries int;
    hashes bytea;
    sealed bytea;
BEGIN
    SELECT count(*), string_agg(e.hash, ''::bytea ORDER BY e.position) INTO number_of_entries, hashes
    FROM staff_auditentry e WHERE e.organisation_id = NEW.organisation_id AND e.link = NEW.id;
    SELECT * INTO head FROM staff_audithead h WHERE h.organisation_id = NEW.organisation_id FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO staff_audithead (organisation_id, links, hash, anchor, anchor_hash)
        VALUES (NEW.organisation_id, 0, '', 0, '') ON CONFLICT (organisation_id) DO NOTHING;
        SELECT * INTO head FROM staff_audithead h WHERE h.organisation_id = NEW.organisation_id FOR UPDATE;
    END IF;
    sealed := sha256(head.hash || int8send(head.links + 1) || int4send(number_of_entries) || hashes);
    UPDATE staff_auditlink SET number = head.links + 1, entries = number_of_entries, hash = sealed,
        sealed_at = clock_timestamp() WHERE id = NEW.id;
    UPDATE staff_audithead SET links = head.links + 1, hash = sealed WHERE id = head.id;
    PERFORM set_config('app.audit_place', '', true);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audit_seal AFTER INSERT ON staff_auditlink DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION audit_seal();
"""

# Retention takes whole links from the old end and leaves an anchor, where verifying begins, and an entry of its own.
FORGETTING = """
CREATE FUNCTION audit_forget(before timestamptz, most int) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    here bigint := nullif(current_setting('app.organisation', true), '')::bigint;
    head staff_audithead;
    last staff_auditlink;
    gone bigint;
BEGIN
    IF before > now() - interval '1 year' THEN
        RAISE EXCEPTION 'The audit log of the last year is never removed.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT * INTO head FROM staff_audithead h WHERE h.organisation_id = here FOR UPDATE;
    SELECT old.* INTO last FROM (
        SELECT * FROM staff_auditlink l WHERE l.organisation_id = here AND l.number > head.anchor
        ORDER BY l.number LIMIT most
    ) old WHERE old.sealed_at < before ORDER BY old.number DESC LIMIT 1;
    IF last.id IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM set_config('app.audit_retention', 'on', true);
    DELETE FROM staff_auditentry e USING staff_auditlink l
    WHERE l.organisation_id = here AND l.number <= last.number AND e.organisation_id = here AND e.link = l.id;
    GET DIAGNOSTICS gone = ROW_COUNT;
    DELETE FROM staff_auditlink l WHERE l.organisation_id = here AND l.number <= last.number;
    PERFORM set_config('app.audit_retention', '', true);
    UPDATE staff_audithead SET anchor = last.number, anchor_hash = last.hash WHERE id = head.id;
    PERFORM audit_append('forgotten', 'done', '', ARRAY[ROW(here, NULL, NULL, NULL, NULL, jsonb_build_object(
        'entries', gone, 'before', to_char(before AT TIME ZONE 'UTC', 'YYYY-MM-DD')))::audit_change]);
    RETURN gone;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("staff", "0002_row_level_security"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("link", models.BigIntegerField()),
                ("position", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("added", "Added"),
                            ("changed", "Changed"),
                            ("removed", "Removed"),
                            ("loaded", "Loaded in bulk"),
                            ("sign_in", "Signed in"),
                            ("sign_out", "Signed out"),
                            ("refresh", "Session renewed"),
                            ("read", "Opened"),
                            ("export", "Exported"),
                            ("import", "Imported"),
                            ("forgotten", "Log shortened"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[("done", "Done"), ("refused", "Refused"), ("locked", "Locked")],
                        default="done",
                        max_length=8,
                    ),
                ),
                (
                    "about",
                    models.CharField(
                        help_text="The kind of row, as “staff.Person”.", max_length=60, verbose_name="what"
                    ),
                ),
                ("about_id", models.BigIntegerField(null=True)),
                ("person_id", models.BigIntegerField(null=True, verbose_name="whom it concerns")),
                ("actor_id", models.BigIntegerField(null=True, verbose_name="who")),
                (
                    "actor_name",
                    models.CharField(help_text="What ran without a person: “job outbox_sweep”.", max_length=60),
                ),
                ("address", models.CharField(max_length=45)),
                ("agent", models.CharField(max_length=200)),
                ("request_id", models.CharField(max_length=64)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("hash", models.BinaryField(max_length=32)),
                (
                    "organisation",
                    models.ForeignKey(
                        db_default=config.tenancy.CurrentOrganisation(),
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit entries",
                "ordering": ["-at", "-id"],
                "indexes": [
                    models.Index(fields=["organisation", "at", "id"], name="audit_by_moment"),
                    models.Index(
                        condition=models.Q(("person_id__isnull", False)),
                        fields=["organisation", "person_id", "at", "id"],
                        name="audit_by_person",
                    ),
                    models.Index(
                        condition=models.Q(("actor_id__isnull", False)),
                        fields=["organisation", "actor_id", "at", "id"],
                        name="audit_by_actor",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "link", "position"), name="audit_entry_place_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("links", models.BigIntegerField(default=0)),
                ("hash", models.BinaryField(default=b"", max_length=32)),
                ("anchor", models.BigIntegerField(default=0)),
                ("anchor_hash", models.BinaryField(default=b"", max_length=32)),
                (
                    "organisation",
                    models.ForeignKey(
                        db_default=config.tenancy.CurrentOrganisation(),
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "head of the audit log",
                "constraints": [models.UniqueConstraint(fields=("organisation",), name="audit_head_once")],
            },
        ),
        migrations.CreateModel(
            name="AuditLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField(null=True)),
                ("entries", models.PositiveIntegerField(null=True)),
                ("hash", models.BinaryField(max_length=32, null=True)),
                ("sealed_at", models.DateTimeField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        db_default=config.tenancy.CurrentOrganisation(),
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "link of the audit log",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "number"), name="audit_link_number_once")
                ],
            },
        ),
        OwnedByOrganisation("auditentry"),
        OwnedByOrganisation("auditlink"),
        OwnedByOrganisation("audithead"),
        *(migrations.RunSQL(part, migrations.RunSQL.noop) for part in (PATHS, GUARDS, WRITING, SEALING, FORGETTING)),
    ]

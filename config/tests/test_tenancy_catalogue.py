"""Every table, key, view and function of the database keeps the tenancy rule, and the walk can tell when not."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import ForeignKey

from config.tenancy import Owned
from config.testing import as_owner
from config.tests import catalogue

APPLICATION = settings.DATABASE_APPLICATION_USER
OWNED = "organisation_id bigint NOT NULL REFERENCES staff_organisation (id), id bigint PRIMARY KEY"
SECURED = "ALTER TABLE planted ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
CURRENT = "nullif(current_setting('app.organisation', true), '')::bigint"
POLICY = f"CREATE POLICY tenancy ON planted USING (organisation_id = {CURRENT})"
CHECKED = f"{POLICY} WITH CHECK (organisation_id = {CURRENT})"


@pytest.fixture
def owner(db):
    """The owner of the schema, in a transaction that is rolled back."""
    with as_owner(connection.settings_dict["NAME"]) as owner, owner.transaction(force_rollback=True):
        yield owner


def test_the_database_keeps_the_tenancy_rule(owner):
    assert catalogue.breaches(owner, APPLICATION) == []


def test_a_table_made_by_the_rule_is_fine(owner):
    owner.execute(
        f"CREATE TABLE planted ({OWNED}, person_id bigint REFERENCES staff_person (id), UNIQUE (organisation_id, id), "
        "FOREIGN KEY (organisation_id, person_id) REFERENCES staff_person (organisation_id, id))"
    )
    owner.execute(SECURED)
    owner.execute(CHECKED)
    assert catalogue.breaches(owner, APPLICATION) == []


@pytest.mark.parametrize(
    ("planted", "named"),
    [
        ([f"CREATE TABLE planted ({OWNED})"], "table planted has no forced row-level security"),
        (
            [
                f"CREATE TABLE planted ({OWNED})",
                "ALTER TABLE planted ENABLE ROW LEVEL SECURITY",
                CHECKED,
            ],
            "table planted has no forced row-level security",
        ),
        ([f"CREATE TABLE planted ({OWNED})", SECURED], "table planted has no policy “tenancy”"),
        (
            [f"CREATE TABLE planted ({OWNED})", SECURED, POLICY],
            "policy tenancy on planted lets rows be written by None",
        ),
        (
            [f"CREATE TABLE planted ({OWNED})", SECURED, "CREATE POLICY tenancy ON planted USING (true)"],
            "policy tenancy on planted shows rows by true",
        ),
        (
            [f"CREATE TABLE planted ({OWNED})", SECURED, CHECKED, "CREATE POLICY more ON planted USING (true)"],
            "policy more on planted is not the tenancy rule",
        ),
        (
            ["CREATE POLICY more ON staff_signin USING (true)"],
            "policy more on staff_signin is not the tenancy rule",
        ),
        (
            ["DROP POLICY operator ON staff_signin", "CREATE POLICY operator ON staff_signin USING (true)"],
            "policy operator on staff_signin serves ['public']",
        ),
        (["CREATE TABLE planted (id bigint PRIMARY KEY)"], "table planted has no organisation_id"),
        (
            ["CREATE TABLE planted (id bigint PRIMARY KEY, organisation_id bigint)"],
            "table planted has no organisation_id bigint NOT NULL",
        ),
        (
            ["ALTER TABLE staff_branch ADD CONSTRAINT planted UNIQUE (name)"],
            "unique key planted on staff_branch ['name']",
        ),
        (
            ["CREATE UNIQUE INDEX planted ON staff_branch (lower(name))"],
            "unique key planted on staff_branch []",
        ),
        (
            ["CREATE UNIQUE INDEX planted ON staff_branch (name) INCLUDE (organisation_id)"],
            "unique key planted on staff_branch ['name']",
        ),
        (
            ["ALTER TABLE roster_shift ADD CONSTRAINT planted EXCLUDE USING gist (note WITH =)"],
            "unique key planted on roster_shift ['note']",
        ),
        (
            ["ALTER TABLE staff_branch ADD COLUMN boss_id bigint CONSTRAINT planted REFERENCES staff_person (id)"],
            "foreign key planted of staff_branch reaches into staff_person",
        ),
        (
            ["CREATE TABLE planted (id bigint PRIMARY KEY, boss_id bigint CONSTRAINT bare REFERENCES staff_person)"],
            "foreign key bare of planted reaches into staff_person",
        ),
        (["CREATE VIEW planted AS SELECT * FROM staff_person"], "view planted shows what its owner sees"),
        (["CREATE MATERIALIZED VIEW planted AS SELECT * FROM staff_person"], "planted is a materialised view"),
        (
            ["CREATE FUNCTION planted() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::bigint'"],
            "function planted() runs with its owner's rights, and was not reviewed",
        ),
        (
            ["ALTER FUNCTION find_signin(text) RESET search_path"],
            "function find_signin(text) runs with its owner's rights and the caller's search_path",
        ),
        (
            ["ALTER FUNCTION find_signin(text) SET search_path = public"],
            "function find_signin(text) runs with its owner's rights and the caller's search_path",
        ),
        (
            [f"GRANT TRUNCATE ON staff_person TO {APPLICATION}"],
            "table staff_person can be truncated by the application",
        ),
        ([f"GRANT CREATE ON SCHEMA public TO {APPLICATION}"], f"{APPLICATION} has schema public"),
    ],
)
def test_the_walk_names_what_breaks_the_rule(owner, planted, named):
    for statement in planted:
        owner.execute(statement)
    assert [found for found in catalogue.breaches(owner, APPLICATION) if named in found], named


def test_a_view_that_asks_as_its_reader_is_fine(owner):
    owner.execute("CREATE VIEW planted WITH (security_invoker = true) AS SELECT * FROM staff_person")
    assert catalogue.breaches(owner, APPLICATION) == []


@pytest.mark.django_db(transaction=True)
def test_what_the_application_owns_is_named():
    with as_owner(connection.settings_dict["NAME"]) as owner, connection.cursor() as application:
        owner.execute(f"GRANT CREATE ON SCHEMA public TO {APPLICATION}")
        try:
            application.execute("CREATE TABLE planted (id bigint GENERATED ALWAYS AS IDENTITY)")
            application.execute("CREATE FUNCTION planting() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'")
            found = catalogue.breaches(owner, APPLICATION)
        finally:
            application.execute("DROP TABLE IF EXISTS planted")
            application.execute("DROP FUNCTION IF EXISTS planting()")
            owner.execute(f"REVOKE CREATE ON SCHEMA public FROM {APPLICATION}")
    assert {f"{APPLICATION} has {thing}" for thing in ("relation planted", "relation planted_id_seq")} <= set(found)
    assert f"{APPLICATION} has function planting()" in found


def test_the_reasons_name_tables_that_exist(owner):
    known = {name for (name,) in owner.execute("SELECT relname FROM pg_class WHERE relkind = 'r'").fetchall()}
    assert set(catalogue.INSTALLATION) <= known


def test_every_reference_between_owned_rows_is_one_key_that_stays_inside(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, array_agg(a.attname::text ORDER BY u.place) "
            "FROM pg_constraint k, unnest(k.conkey) WITH ORDINALITY AS u (n, place), pg_attribute a "
            "WHERE k.contype = 'f' AND a.attrelid = k.conrelid AND a.attnum = u.n GROUP BY k.oid"
        )
        keys = [(table, tuple(columns)) for table, columns in cursor.fetchall()]
    wanted = [
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if issubclass(model, Owned) and isinstance(field, ForeignKey) and issubclass(field.related_model, Owned)
    ]
    assert len(wanted) > 20
    for table, column in wanted:
        assert [columns for name, columns in keys if name == table and column in columns] == [
            ("organisation_id", column)
        ]

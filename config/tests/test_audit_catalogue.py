"""Every table that people change is written down by the database, and the walk can tell when not."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from config import auditing
from config.auditing import AUDITED, UNAUDITED
from config.testing import as_owner

OWNED = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND a.attname = 'organisation_id'
"""
TRIGGERS = """
SELECT t.tgrelid::regclass::text, t.tgname, t.tgenabled = 'O', pg_get_triggerdef(t.oid)
FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'audit_rows'
"""
# Belongs to the installation: find_signin()'s directory, kept equal to the people's addresses by a trigger of theirs.
DIRECTORY = {"staff_signin"}


@pytest.fixture
def owner(db):
    with as_owner(connection.settings_dict["NAME"]) as owner, owner.transaction(force_rollback=True):
        yield owner


def unaccounted(owner):
    """The tables of organisations that are neither written down nor left out for a reason."""
    audited = {apps.get_model(label)._meta.db_table for label in AUDITED}
    owned = {name for (name,) in owner.execute(OWNED).fetchall()}
    return owned - audited - set(UNAUDITED) - DIRECTORY


def test_every_table_of_an_organisation_is_written_down_or_says_why_not(owner):
    assert unaccounted(owner) == set()
    owner.execute("CREATE TABLE planted (organisation_id bigint NOT NULL)")
    assert unaccounted(owner) == {"planted"}


def test_no_table_is_both_written_down_and_left_out(owner):
    audited = {apps.get_model(label)._meta.db_table for label in AUDITED}
    assert not audited & set(UNAUDITED)
    here = {name for (name,) in owner.execute(OWNED).fetchall()}
    assert set(UNAUDITED) <= here


def test_the_triggers_are_those_of_the_table(owner):
    here = {(table, name): (enabled, said) for table, name, enabled, said in owner.execute(TRIGGERS).fetchall()}
    assert here.keys() == auditing.triggers().keys()
    for (table, name), (enabled, said) in here.items():
        arguments = auditing.triggers()[table, name].partition("audit_rows(")[2]
        assert enabled
        assert said.endswith(f"audit_rows({arguments}")


@pytest.mark.parametrize("label", AUDITED)
def test_every_column_that_is_named_exists(label):
    model, audited = apps.get_model(label), AUDITED[label]
    columns = {field.column for field in model._meta.concrete_fields}
    assert {*audited.hidden, *audited.unsaid, audited.whom or "id"} <= columns
    with connection.cursor() as cursor:
        if audited.words:
            cursor.execute(f"SELECT {audited.words} FROM {model._meta.db_table}")


@pytest.mark.django_db(transaction=True)
def test_the_triggers_follow_the_table_and_those_that_are_right_stay(monkeypatch):
    name = connection.settings_dict["NAME"]
    monkeypatch.setitem(AUDITED, "staff.Branch", auditing.Audited("name", hidden=("code",)))
    monkeypatch.delitem(AUDITED, "staff.Role")
    with as_owner(name) as owner:
        before = dict(owner.execute("SELECT tgname || tgrelid, oid FROM pg_trigger WHERE tgname ~ '^audit'").fetchall())
        _migrated(name)
        after = dict(owner.execute("SELECT tgname || tgrelid, oid FROM pg_trigger WHERE tgname ~ '^audit'").fetchall())
        said = [text for table, _, _, text in owner.execute(TRIGGERS).fetchall() if table == "staff_branch"]
        monkeypatch.undo()
        _migrated(name)
        assert owner.execute(TRIGGERS).rowcount == len(auditing.triggers())
    assert len(before) - len(after) == 3
    assert all("{code}" in text for text in said)
    assert len(before.items() & after.items()) == len(before) - 6


def _migrated(name):
    """What follows every migration, as the owner that runs it."""
    owner, application = settings.DATABASE_OWNER, dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update({"USER": owner["USER"], "PASSWORD": owner["PASSWORD"], "NAME": name})
    try:
        auditing.follow_the_table()
    finally:
        connection.close()
        connection.settings_dict.update(application)

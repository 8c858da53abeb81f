"""Which organisation this request, task or command works for, enforced by PostgreSQL.

Every organisation-owned table has forced row-level security that compares its `organisation_id` with the
transaction's `app.organisation`. The setting is made with SET LOCAL semantics, so it ends with the transaction,
whatever happens in it: unset means no rows, and nothing can stay behind on a pooled connection.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeGuard, TypeVar

from django.apps.registry import Apps
from django.conf import settings
from django.db import connection, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.migrations import RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from psycopg.pq import TransactionStatus

from config import epoch, origin

ENTER = """
SELECT current_setting('app.organisation', true), set_config('app.organisation', %s, true),
       (SELECT last_value FROM cache_epoch), current_setting('app.origin', true), set_config('app.origin', %s, true)
"""
# Written by the database itself (staff/migrations/0003_audit.py): the application reads them.
READ_ONLY = ("staff_auditentry", "staff_auditlink", "staff_audithead")
CURRENT = "nullif(current_setting('app.organisation', true), '')::bigint"

_current: ContextVar[int | None] = ContextVar("organisation", default=None)
_cache_epoch: ContextVar[int] = ContextVar("cache_epoch", default=0)


def current() -> int | None:
    """The id of the organisation that this context has entered, or None."""
    return _current.get()


def cache_epoch() -> int:
    """How often a change could not be told to the cache server, as of entering the organisation."""
    return _cache_epoch.get()


@contextmanager
def organisation(pk: int) -> Iterator[None]:
    """Work inside one organisation, in a transaction of its own (a savepoint where one is open).

    Rows of every other organisation do not exist for the block. Leaving it, also by an exception, restores
    what was entered before.
    """
    token, nested = _current.set(pk), connection.in_atomic_block
    try:
        with transaction.atomic():
            before, origin_before = _enter(pk, origin.current().text)
            yield
            _require_sound()
            # The end of a transaction and a rollback restore the settings; a released savepoint would keep ours.
            if nested and not connection.needs_rollback:
                _enter(before, origin_before)
    finally:
        _current.reset(token)


def _require_sound() -> None:
    """Refuse to leave as if all were well when a database error was swallowed: PostgreSQL would roll back at COMMIT
    without a word, and the answer would promise what was never kept."""
    status = connection.connection.info.transaction_status if connection.connection else None
    if status == TransactionStatus.INERROR and not connection.needs_rollback:
        raise transaction.TransactionManagementError("A database error was swallowed; nothing of this was kept.")


def _enter(pk: int | str, whence: str) -> tuple[str, str]:
    """Make the two settings of the transaction, and return what they were."""
    asked_at = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(ENTER, [str(pk), whence])
        before, _, counted, origin_before, _ = cursor.fetchone()
    # It rides along: a query of its own would cost every cached page a round trip.
    _cache_epoch.set(counted)
    epoch.learn(counted, asked_at)
    return before or "", origin_before or ""


def each_organisation() -> list[int]:
    """The ids of all organisations that are not suspended, for jobs that enter them one by one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM active_organisations()")
        return [pk for (pk,) in cursor.fetchall()]


def all_organisations() -> list[int]:
    """Suspended ones too, for commands that log in as the owner; the application is told of the active ones alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM staff_organisation UNION SELECT * FROM active_organisations() ORDER BY 1")
        return [pk for (pk,) in cursor.fetchall()]


class OrganisationMiddleware:
    """Runs a signed-in request inside its organisation and in one transaction; a 5xx commits nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.organisation_of: Callable[[HttpRequest], int | None] = import_string(settings.ORGANISATION_OF_REQUEST)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        pk = self.organisation_of(request)
        if pk is None:
            return self.get_response(request)
        with organisation(pk):
            response = self.get_response(request)
            # An exception has already become this response, so the transaction would not see it.
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response


class CurrentOrganisation(models.Func):
    """The database default of every `organisation` column: the organisation that was entered."""

    allowed_default = True
    template = CURRENT
    output_field = models.BigIntegerField()

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        return f"({CURRENT})", []


class Owned(models.Model):
    """A row that belongs to one organisation. Business code never names the column: the database fills it."""

    organisation = models.ForeignKey(
        "staff.Organisation",
        on_delete=models.PROTECT,
        db_default=CurrentOrganisation(),
        db_index=False,  # UNIQUE (organisation_id, id) begins with it
        editable=False,
        related_name="+",
    )

    class Meta:
        abstract = True


Row = TypeVar("Row", bound=Owned)


def owned_in_bulk(rows: Iterable[Row]) -> list[Row]:
    """Rows that are about to be inserted together, with the entered organisation written into them.

    What the database fills in is an expression to Django; only rows without one go to PostgreSQL as arrays, which
    costs half as much as a placeholder for each value of each row.
    """
    here, owned = current(), list(rows)
    for row in owned:
        row.organisation_id = here  # type: ignore[assignment]  # outside of every organisation PostgreSQL refuses it
    return owned


class OwnedByOrganisation(Operation):
    """Put a table under the tenancy rule: forced row-level security, and keys that cannot leave the organisation.

    Write it after CreateModel, and again after a migration that adds a foreign key to an owned model: every step
    is skipped where it stands already.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The models' state does not change: the rule lives in the database."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        own_table(schema_editor, model._meta.db_table)
        for column, target in _owned_references(model, to_state.apps):
            same_organisation(schema_editor, model._meta.db_table, column, target)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Nothing to undo: the table goes with its model."""

    def describe(self) -> str:
        return f"Put {self.model_name} under row-level security"


def _owned_references(model: type[models.Model], apps: Apps) -> Iterator[tuple[str, str]]:
    for field in model._meta.local_fields:
        if not isinstance(field, models.ForeignKey) or field.name == "organisation":
            continue
        target = field.remote_field.model
        if any(f.name == "organisation" for f in target._meta.local_fields):
            yield field.column, target._meta.db_table


def own_table(schema_editor: BaseDatabaseSchemaEditor, table: str) -> None:
    """Force row-level security on a table that has an organisation_id column."""
    schema_editor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    schema_editor.execute(f"DROP POLICY IF EXISTS tenancy ON {table}")
    rule = f"organisation_id = {CURRENT}"
    schema_editor.execute(f"CREATE POLICY tenancy ON {table} USING ({rule}) WITH CHECK ({rule})")
    _constrain(schema_editor, table, f"{table}_own", "UNIQUE (organisation_id, id)")


def same_organisation(schema_editor: BaseDatabaseSchemaEditor, table: str, column: str, target: str) -> None:
    """Refuse a foreign key into another organisation: foreign-key checks ignore row-level security.

    It takes the place of Django's own key on the column, which would check every reference a second time.
    """
    schema_editor.deferred_sql[:] = [
        statement
        for statement in schema_editor.deferred_sql
        if not (_makes_foreign_key(schema_editor, statement) and statement.references_column(table, column))
    ]
    schema_editor.execute(
        f"DO $$ DECLARE k record; BEGIN FOR k IN SELECT c.conname FROM pg_constraint c JOIN pg_attribute a "
        f"ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] WHERE c.contype = 'f' AND cardinality(c.conkey) = 1 "
        f"AND c.conrelid = '{table}'::regclass AND a.attname = '{column}' LOOP "
        f"EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I', k.conname); END LOOP; END $$",
        params=None,  # so that %I stays PostgreSQL's
    )
    _constrain(
        schema_editor,
        table,
        f"{table}_{column}_own",
        f"FOREIGN KEY (organisation_id, {column}) REFERENCES {target} (organisation_id, id) "
        "DEFERRABLE INITIALLY DEFERRED",
    )


def _makes_foreign_key(schema_editor: BaseDatabaseSchemaEditor, statement: object) -> TypeGuard[Statement]:
    return isinstance(statement, Statement) and statement.template == schema_editor.sql_create_fk


def analyse_eagerly(*tables: str) -> RunSQL:
    """Keep the statistics of small tables fresh: autovacuum ignores a table until 50 of its rows have changed, and
    a planner that takes ten branches for one row scans every shift of the organisation."""
    options = "autovacuum_analyze_threshold = 1, autovacuum_analyze_scale_factor = 0"
    return RunSQL([f"ALTER TABLE {table} SET ({options})" for table in tables], RunSQL.noop)


def _constrain(schema_editor: BaseDatabaseSchemaEditor, table: str, name: str, rule: str) -> None:
    schema_editor.execute(
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = '{name}' "
        f"AND conrelid = '{table}'::regclass) THEN ALTER TABLE {table} ADD CONSTRAINT {name} {rule}; END IF; END $$"
    )


def grant_to_application(**_signal: Any) -> None:
    """After every migration: the application's role may use the tables, and own none of them."""
    user = settings.DATABASE_APPLICATION_USER
    if connection.settings_dict["USER"] == user:
        return
    name = connection.ops.quote_name(user)
    # In one transaction: nobody may write into the audit log between the grant and its withdrawal.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {name}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}")
        there = [table for table in READ_ONLY if table in connection.introspection.table_names(cursor)]
        if there:
            cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON {', '.join(there)} FROM {name}")

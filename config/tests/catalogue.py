"""The tenancy rule, read back from PostgreSQL's own catalogue: a sentence for everything that breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import psycopg.rows

# Tables that belong to the installation and not to an organisation, each with the reason why that is safe.
INSTALLATION = {
    "django_migrations": "which migrations ran; names nobody",
    "django_content_type": "the list of models; names nobody",
    "auth_permission": "Django's list of verbs, unused: staff/roles.py decides",
    "auth_group": "Django's groups, unused and empty: staff/roles.py decides",
    "auth_group_permissions": "goes with auth_group, unused and empty",
    "credential_attempt": "tries to sign in while the cache server is away: digests and addresses that no screen shows",
    "django_session": "looked up by the digest of a secret key before an organisation is known; the key opens one row",
    "monitoring_backup": "backups of the whole installation; read by its operators alone",
    "monitoring_jobrun": "runs of the installation's jobs; read by its operators alone",
    "monitoring_scheduledjob": "when the installation's jobs come; read and changed by its operators alone",
    "monitoring_heartbeat": "which queues' workers are alive; names nobody",
    "monitoring_alertrule": "thresholds of the installation's figures; set by its operators alone",
    "monitoring_sample": "the installation's figures by the minute; name nobody",
    "monitoring_alert": "what was beyond a threshold; who took it on is shown to their own organisation and operators",
    "monitoring_alertmessage": "e-mails to operators about alerts, which no screen shows",
    "staff_organisation": "the root of what is owned: its own policy compares id, and is checked below",
    "staff_signin": "answers which organisation an e-mail belongs to; no policy lets the application read it",
}
# Policies that are not the tenancy rule. They may serve only the owner of the schema.
REVIEWED_POLICIES = {
    ("staff_organisation", "operator"): "operators' commands list, found and suspend organisations",
    ("staff_signin", "operator"): "find_signin() and keep_signin() run as the owner",
    ("staff_auditentry", "operator"): "its triggers write and seal as the owner, also once the organisation was left",
    ("staff_auditlink", "operator"): "the same",
    ("staff_audithead", "operator"): "the same",
}
# Functions that run with the owner's rights, each with the reason why that is safe.
REVIEWED_FUNCTIONS = {
    "analyse_table(name)": "lets PostgreSQL count the rows of one table of ours, and answers nothing",
    "active_organisations()": "ids only, for jobs that enter organisations one by one",
    "audit_close()": "a trigger; begins the link of a transaction's entries, all of one organisation",
    "audit_erase(bigint,jsonb)": "masks entries about somebody of the entered organisation who left and was erased",
    "audit_forget(timestamp with time zone,integer)": "the entered organisation's entries alone, none of the last year",
    "audit_record(text,text,text,bigint,bigint,bigint,jsonb)": "adds one entry to the entered organisation's log",
    "audit_rows()": "a trigger; writes down what was done to rows of the organisation that they belong to",
    "audit_seal()": "a trigger; seals a link of the organisation that it belongs to",
    "find_signin(text)": "one address at a time, answers two ids",
    "keep_signin()": "a trigger; keeps staff_signin equal to the people's addresses",
    "organisations_for_operator(bigint,text,integer)": "for operators alone: organisations' own rows, and three counts",
}

RULE = "({} = (NULLIF(current_setting('app.organisation'::text, true), ''::text))::bigint)"
OURS = (
    "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' "
    "AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = {}.oid AND e.deptype = 'e')"
)

TABLES = f"""
SELECT c.oid::regclass::text AS name, c.relkind AS kind, c.relrowsecurity AND c.relforcerowsecurity AS forced,
    coalesce(c.reloptions::text[] && ARRAY['security_invoker=true', 'security_invoker=on'], false) AS invoker,
    (SELECT a.attnotnull FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'organisation_id'
        AND a.atttypid = 'bigint'::regtype AND NOT a.attisdropped) AS owned,
    has_table_privilege(%(application)s::name, c.oid, 'TRUNCATE') AS truncatable
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {OURS.format("c")} ORDER BY 1
"""
POLICIES = """
SELECT polrelid::regclass::text AS "table", polname AS name, polcmd = '*' AND polpermissive AS everything,
    pg_get_expr(polqual, polrelid) AS seen, pg_get_expr(polwithcheck, polrelid) AS written,
    (SELECT array_agg(coalesce(r.rolname, 'public')) FROM unnest(polroles) AS given (oid)
        LEFT JOIN pg_roles r ON r.oid = given.oid) AS roles
FROM pg_policy ORDER BY 1, 2
"""
# Unique and exclusion constraints have an index too, so the indexes are all there is to look at.
UNIQUE_KEYS = f"""
SELECT t.oid::regclass::text AS "table", c.relname AS name, i.indisprimary AS is_primary,
    ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int[]) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
        WHERE k.place <= i.indnkeyatts ORDER BY k.place) AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE (i.indisunique OR i.indisexclusion) AND {OURS.format("t")} ORDER BY 1, 2
"""
FOREIGN_KEYS = f"""
SELECT t.oid::regclass::text AS "table", k.confrelid::regclass::text AS target, k.conname AS name,
    ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (n, place)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY place) AS columns,
    ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (n, place)
        JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY place) AS targets
FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE k.contype = 'f' AND {OURS.format("t")} ORDER BY 1, 3
"""
FUNCTIONS = f"""
SELECT p.oid::regprocedure::text AS name,
    coalesce('search_path=public, pg_temp' = ANY (p.proconfig), false) AS fixed_path
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.prosecdef AND {OURS.format("p")} ORDER BY 1
"""
APPLICATIONS_OWN = f"""
WITH me AS (SELECT * FROM pg_roles WHERE rolname = %(application)s::name)
SELECT 'relation ' || c.oid::regclass AS name FROM me, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relowner = me.oid AND {OURS.format("c")}
UNION ALL SELECT 'function ' || p.oid::regprocedure FROM me, pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.proowner = me.oid AND {OURS.format("p")}
UNION ALL SELECT 'schema ' || n.nspname FROM me, pg_namespace n
    WHERE n.nspowner = me.oid OR has_schema_privilege(me.oid, n.oid, 'CREATE')
UNION ALL SELECT 'role ' || r.rolname FROM me, pg_roles r
    WHERE r.oid <> me.oid AND pg_has_role(me.oid, r.oid, 'MEMBER')
UNION ALL SELECT 'the right to pass over row-level security' FROM me WHERE me.rolsuper OR me.rolbypassrls
ORDER BY 1
"""


def breaches(owner: psycopg.Connection[Any], application: str) -> list[str]:
    """Everything in the database that breaks the tenancy rule, one sentence each; best none."""
    with owner.cursor(row_factory=psycopg.rows.namedtuple_row) as cursor:

        def rows(query: str) -> list[Any]:
            return cursor.execute(query, {"application": application}).fetchall()

        tables = rows(TABLES)
        owned = {table.name for table in tables if table.owned}
        return [
            *_tables(tables, rows(POLICIES)),
            *_policies(rows(POLICIES), owner.info.user),
            *_unique_keys(rows(UNIQUE_KEYS)),
            *_foreign_keys(rows(FOREIGN_KEYS), owned),
            *_functions(rows(FUNCTIONS)),
            *(f"{application} has {row.name}" for row in rows(APPLICATIONS_OWN)),
        ]


def _tables(tables: list[Any], policies: list[Any]) -> Iterator[str]:
    ruled = {policy.table for policy in policies if policy.name == "tenancy"}
    for table in tables:
        if table.kind == "v" and not table.invoker:
            yield f"view {table.name} shows what its owner sees: it lacks security_invoker"
        if table.kind in "mf":
            yield f"{table.name} is a materialised view or foreign table, which row-level security does not reach"
        if table.kind not in "rp":
            continue
        if table.truncatable:
            yield f"table {table.name} can be truncated by the application, over all organisations"
        if table.name in INSTALLATION:
            continue
        if not table.owned:
            yield f"table {table.name} has no organisation_id bigint NOT NULL and no reason in INSTALLATION"
        if not table.forced:
            yield f"table {table.name} has no forced row-level security"
        if table.name not in ruled:
            yield f"table {table.name} has no policy “tenancy”"


def _policies(policies: list[Any], owner: str) -> Iterator[str]:
    for policy in policies:
        where = f"policy {policy.name} on {policy.table}"
        if (policy.table, policy.name) in REVIEWED_POLICIES:
            if policy.roles != [owner]:
                yield f"{where} serves {policy.roles}, not the owner alone"
        elif policy.name != "tenancy" or not policy.everything:
            yield f"{where} is not the tenancy rule, and was not reviewed"
        else:
            rule = RULE.format("id" if policy.table == "staff_organisation" else "organisation_id")
            if policy.seen != rule:
                yield f"{where} shows rows by {policy.seen}"
            if policy.written != rule:
                yield f"{where} lets rows be written by {policy.written}"


def _unique_keys(keys: list[Any]) -> Iterator[str]:
    for key in keys:
        if key.table in INSTALLATION or "organisation_id" in key.columns:
            continue
        if not (key.is_primary and key.columns == ["id"]):
            yield f"unique key {key.name} on {key.table} {key.columns} tells one organisation about another's rows"


def _foreign_keys(keys: list[Any], owned: set[str]) -> Iterator[str]:
    twins = {
        (key.table, key.target, key.columns[1])
        for key in keys
        if len(key.columns) == 2 and key.columns[0] == "organisation_id" and key.targets == ["organisation_id", "id"]
    }
    for key in keys:
        if key.target not in owned or key.columns[0] == "organisation_id":
            continue
        if (key.table, key.target, key.columns[0]) not in twins:
            yield f"foreign key {key.name} of {key.table} reaches into {key.target} of any organisation"


def _functions(functions: list[Any]) -> Iterator[str]:
    for function in functions:
        if function.name not in REVIEWED_FUNCTIONS:
            yield f"function {function.name} runs with its owner's rights, and was not reviewed"
        elif not function.fixed_path:
            # A path that does not name pg_temp last has it first: a temporary table would stand in for ours.
            yield f"function {function.name} runs with its owner's rights and the caller's search_path"

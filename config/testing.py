"""What tests need of the database and the doors: a migrated template, a copy per worker, and ways in."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connections
from django.test import Client
from django.utils import timezone
from psycopg import sql

from config import auditing, tenancy
from staff.devices import Visitor
from staff.models import Door, Person, Session
from staff.services import sessions
from staff.signin import ORGANISATION_KEY, ROW_KEY

ACE, OTHER = 1, 2
# The configured database: never touched, only logged in to for making the others.
HOME = settings.DATABASE_OWNER["NAME"]
DEVICE = Visitor("Chrome on Android", "203.0.113.9")
# The audit log lets nothing but retention remove a row.
EMPTIES_THE_LOG = "SET app.audit_retention = 'on'"
KEEP = ("django_migrations", "django_content_type", "auth_permission", "staff_organisation")


def of_the_page(queries: Iterable[dict[str, str]]) -> list[str]:
    """The SQL that was captured of one request, without what only a test asks (the visitor's own savepoint; restoring
    the test's own organisation on leaving, which the end of a transaction does elsewhere) and without what is asked
    once a minute (that the session was used)."""
    own = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    seen = next((sql for sql in own if sql.startswith('UPDATE "staff_session" SET "seen_at"')), None)
    if seen is not None:  # once: a page that wrote it twice would be wrong
        own.remove(seen)
    return own[:-1] if own and "set_config('app.organisation'" in own[-1] else own


def as_owner(database: str | None = None) -> psycopg.Connection[Any]:
    """A connection as the owner of the schema, who may create databases."""
    owner = settings.DATABASE_OWNER
    return psycopg.connect(
        host=owner["HOST"],
        port=owner["PORT"],
        user=owner["USER"],
        password=owner["PASSWORD"],
        dbname=database or HOME,
        autocommit=True,
    )


def database_for(worker: str) -> str:
    """Make this worker's database, as a copy of the template, and return its name.

    The name holds this process's number, so that two runs at once on one server do not take each other's.
    """
    name = f"{_base()}_{worker}_{os.getpid()}"
    with _one_at_a_time():
        template = _template()
        with as_owner() as owner:
            _drop_abandoned(owner)
            owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            owner.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
    return name


def _drop_abandoned(owner: psycopg.Connection[Any]) -> None:
    """Remove what runs that were killed left behind: databases whose process is gone, whoever still holds one open."""
    for name in _databases(owner):
        pid = name.rsplit("_", 1)[1]
        if "_template_" not in name and pid.isdecimal() and not Path(f"/proc/{pid}").exists():
            owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _databases(owner: psycopg.Connection[Any]) -> list[str]:
    rows = owner.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_base() + "_"]).fetchall()
    return [name for (name,) in rows]


def drop_database(name: str) -> None:
    """Remove a worker's database; connections that are still open are ended."""
    connections.close_all()
    with as_owner() as owner:
        owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def use_database(name: str) -> None:
    """Point this process at a database, and the commands that it starts as well."""
    connections.close_all()
    settings.DATABASES["default"]["NAME"] = name
    connections["default"].settings_dict["NAME"] = name
    settings.DATABASE_OWNER = {**settings.DATABASE_OWNER, "NAME": name}
    os.environ.update(urls_of(name))


def urls_of(database: str) -> dict[str, str]:
    """The environment variables that lead a process to a database of these tests."""
    application, owner = settings.DATABASES["default"], settings.DATABASE_OWNER
    return {"DATABASE_URL": _url(application, database), "DATABASE_OWNER_URL": _url(owner, database)}


def truncate() -> None:
    """Empty every table but the organisations, as the owner: the application may not."""
    with as_owner(connections["default"].settings_dict["NAME"]) as owner:
        rows = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        names = [sql.Identifier(name) for (name,) in rows if name not in KEEP]
        owner.execute(EMPTIES_THE_LOG)
        owner.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(names)))


def remove_organisations(owner: psycopg.Connection[Any]) -> None:
    """Leave the database as the first migrate does: without the two organisations, and all that is theirs."""
    owner.execute(EMPTIES_THE_LOG)
    owner.execute("TRUNCATE staff_organisation CASCADE")


def sign_in(client: Client, person: Person) -> Client:
    """Give the client a session of this person, as the login page would."""
    session = client.session
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session[ORGANISATION_KEY], session[ROW_KEY] = person.organisation_id, session_of(person, Door.PAGE).pk
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""
    return client


def bearer(person: Person) -> dict[str, str]:
    """The request headers of an API client of this person: client.get(url, headers=bearer(person)).

    The same session each time, as one client has it.
    """
    with _uncounted(), tenancy.organisation(person.organisation_id):
        tokens = sessions.first_tokens(session_of(person, Door.API), now=timezone.now())
    return {"Authorization": f"Bearer {tokens['access']}"}


def session_of(person: Person, door: Door) -> Session:
    """The open session of this person at this door, or a new one."""
    now = timezone.now()
    with _uncounted(), tenancy.organisation(person.organisation_id):
        mine = Session.objects.filter(person=person, door=door, ended_at=None, good_until__gt=now)
        return mine.filter(token_version=person.token_version).first() or sessions.open_session(
            person, door=door, visitor=DEVICE, needs_second_factor=False, now=now
        )


@contextmanager
def _uncounted() -> Iterator[None]:
    """What a test needs for having a session is no part of the queries that it counts."""
    log = connections["default"].queries_log
    before = len(log)
    yield
    while len(log) > before:
        log.pop()


def _base() -> str:
    return f"test_{HOME}"


def _template() -> str:
    """The migrated template database, made again only when a migration changed."""
    digest = hashlib.sha256()
    for path in sorted(Path(settings.BASE_DIR).glob("*/migrations/*.py")):
        digest.update(path.read_bytes())
    for module in (tenancy, auditing):
        digest.update(Path(module.__file__ or "").read_bytes())
    name = f"{_base()}_template_{digest.hexdigest()[:12]}"
    with as_owner() as owner:
        found = [other for other in _databases(owner) if "_template_" in other]
        if name in found:
            return name
        for old in found:
            owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(old)))
    _build(name)
    return name


def _build(name: str) -> None:
    draft = name + "_draft"
    with as_owner() as owner:
        owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(draft)))
        owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(draft)))
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "migrate", "--verbosity", "0"]
    subprocess.run(command, check=True, env={**os.environ, **urls_of(draft)})  # noqa: S603
    with as_owner(draft) as owner:
        owner.execute(
            "INSERT INTO staff_organisation "
            "(id, name, slug, prefix, currency, timezone, second_step, last_employee_number, created_at) "
            "OVERRIDING SYSTEM VALUE VALUES "
            "(%s, 'Ace Mall', 'acemall', 'ACE', 'NGN', 'Africa/Lagos', 'nobody', 0, now()), "
            "(%s, 'Other Mart', 'othermart', 'OTM', 'GBP', 'Europe/London', 'nobody', 0, now())",
            [ACE, OTHER],
        )
        owner.execute(EMPTIES_THE_LOG)
        owner.execute("TRUNCATE staff_auditentry, staff_auditlink, staff_audithead")
    # Renamed only once whole: a killed build leaves a draft, never a broken template.
    with as_owner() as owner:
        owner.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name)))


def _url(settings_dict: dict[str, Any], database: str) -> str:
    user, password = quote(settings_dict["USER"], safe=""), quote(settings_dict["PASSWORD"], safe="")
    return f"postgresql://{user}:{password}@{settings_dict['HOST']}:{settings_dict['PORT']}/{database}"


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with open(Path(tempfile.gettempdir()) / f"{_base()}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

"""Looks at the servers that the product stands on."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

import psycopg
from django.conf import settings
from django.db.migrations.loader import MigrationLoader
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from monitoring.looks.site import Seen, Site, State, well

# Seconds that a Valkey may take to answer.
PATIENCE = 0.5
CLOCKS_APART = timedelta(seconds=5)
NAMED = 3

ROLE = """
SELECT current_user, rolsuper OR rolbypassrls,
    EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'public' AND c.relowner = r.oid)
FROM pg_roles r WHERE rolname = current_user
"""


def database(site: Site) -> Seen:
    """Whether PostgreSQL takes a new connection and answers on it."""
    try:
        site.connect()
        ((version,),) = site.ask("SHOW server_version")
    except psycopg.Error as error:
        site.give_up()
        return Seen(State.CRITICAL, f"PostgreSQL does not answer: {_first_line(error)}.")
    return well(f"PostgreSQL {version} answers.")


def migrations(site: Site) -> Seen:
    """Whether every migration of this version has run. More than those is fine: a newer version is coming."""
    pending = sorted(_known_migrations() - set(site.ask("SELECT app, name FROM django_migrations")))
    if not pending:
        return well("Every migration has run.")
    names = ", ".join(f"{app}.{name}" for app, name in pending[:NAMED]) + (" …" if len(pending) > NAMED else "")
    return Seen(State.CRITICAL, f"{len(pending)} migrations have not run: {names}.")


@lru_cache(maxsize=1)
def _known_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).graph.nodes)


def role(site: Site) -> Seen:
    """Whether row-level security binds the role that web and workers log in as."""
    ((name, passes_over, owns),) = site.ask(ROLE)
    if passes_over or owns:
        why = "passes over row-level security" if passes_over else "owns tables"
        return Seen(State.CRITICAL, f"The application logs in as {name}, which {why}.")
    return well(f"Row-level security binds {name}.")


def clock(site: Site) -> Seen:
    """Whether this machine and PostgreSQL agree on the time."""
    ((theirs,),) = site.ask("SELECT clock_timestamp()")
    apart = abs(theirs - site.now)
    if apart > CLOCKS_APART:
        return Seen(State.DEGRADED, f"This machine's clock and PostgreSQL's are {apart.total_seconds():.0f} s apart.")
    return well("The clocks agree.")


def cache(site: Site) -> Seen:
    """Whether the cache answers. Without it every page is built from the database."""
    return _valkey("cache", settings.REDIS_URL)


def broker(site: Site) -> Seen:
    """Whether the broker answers. Without it jobs wait, and the outbox keeps what is to be told."""
    return _valkey("broker", settings.BROKER_URL)


def _valkey(name: str, url: str) -> Seen:
    # Without retries: a server that hangs costs its half second once.
    client = Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0))
    try:
        client.ping()
    except (RedisError, OSError) as error:
        return Seen(State.DEGRADED, f"The {name} does not answer: {_first_line(error)}.")
    finally:
        client.close()
    return well(f"The {name} answers.")


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".") or type(error).__name__

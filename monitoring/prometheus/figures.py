"""Figures that are asked for when somebody scrapes: the business, tasks, PostgreSQL and Valkey.

Each source is asked at most once in a few seconds by each process, with a second's patience. One that does not
answer is left out, never zero, and `acemall_source_up` says so.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from monitoring.prometheus import judged, tasks
from monitoring.traffic import store

log = logging.getLogger(__name__)

FRESH = 5.0  # seconds for which an answer is used again
PATIENCE = "1s"  # of a query
MOST_TABLES = 10

# name: (what it says, the SQL that answers it); counters end in _total
POSTGRESQL = {
    "acemall_postgresql_connections": ("Connections in use.", "(SELECT sum(numbackends) FROM pg_stat_database)"),
    "acemall_postgresql_connections_max": ("Connections that the server takes.", "current_setting('max_connections')"),
    "acemall_postgresql_database_size_bytes": ("Size on disk.", "pg_database_size(current_database())"),
    "acemall_postgresql_blocks_hit_total": ("Blocks found in memory.", "d.blks_hit"),
    "acemall_postgresql_blocks_read_total": ("Blocks read from disk.", "d.blks_read"),
    "acemall_postgresql_cache_hit_ratio": (
        "Share of blocks found in memory since the statistics began.",
        "d.blks_hit / nullif(d.blks_hit + d.blks_read, 0)::float",
    ),
    "acemall_postgresql_commits_total": ("Transactions committed.", "d.xact_commit"),
    "acemall_postgresql_rollbacks_total": ("Transactions rolled back.", "d.xact_rollback"),
    "acemall_postgresql_deadlocks_total": ("Deadlocks.", "d.deadlocks"),
    "acemall_postgresql_temporary_bytes_total": ("Written to disk by sorts too large for memory.", "d.temp_bytes"),
}
DEAD_TUPLES = "SELECT relname, n_dead_tup FROM pg_stat_user_tables ORDER BY n_dead_tup DESC, relname LIMIT %s"

BUSINESS = {
    "organisations": "Organisations that are not suspended.",
    "people": "People who are employed.",
    "published_shifts": "Published shifts that have not ended.",
    "unread_notifications": "Notifications that nobody has read.",
    "outbox_waiting": "Messages that are due and not delivered.",
    "outbox_dead": "Messages given up after their last attempt.",
    "outbox_oldest_seconds": "How long the oldest waiting message has been due.",
}

# name: (what it says, field of INFO)
VALKEY = {
    "acemall_valkey_memory_bytes": ("Memory in use.", "used_memory"),
    "acemall_valkey_memory_max_bytes": ("Memory that it may use; 0 is no limit.", "maxmemory"),
    "acemall_valkey_clients": ("Connected clients.", "connected_clients"),
    "acemall_valkey_keyspace_hits_total": ("Keys that were found.", "keyspace_hits"),
    "acemall_valkey_keyspace_misses_total": ("Keys that were not.", "keyspace_misses"),
    "acemall_valkey_evicted_keys_total": ("Keys dropped for want of memory.", "evicted_keys"),
    "acemall_valkey_expired_keys_total": ("Keys whose time was over.", "expired_keys"),
}


class Figures(Collector):
    """The collector that the scrape page registers."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("acemall_source_up", "Whether a source of figures answered.", labels=["source"])
        for name, source in SOURCES.items():
            found = source.ask()
            up.add_metric([name], float(found is not None))
            yield from found or ()
        yield up


class Source:
    """One place to ask, at most every few seconds; None when it did not answer."""

    def __init__(self, read: Callable[[], Iterable[Metric]]) -> None:
        self.read = read
        self.lock = threading.Lock()
        self.at = float("-inf")
        self.found: list[Metric] | None = None

    def ask(self) -> list[Metric] | None:
        with self.lock:
            if time.monotonic() - self.at > FRESH:
                self.found = self._read()
                self.at = time.monotonic()
            return self.found

    def _read(self) -> list[Metric] | None:
        try:
            return list(self.read())
        except (DatabaseError, redis.RedisError, OSError) as error:
            log.warning("Figures could not be read: %s", error)
            return None


def _postgresql() -> Iterator[Metric]:
    columns = ", ".join(sql for _, sql in POSTGRESQL.values())
    rows = _query(f"SELECT {columns} FROM pg_stat_database d WHERE d.datname = current_database()")
    for (name, (text, _)), value in zip(POSTGRESQL.items(), rows[0], strict=True):
        yield _metric(name, text, value)
    dead = GaugeMetricFamily("acemall_postgresql_dead_tuples", "Rows that vacuum has yet to remove.", labels=["table"])
    for table, count in _query(DEAD_TUPLES, (MOST_TABLES,)):
        dead.add_metric([table], count)
    yield dead


def _business() -> Iterator[Metric]:
    for name, value in _query("SELECT name, value FROM installation_figures()"):
        yield _metric(f"acemall_{name}", BUSINESS[name], value)


def _query(sql: str, parameters: tuple[int, ...] = ()) -> list[tuple[Any, ...]]:
    # A savepoint where the request has a transaction: a query that runs out of time must not take it along.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [PATIENCE])
        cursor.execute(sql, parameters or None)
        return cursor.fetchall()


def _valkey() -> Iterator[Metric]:
    urls = {"cache": str(settings.CACHES["default"]["LOCATION"]), "broker": settings.BROKER_URL}
    infos: dict[str, Any] = {server: store.client_of(url).info() for server, url in urls.items()}
    for name, (text, field) in VALKEY.items():
        metric = _metric(name, text, labels=["server"])
        for server, info in infos.items():
            metric.add_metric([server], float(info[field]))
        yield metric


def _metric(
    name: str, text: str, value: float | None = None, labels: list[str] | None = None
) -> CounterMetricFamily | GaugeMetricFamily:
    family = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
    return family(name, text, value=None if value is None else float(value), labels=labels)


SOURCES = {
    "business": Source(_business),
    "postgresql": Source(_postgresql),
    "valkey": Source(_valkey),
    "tasks": Source(tasks.metrics),
    "alerts": Source(judged.metrics),
}

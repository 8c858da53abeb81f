"""Stamps: what a copy was made from, and `touch`, which moves them when a change commits."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.db.models.signals import post_delete, post_save

from config import epoch, tenancy
from config.caching import server
from config.caching.entries import DOOR, ENTRIES, Entry, Reads

log = logging.getLogger(__name__)

# Changes that nobody sees of anybody: they move no copies at all.
UNSEEN = {"staff.Person": frozenset({"last_login"})}
# Changes that only the person themselves notices, whose tokens they end: they move that person's copies alone.
UNSEEN_BY_OTHERS = {"staff.Person": UNSEEN["staff.Person"] | {"password", "token_version"}}


def touch(model: str, **columns: Iterable[int]) -> None:
    """Make stale, once the transaction commits, what was read from these rows of a model.

    Saves and deletes of instances do this by themselves; say it after update(), bulk_create(), bulk_update() and SQL.
    `touch("roster.Assignment", person_id=[3, 4])` names whose rows they are; without a column it is everybody's.
    """
    _after_commit({f"{_home()}{model}"} | _rows(model, columns))


def touch_own(model: str, **columns: Iterable[int]) -> None:
    """The same for what nobody sees but whose row it is: copies that read the whole model stay."""
    _after_commit(_rows(model, columns))


def _rows(model: str, columns: Mapping[str, Iterable[int]]) -> set[str]:
    watched = WATCHED.get(model)
    if watched is None:
        raise LookupError(f"No entry of ENTRIES reads {model}.")
    unknown = columns.keys() - watched
    if unknown:
        raise LookupError(f"No entry reads {model} by {', '.join(sorted(unknown))}.")
    names: set[str] = set()
    for column in watched - {""}:
        values, home = columns.get(column), f"{_home()}{model}:"
        names |= {f"{home}*"} if values is None else {f"{home}{column}={value}" for value in values}
    return names


def touch_everything() -> None:
    """Make every copy of every organisation stale, once the transaction commits: after a load or a restore."""
    transaction.on_commit(_forget)


def stamps_of(entry: Entry, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """The stamps that a copy with these arguments is made from, in a fixed order."""
    whose = _number(arguments[entry.whose]) if entry.whose in arguments else None
    return tuple(dict.fromkeys(_stamps(_home(), entry.reads, whose)))


def door_of(organisation: int, person: int) -> tuple[str, ...]:
    """The stamps of what lets a person in: they move before a disabled person or an ended token is told so."""
    return tuple(_stamps(_home(organisation), DOOR, person))


def are_moving(stamps: Iterable[str]) -> bool:
    """Whether this transaction has changed something that the copy is made from: what it reads now is not yet true
    for others, and may never be."""
    moving = set().union(*(hook.names for hook in _pending()))
    return not moving.isdisjoint(stamps)


def connect() -> None:
    """Follow every model of the organisations that ENTRIES reads. Called once, when the apps are ready."""
    for label, columns in WATCHED.items():
        if not issubclass(apps.get_model(label), tenancy.Owned):
            continue  # the organisation itself is the operator's, whose commands say touch()
        receiver = _Receiver(label, columns)
        for signal in (post_save, post_delete):
            signal.connect(receiver, sender=apps.get_model(label), weak=False, dispatch_uid=f"caching:{label}")


class _Receiver:
    """Touches one model's stamps for a row that was saved or deleted."""

    def __init__(self, label: str, columns: frozenset[str]) -> None:
        self.label, self.columns = label, columns - {""}
        self.unseen = UNSEEN.get(label, frozenset())
        self.own = UNSEEN_BY_OTHERS.get(label, frozenset())

    def __call__(self, instance: models.Model, update_fields: frozenset[str] | None = None, **_signal: Any) -> None:
        if update_fields is not None and update_fields <= self.unseen:
            return
        say = touch_own if update_fields is not None and update_fields <= self.own else touch
        say(self.label, **{column: [getattr(instance, column)] for column in self.columns})


class _Moving:
    """Stamps that move when the transaction commits."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def __call__(self) -> None:
        """Move them; if the cache server cannot be told, PostgreSQL counts a new epoch, which no old copy survives."""
        try:
            server.move(self.names)
        except server.Unavailable:
            _begin_epoch()


def _forget() -> None:
    try:
        server.clear()
    except server.Unavailable:
        _begin_epoch()


def _begin_epoch() -> None:
    begun = time.monotonic()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('cache_epoch')")
    except DatabaseError:
        # The change is committed and may not fail any more. Copies made before it live until their TTL.
        log.critical("Neither the cache server nor PostgreSQL could be told of a change.", exc_info=True)
        connection.close_if_unusable_or_obsolete()
        return
    epoch.wait_until_known(begun)


def _after_commit(names: set[str]) -> None:
    """One hook for all changes between two savepoints: a rollback to one of them forgets its hooks and no others."""
    for hook in _pending(savepoints=set(connection.savepoint_ids)):
        hook.names |= names
        return
    transaction.on_commit(_Moving(names))


def _pending(savepoints: set[str] | None = None) -> Iterator[_Moving]:
    for sids, hook, *_ in connection.run_on_commit:
        if isinstance(hook, _Moving) and savepoints in (None, set(sids)):
            yield hook


def _stamps(home: str, all_reads: Iterable[Reads], whose: int | None) -> Iterator[str]:
    for reads in all_reads:
        if not reads.column:
            yield f"{home}{reads.model}"
        elif whose is None:
            raise LookupError(f"The rows of {reads.model} are read by {reads.column}, and nobody says whose they are.")
        else:
            yield f"{home}{reads.model}:{reads.column}={whose}"
            yield f"{home}{reads.model}:*"


def _number(value: Any) -> int:
    return value.pk if isinstance(value, models.Model) else value


def _home(organisation: int | None = None) -> str:
    organisation = tenancy.current() if organisation is None else organisation
    if organisation is None:
        raise LookupError("Copies belong to an organisation, and none has been entered.")
    return f"{server.PREFIX}{organisation}:stamp:"


def _watched() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for reads in (*DOOR, *(reads for entry in ENTRIES.values() for reads in entry.reads)):
        found[reads.model].add(reads.column)
    return {label: frozenset(columns) for label, columns in found.items()}


# Model label → the columns by which entries read it; "" where one reads every row.
WATCHED = _watched()

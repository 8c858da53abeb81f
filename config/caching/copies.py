"""`cached`: a selector whose answer is kept until something that it read changes."""

from __future__ import annotations

import hashlib
import inspect
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property, update_wrapper
from types import UnionType
from typing import Any, Generic, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from django.conf import settings
from django.db.models import Model
from django.utils import timezone

from config import tenancy
from config.caching import server, tally
from config.caching.entries import ENTRIES, Entry
from config.caching.stamps import are_moving, stamps_of

P = ParamSpec("P")
T = TypeVar("T")

HIT, MISS, BYPASS = "HIT", "MISS", "BYPASS"
PLAIN = (str, int, Decimal, date, timedelta, type(None))  # bool is an int, datetime a date

# Seconds. A builder that dies keeps the others waiting so long; then one of them builds.
BUILDS_WITHIN = WAITS_FOR = 10.0
FIRST_PAUSE, LAST_PAUSE = 0.01, 0.1

_seen: ContextVar[Seen | None] = ContextVar("cache_seen", default=None)


@dataclass(slots=True)
class Seen:
    """What became of the entries that were asked for: {entry: worst outcome}. And what their answers were made from:
    the stamps with the values that they had then, and until when all of it is good, in seconds since 1970.

    It is `torn` when two answers saw different values of one stamp: something changed between them. `queries` are
    those that the database was asked outside of what builds copies, for who counts them by `see_query`.
    """

    outcomes: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, bytes] = field(default_factory=dict)
    until: float = float("inf")
    torn: bool = False
    queries: int = 0
    building: bool = False

    def see_query(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        """A wrapper for Django's connection.execute_wrapper()."""
        self.queries += not self.building
        return execute(*arguments)

    def note(self, name: str, outcome: str) -> None:
        self.outcomes[name] = worst([outcome, self.outcomes.get(name, HIT)])

    def made_from(self, tokens: Mapping[str, bytes], until: float) -> None:
        self.torn = self.torn or any(self.tokens.get(name, token) != token for name, token in tokens.items())
        self.tokens.update(tokens)
        self.until = min(self.until, until)


@dataclass(frozen=True, slots=True)
class Until(Generic[T]):
    """An answer that the clock makes stale: good until then, however long its entry may live."""

    answer: T
    until: datetime | None


def cached(name: str) -> Callable[[Callable[P, T | Until[T]]], Callable[P, T]]:
    """Keep what a selector returns under the entry `name` of ENTRIES, for as long as nothing that it read changes.

    The arguments are the whole key: plain values, or saved rows of models that the entry reads, which stand for
    themselves by their id. What is returned is bytes, or anything that msgspec encodes by the return annotation
    (frozen dataclasses, tuples, dates, decimals); it comes back as equal values, instants in UTC.
    """
    return lambda selector: Cached(name, selector)


class Cached(Generic[P, T]):
    """A selector with its copies."""

    def __init__(self, name: str, selector: Callable[P, T | Until[T]]) -> None:
        self.name, self.selector = name, selector
        self.entry: Entry = ENTRIES[name]
        self.signature = inspect.signature(selector)
        update_wrapper(self, selector)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer: kept, or built and kept."""
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        key, stamps = _key(self, bound.arguments), stamps_of(self.entry, bound.arguments)
        return Copy(self.name, key, stamps, self.codec).obtain(lambda: self.selector(*args, **kwargs))

    @cached_property
    def codec(self) -> Codec[T]:
        """By the return annotation, which can be read only once all modules are there."""
        return Codec(get_type_hints(self.selector)["return"])


class Codec(Generic[T]):
    """Answers to bytes and back, by their type; bytes stay as they are."""

    def __init__(self, type_: Any) -> None:
        # A selector that may say Until is annotated as a union of both.
        parts = get_args(type_) if get_origin(type_) in (Union, UnionType) else ()
        says_until = any(get_origin(part) is Until for part in parts)
        self.type = next(part for part in parts if get_origin(part) is not Until) if says_until else type_
        self._decoder = msgspec.msgpack.Decoder(self.type)

    def encode(self, answer: T) -> bytes:
        return answer if isinstance(answer, bytes) else msgspec.msgpack.encode(answer)

    def decode(self, raw: bytes) -> T:
        """Raises MsgspecError for what another version of the program has kept."""
        return raw if self.type is bytes else self._decoder.decode(raw)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Vacancy:
    """A place without a fresh copy; with a lock it is ours to fill."""

    reading: server.Reading
    lock: str | None


@dataclass(frozen=True, slots=True)
class Copy(Generic[T]):
    """One copy: where it stands, what it is made from, and how it is written."""

    name: str
    key: str
    stamps: tuple[str, ...]
    codec: Codec[T]

    def obtain(self, build: Callable[[], T | Until[T]]) -> T:
        """The copy's answer, or what `build` makes."""
        if not settings.CACHE_ENABLED or are_moving(self.stamps):
            return self._bypass(build)
        try:
            found = self._look()
        except server.Unavailable:
            return self._bypass(build)
        if isinstance(found, Vacancy):
            _note(self.name, MISS)
            return self._fill(found, build)
        _note(self.name, HIT)
        return found[0]

    def _look(self) -> tuple[T] | Vacancy:
        """A fresh answer; else the lock to build it, or after WAITS_FOR seconds of somebody else's building neither."""
        epoch, lock = tenancy.cache_epoch(), None
        reading = server.read(self.key, self.stamps, epoch)
        pause, gives_up = 0.0, time.monotonic() + WAITS_FOR
        while (found := self._readable(reading.copy)) is None:
            if lock or time.monotonic() > gives_up:
                return Vacancy(reading, lock)
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311  # only so that they do not all look at once
            reading, lock = server.read_locking(self.key, self.stamps, epoch, seconds=BUILDS_WITHIN)
            pause = min(max(pause * 2, FIRST_PAUSE), LAST_PAUSE)
        # Somebody finished between our look and our lock.
        server.release(self.key, lock)
        _made_from(reading, reading.until)
        return found

    def _readable(self, copy: bytes | None) -> tuple[T] | None:
        """What a copy says. An unreadable one was kept by another version of the program; ours takes its place."""
        if copy is None:
            return None
        try:
            return (self.codec.decode(copy),)
        except msgspec.MsgspecError:
            return None

    def _fill(self, vacancy: Vacancy, build: Callable[[], T | Until[T]]) -> T:
        """Build, and keep the copy under the seal that was read before: a change meanwhile leaves it stale."""
        seconds = 0.0
        try:
            with _building():
                found = build()
            answer = _answer(found)
            seconds = self._lives(found)
        finally:
            # The answer is there, or an error: a server that goes away now takes nothing from either.
            with suppress(server.Unavailable):
                if seconds > 0:
                    copy, seal = self.codec.encode(answer), vacancy.reading.seal
                    server.keep(self.key, seal, copy, seconds=seconds, lock=vacancy.lock)
                else:
                    server.release(self.key, vacancy.lock)
        _made_from(vacancy.reading, time.time() + seconds)
        return answer

    def _lives(self, found: T | Until[T]) -> float:
        """Seconds: the entry's TTL, 10 % more or less so that copies made together do not end together."""
        ttl = ENTRIES[self.name].ttl(self.name) * random.uniform(0.9, 1.1)  # noqa: S311
        until = found.until if isinstance(found, Until) else None
        return min(ttl, (until - timezone.now()).total_seconds()) if until else ttl

    def _bypass(self, build: Callable[[], T | Until[T]]) -> T:
        _note(self.name, BYPASS)
        return _answer(build())


def _answer(found: T | Until[T]) -> T:
    return found.answer if isinstance(found, Until) else found


@contextmanager
def watching() -> Iterator[Seen]:
    """What becomes of the entries that are asked for within the block, and what their answers were made from."""
    seen = Seen()
    token = _seen.set(seen)
    try:
        yield seen
    finally:
        _seen.reset(token)


def good_until(moment: datetime | None) -> None:
    """Say of an answer that reads the clock beside its copies until when it stays as it is; None for ever."""
    seen = _seen.get()
    if seen and moment:
        seen.until = min(seen.until, moment.timestamp())


def _note(name: str, outcome: str) -> None:
    tally.count(name, outcome)
    seen = _seen.get()
    if seen:
        seen.note(name, outcome)


@contextmanager
def _building() -> Iterator[None]:
    """What is asked of the database within the block is what the copy's own stamps stand for."""
    seen = _seen.get()
    if seen is None or seen.building:
        yield
        return
    seen.building = True
    try:
        yield
    finally:
        seen.building = False


def _made_from(reading: server.Reading, until: float) -> None:
    seen = _seen.get()
    if seen:
        seen.made_from(reading.tokens, until)


def worst(found: list[str]) -> str:
    """BYPASS before MISS before HIT."""
    return min(found, key=(BYPASS, MISS, HIT).index)


def _key(selector: Cached[Any, Any], arguments: Mapping[str, Any]) -> str:
    """The organisation, the selector and all of its arguments."""
    words = [f"{name}={_plain(selector, name, value)!r}" for name, value in arguments.items()]
    text = "|".join([f"{selector.selector.__module__}.{selector.selector.__qualname__}", *words])
    digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    return f"{server.PREFIX}{tenancy.current()}:copy:{selector.name}:{digest}"


def _plain(selector: Cached[Any, Any], name: str, value: Any) -> Any:
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, Model) and value._meta.label in {reads.model for reads in selector.entry.reads}:
        return value.pk
    raise TypeError(f"{selector.name}: the argument {name} must be a plain value or a row that the entry reads.")

"""The conversation with the cache server: half a second at most, one round trip a read, one kind of exception."""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.connection import AbstractConnection, ConnectionInterface
from redis.retry import Retry

from config.caching.breaker import Breaker, NotNow

T = TypeVar("T")

PREFIX = "ace:"
EPOCH, INCARNATION = f"{PREFIX}epoch", f"{PREFIX}incarnation"
SEAL, LIFE = 16, 8  # bytes before each copy: what it was made from, and until when it is good, in milliseconds
FORMAT = b"2"  # of what stands under a key; what another version of the program has kept carries another seal
MOST_AT_ONCE = 1000

# A server that was started again may have come back with the data of an earlier hour: nothing of it is believed.
RECOGNISE = f"""
if redis.call('GET', '{INCARNATION}') ~= ARGV[1] then
  redis.call('SET', '{INCARNATION}', ARGV[1])
  redis.call('SET', '{EPOCH}', ARGV[2])
end
"""
# Only who holds the lock gives it back; a lock that ran out may be somebody else's by now.
KEEP = """
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if redis.call('GET', KEYS[2]) == ARGV[3] then redis.call('DEL', KEYS[2]) end
"""
RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"

breaker = Breaker()


class Unavailable(Exception):
    """The cache server cannot be asked now; build from the database."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What stands under a key, if it is fresh, and the seal that a fresh copy must carry now.

    `tokens` are the values of the stamps by name, the server's epoch among them; `until` is when the copy ends, in
    seconds since 1970.
    """

    copy: bytes | None
    seal: bytes
    tokens: Mapping[str, bytes]
    until: float


def read(key: str, stamps: Sequence[str], epoch: int) -> Reading:
    """The copy under `key`, if everything that it was made from still stands as it did. One round trip.

    `epoch` counts the times that a change could not be told to this server. Raises Unavailable.
    """
    names = [EPOCH, *stamps, key]
    (found,) = together(("MGET", *names))
    return _reading(names, found, epoch)


def read_locking(key: str, stamps: Sequence[str], epoch: int, *, seconds: float) -> tuple[Reading, str | None]:
    """The same, with a token where the caller is from now on the one to build the copy. One round trip.

    The lock comes first: who holds it and finds no copy knows that nobody has finished in between.
    """
    names, token = [EPOCH, *stamps, key], _token()
    taken, found = together(("SET", _lock(key), token, "NX", "PX", int(seconds * 1000)), ("MGET", *names))
    return _reading(names, found, epoch), token if taken else None


def keep(key: str, seal: bytes, copy: bytes, *, seconds: float, lock: str | None) -> None:
    """Keep a copy behind the seal that was read before it was built, and give back the lock. Raises Unavailable."""
    milliseconds = max(int(seconds * 1000), 1)
    life = (int(time.time() * 1000) + milliseconds).to_bytes(LIFE)
    ask(lambda client: client.eval(KEEP, 2, key, _lock(key), seal + life + copy, milliseconds, lock or ""))


def release(key: str, lock: str | None) -> None:
    """Give back the lock of a copy that could not be built or kept. Raises Unavailable."""
    if lock:
        ask(lambda client: client.eval(RELEASE, 1, _lock(key), lock))


def move(stamps: Iterable[str]) -> None:
    """Give every stamp a new value: copies that were made from what they stand for are stale. Raises Unavailable."""
    names = sorted(stamps)
    for start in range(0, len(names), MOST_AT_ONCE):
        fresh: Mapping[Any, Any] = {name: _token() for name in names[start : start + MOST_AT_ONCE]}
        ask(lambda client, fresh=fresh: client.mset(fresh))  # type: ignore[misc]


def clear() -> None:
    """Make every copy of every organisation stale at once. Raises Unavailable."""
    ask(lambda client: client.set(EPOCH, _token()))


def ask(work: Callable[[redis.Redis], T]) -> T:
    """Ask the server once; whatever goes wrong is Unavailable, and the breaker hears of it."""
    try:
        with breaker.asking():
            return work(client())
    except NotNow as error:
        raise Unavailable("The cache server did not answer just now.") from error
    except (redis.RedisError, OSError) as error:
        raise Unavailable(f"The cache server does not do what it is asked: {error}") from error


def together(*commands: tuple[Any, ...]) -> list[Any]:
    """The replies to several commands, in one round trip on this thread's own connection. Raises Unavailable.

    For what every request asks: taking a connection out of the pool and putting it back costs twice the round trip.
    """
    return ask(lambda client: _exchange(_line(client), commands))


def _exchange(line: ConnectionInterface, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
    try:
        line.send_packed_command(line.pack_commands(commands), check_health=False)
        return [line.read_response() for _ in commands]
    except BaseException:
        line.disconnect()  # what was not read would be the next request's answer
        raise


class _Line(threading.local):
    """A thread's connection, and whose it is: a forked child and another server need one of their own."""

    owner: tuple[int, redis.Redis] | None = None
    connection: ConnectionInterface | None = None


_lines = _Line()


def _line(client: redis.Redis) -> ConnectionInterface:
    owner, line = (os.getpid(), client), _lines.connection
    if line is None or _lines.owner != owner:
        line = client.connection_pool.make_connection()
        _lines.owner, _lines.connection = owner, line
    elif _has_ended(line):
        line.disconnect()  # it connects again when it is asked
    return line


def _has_ended(line: ConnectionInterface) -> bool:
    """Nothing was asked, so whatever can be read is its end."""
    try:
        return line.is_connected and line.can_read()
    except redis.ConnectionError:
        return True


def client() -> redis.Redis:
    """The client of this process; its pool is shared by the process's threads."""
    return _client(str(settings.CACHES["default"]["LOCATION"]))


@lru_cache(maxsize=4)
def _client(url: str) -> redis.Redis:
    # No retries of the library's own: a connection that broke may be a server that has lost what it was told.
    pool = redis.BlockingConnectionPool.from_url(
        url,
        # A web process has a handful of threads. More of them wait for each other, which is not the server's fault.
        max_connections=16,
        timeout=5,
        socket_timeout=settings.CACHE_TIMEOUT,
        socket_connect_timeout=settings.CACHE_TIMEOUT,
        retry=Retry(NoBackoff(), 0),
        redis_connect_func=_recognise,
    )
    return redis.Redis(connection_pool=pool)


def _recognise(connection: AbstractConnection) -> None:
    """At each new connection: a server that is not the one we knew begins a new epoch, before anything is read."""
    connection.on_connect()
    connection.send_command("INFO", "server")
    known = dict(line.split(":", 1) for line in _text(connection.read_response()).splitlines() if ":" in line)
    connection.send_command("EVAL", RECOGNISE, 0, known["run_id"], _token())
    connection.read_response()


def _reading(names: list[str], found: list[bytes | None], epoch: int) -> Reading:
    *tokens, copy = found
    if None in tokens:
        tokens = _settled(names[:-1], tokens)
    seal = _seal(tokens, epoch)
    read: Mapping[str, bytes] = dict(zip(names[:-1], tokens, strict=True))  # type: ignore[arg-type]  # settled
    if not copy or copy[:SEAL] != seal:
        return Reading(None, seal, read, 0)
    return Reading(copy[SEAL + LIFE :], seal, read, int.from_bytes(copy[SEAL : SEAL + LIFE]) / 1000)


def _settled(names: list[str], tokens: list[bytes | None]) -> list[bytes | None]:
    """Stamps that nobody has made yet, or that a full server dropped, are made; then all are read again."""
    missing = [("SET", name, _token(), "NX") for name, token in zip(names, tokens, strict=True) if token is None]
    found: list[bytes | None] = together(*missing, ("MGET", *names))[-1]
    if None in found:
        raise Unavailable("The cache server drops what it is given.")
    return found


def _seal(tokens: Iterable[bytes | None], epoch: int) -> bytes:
    digest = hashlib.blake2b(str(epoch).encode(), digest_size=SEAL, key=installation(), person=FORMAT)
    for token in tokens:
        digest.update(b"|" + (token or b""))
    return digest.digest()


def installation() -> bytes:
    """What tells this installation's copies from another's on the same server, which somebody gave both by mistake,
    and this release's from those of the one before, which may word them differently."""
    return _installation(settings.SECRET_KEY, settings.DATABASES["default"]["NAME"], settings.GIT_COMMIT)


@lru_cache(maxsize=4)
def _installation(secret: str, *parts: str) -> bytes:
    return hashlib.blake2b("|".join(parts).encode(), digest_size=16, key=secret.encode()[:64]).digest()


def _lock(key: str) -> str:
    return f"{key}:lock"


def _token() -> str:
    return secrets.token_hex(8)


def _text(reply: Any) -> str:
    return reply.decode() if isinstance(reply, bytes) else str(reply)

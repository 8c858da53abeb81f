"""LIMITS: how often anybody may ask, in one table, counted exactly however many ask at once.

Counting happens on the cache server, in one script and one round trip for all limits of a request. Without that server
ordinary requests are let through and counted as BYPASS; credentials are counted in PostgreSQL instead.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest

from config.caching import server, tally
from config.errors import TooMany

USER, ADDRESS = "user", "address"
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
ANY = WRITES | {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Limit:
    """So many in so many seconds. With a `burst` a bucket that holds that many and fills at the rate, else an exact
    window: never more than `amount` within any `seconds`.

    `of` is whom it counts: the user, else the address; or always the address. `row` is its id in the contract.
    """

    row: str
    amount: int
    seconds: int
    of: str
    paths: re.Pattern[str]
    methods: frozenset[str] = ANY
    burst: int = 0
    outlives_outages: bool = False

    @property
    def most(self) -> int:
        """How many may come at once."""
        return self.burst or self.amount


CREDENTIALS = re.compile(
    r"^/(login(/code)?|password/.*|email/.*|account/(password|email|security/second-step)/.*"
    r"|account/privacy/download|people/\d+/export|api/v1/auth/(login|refresh|password/.*|email/.*|2fa/.*))$"
)
# Where a file comes in, on pages and in the API.
UPLOADS = re.compile(
    r"^/(account/documents/|people/\d+/documents/|people/\d+/contacts/guarantors/\d+/papers|"
    r"api/v1/staff/\d+/(documents|guarantors/\d+/papers)|admin/staff/(document/bulk|person/import)/)$"
)
# Where a copy of all that is kept about somebody goes out: as dear as a file that comes in.
EXPORTS = re.compile(r"^/(account/privacy/download|people/\d+/export|api/v1/gdpr/export)$")

LIMITS: dict[str, Limit] = {
    "api": Limit("R03", 100, 60, USER, re.compile(r"^/api/v1/"), burst=200),
    "bulk": Limit("R02", 10, 60, USER, re.compile(r"^/api/v1/(rosters/\d+/(publish|copy)|staff/import)$"), WRITES),
    "uploads": Limit("uploads", 10, 60, USER, UPLOADS, frozenset({"POST"})),
    "exports": Limit("exports", 10, 60, USER, EXPORTS, frozenset({"GET", "POST"})),
    "credentials": Limit("R06", 100, 15 * 60, ADDRESS, CREDENTIALS, WRITES, outlives_outages=True),
}
# Where a request carries decisions that were taken before Django saw it; a name that no HTTP header can take.
DECIDED = "ace.limits"
HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
# R07: so many wrong passwords for one e-mail address within the time lock it for the same time.
FAILURES, LOCKED_FOR = 5, 15 * 60

# For each key: amount, milliseconds, burst. All limits must allow a request before any of them counts it.
DECIDE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local answers, allowed, next = {}, true, {}
for i, key in ipairs(KEYS) do
  local amount, period, burst = tonumber(ARGV[i * 3]), tonumber(ARGV[i * 3 + 1]), tonumber(ARGV[i * 3 + 2])
  local left, wait
  if burst > 0 then
    local step = period / amount
    local full = math.max(tonumber(redis.call('GET', key) or now), now) + step
    left = math.floor(burst - (full - now) / step + 0.000001)
    wait = full - now - burst * step
    next[i] = full
  else
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now - period)
    left = amount - redis.call('ZCARD', key) - 1
    local oldest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
    wait = (oldest or now) + period - now
  end
  if left < 0 then allowed = false end
  answers[i] = {left, math.ceil(wait)}
end
if allowed then
  for i, key in ipairs(KEYS) do
    if next[i] then
      redis.call('SET', key, string.format('%.3f', next[i]), 'PX', math.ceil(next[i] - now))
    else
      redis.call('ZADD', key, now, ARGV[1])
      redis.call('PEXPIRE', key, ARGV[i * 3 + 1])
    end
  end
end
return answers
"""
# The account's failures, its lock; how many and how long.
FAIL = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('ZADD', KEYS[1], now, ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then
  redis.call('DEL', KEYS[1])
  return redis.call('SET', KEYS[2], 1, 'PX', ARGV[2], 'NX') and 1 or 0
end
return 0
"""


class Caller(Protocol):
    """Who a request says it is, by its verified token or session."""

    @property
    def organisation(self) -> int: ...
    @property
    def person(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Counted:
    """A limit that a request falls under, and the key under which it counts."""

    name: str
    limit: Limit
    key: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What one limit says of a request. `wait` is in whole seconds, and counts only where nothing is `left`."""

    name: str
    limit: Limit
    left: int
    wait: int

    @property
    def allows(self) -> bool:
        return self.left >= 0


def decide(request: HttpRequest, caller: Caller | None) -> list[Decision]:
    """What the limits of this request say, the strictest first; counted against all of them if all allow it."""
    decided: list[Decision] | None = request.META.get(DECIDED)
    if decided is not None:
        return decided
    counted = asked(request.META, request.method or "", request.path_info, caller)
    if not counted:
        return []
    try:
        (reply,) = server.together(command(counted))
        return decisions(counted, reply)
    except server.Unavailable:
        tally.count(tally.LIMITS, "BYPASS")
        counted = [each for each in counted if each.limit.outlives_outages]
        return _strictest_first(
            Decision(each.name, each.limit, *_count_in_postgres(each.key, each.limit)) for each in counted
        )


def asked(meta: Mapping[str, Any], method: str, path: str, caller: Caller | None) -> list[Counted]:
    """The limits that a request falls under, and where each counts it. `meta` is its WSGI environment."""
    return [
        Counted(name, limit, _key(name, limit, caller, meta))
        for name, limit in LIMITS.items()
        if method in limit.methods and limit.paths.match(path)
    ]


def command(counted: Sequence[Counted]) -> tuple[Any, ...]:
    """What asks the cache server to decide, and to count if all of the limits allow it."""
    shapes = [number for each in counted for number in (each.limit.amount, each.limit.seconds * 1000, each.limit.burst)]
    return ("EVAL", DECIDE, len(counted), *(each.key for each in counted), secrets.token_hex(8), "", *shapes)


def decisions(counted: Sequence[Counted], reply: Sequence[tuple[int, int]]) -> list[Decision]:
    """What the server answered to `command`, the strictest first."""
    return _strictest_first(
        Decision(each.name, each.limit, left, -(-wait // 1000))
        for each, (left, wait) in zip(counted, reply, strict=True)
    )


def headers(strictest: Decision) -> dict[str, str]:
    """What an answer says of the limit that is nearest."""
    reset = 0 if strictest.allows else strictest.wait
    values = (strictest.limit.most, max(strictest.left, 0), reset)
    return dict(zip(HEADERS, map(str, values), strict=True))


def _strictest_first(found: Iterable[Decision]) -> list[Decision]:
    return sorted(found, key=lambda decision: decision.left)


def refuse_locked(email: str) -> None:
    """Raise TooMany while an e-mail address is locked, whether or not it is anybody's."""
    account = _account(email)
    try:
        left: int = server.ask(lambda client: client.pttl(_lock(account)))
    except server.Unavailable:
        left = _locked_in_postgres(account)
    if left > 0:
        minutes = -(-left // 60_000)
        again = "in a minute" if minutes == 1 else f"in {minutes} minutes"
        raise TooMany(f"Too many wrong passwords: signing in is locked. Try again {again}.", wait=-(-left // 1000))


def failed(email: str) -> bool:
    """Count a wrong password; the fifth within 15 minutes locks the address for 15 minutes. Whether it just did."""
    account, arguments = _account(email), (FAILURES, LOCKED_FOR * 1000, secrets.token_hex(8))
    try:
        return bool(server.ask(lambda client: client.eval(FAIL, 2, account, _lock(account), *arguments)))
    except server.Unavailable:
        return _fail_in_postgres(account)


def forget(email: str) -> None:
    """A right password makes the wrong ones before it good."""
    account = _account(email)
    try:
        server.ask(lambda client: client.delete(account))
    except server.Unavailable:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM credential_attempt WHERE key = %s", [account])


def address_of(meta: Mapping[str, Any]) -> str:
    """The client's address as it is counted: an IPv6 address by its /64, which is one household's."""
    return _counted_as(client_of(meta))


def client_of(meta: Mapping[str, Any]) -> str:
    """The client's address: the connection's own, or through TRUSTED_PROXIES the last one that they do not vouch for.

    What a client writes into X-Forwarded-For itself stands left of that and is never believed.
    """
    here = str(meta.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in meta.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    while hops and _is_trusted(here):
        here = hops.pop()
    return here


@lru_cache(maxsize=4096)
def _counted_as(here: str) -> str:
    try:
        address = ipaddress.ip_address(here)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _is_trusted(address: str) -> bool:
    try:
        return any(ipaddress.ip_address(address) in network for network in settings.TRUSTED_PROXIES)
    except ValueError:
        return False


def _key(name: str, limit: Limit, caller: Caller | None, meta: Mapping[str, Any]) -> str:
    whom = f"{caller.organisation}:{caller.person}" if caller and limit.of == USER else address_of(meta)
    return f"{server.PREFIX}limit:{name}:{whom}"


def _count_in_postgres(key: str, limit: Limit) -> tuple[int, int]:
    """The same for an exact window, kept in PostgreSQL while the cache server is away."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        cursor.execute(
            "DELETE FROM credential_attempt WHERE key = %s AND at <= clock_timestamp() - %s * interval '1 second'",
            [key, limit.seconds],
        )
        cursor.execute(
            "SELECT count(*), ceil(extract(epoch FROM min(at) + %s * interval '1 second' - clock_timestamp())) "
            "FROM credential_attempt WHERE key = %s",
            [limit.seconds, key],
        )
        number, wait = cursor.fetchone()
        if number < limit.amount:
            cursor.execute("INSERT INTO credential_attempt (key) VALUES (%s)", [key])
        return limit.amount - number - 1, int(wait or limit.seconds)


def _fail_in_postgres(account: str) -> bool:
    window = Limit("R07", FAILURES, LOCKED_FOR, ADDRESS, CREDENTIALS)
    if _count_in_postgres(account, window)[0] > 0:
        return False
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM credential_attempt WHERE key = %s", [account])
        cursor.execute("INSERT INTO credential_attempt (key) VALUES (%s)", [_lock(account)])
    return True


def _locked_in_postgres(account: str) -> int:
    """Milliseconds that the account's lock still holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM max(at) + %s * interval '1 second' - clock_timestamp()) * 1000 "
            "FROM credential_attempt WHERE key = %s",
            [LOCKED_FOR, _lock(account)],
        )
        (left,) = cursor.fetchone()
    return max(int(left or 0), 0)


def _account(email: str) -> str:
    """The address itself stands nowhere but in its own row."""
    return f"{server.PREFIX}limit:account:{hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]}"


def _lock(account: str) -> str:
    return f"{account}:lock"

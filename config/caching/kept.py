"""Whole answers, kept beside the stamps they were made from, for whoever asks before Django is asked.

`config/fastpath.py` is the only user. An answer is kept when every part of it came from copies and nothing else was
asked of the database, so it is fresh for as long as their stamps, and those of the person's door, stand still.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from config.caching import server
from config.caching.copies import Seen

# Where a request carries its `Wanted`; a name that no HTTP header can take.
WANTED = "ace.wanted"
# Clocks that screens read beside their copies (the day, a reach's counts) strike at these marks, in every zone.
MARK = 5 * 60

# An answer of this epoch whose stamps have not moved, else the values of the door's stamps; those that nobody has made
# yet, or that a full server dropped, are made.
LOOK = """
local kept = redis.call('HMGET', KEYS[1], 'epoch', 'names', 'tokens', 'answer')
if kept[1] == ARGV[1] then
  local names = cmsgpack.unpack(kept[2])
  local now = redis.call('MGET', unpack(names))
  local whole = true
  for i = 1, #names do whole = whole and now[i] end
  if whole and table.concat(now, '|') == kept[3] then return {kept[4]} end
end
local door = redis.call('MGET', unpack(KEYS, 2))
for i = 1, #door do
  if not door[i] then
    redis.call('SET', KEYS[i + 1], ARGV[2])
    door[i] = ARGV[2]
  end
end
return {false, door}
"""


class Answer(msgspec.Struct, array_like=True):
    """What goes out again as it is. `headers` are those that every request gets alike, without the body's own."""

    route: str
    entries: list[str]
    etag: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(slots=True)
class Wanted:
    """A request whose answer may be kept; the view says of what it was made. Its clock is that of before it was made:
    `mark` is until when it may be good at all, in seconds since 1970."""

    key: str
    door: dict[str, bytes]
    mark: float
    seen: Seen | None = None
    body: bytes = b""
    etag: str = ""
    route: str = ""


_packed, _answer = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Answer)


def command(key: str, door: Sequence[str], epoch: int) -> tuple[Any, ...]:
    """What asks the server for the answer under `key`; `door` are the stamps of the person's door."""
    keys = (key, server.EPOCH, *door)
    return ("EVAL", LOOK, len(keys), *keys, epoch, secrets.token_hex(8))


def found(reply: Any, key: str, door: Sequence[str]) -> Answer | Wanted | None:
    """What the server said to `command`; None for an answer that another version of the program has kept."""
    if reply[0] is not None:
        try:
            return _answer.decode(reply[0])
        except msgspec.MsgspecError:
            return None
    return Wanted(key, dict(zip((server.EPOCH, *door), reply[1], strict=True)), (time.time() // MARK + 1) * MARK)


def keep(wanted: Wanted, headers: list[tuple[str, str]], *, epoch: int) -> None:
    """Keep an answer, if what it was made from held still meanwhile. Raises Unavailable."""
    seen = wanted.seen
    if seen is None:
        return
    seen.made_from(wanted.door, wanted.mark)
    seconds = seen.until - time.time()
    if seen.torn or seconds <= 0:
        return
    answer = Answer(wanted.route, list(seen.outcomes), wanted.etag, headers, wanted.body)
    fields: dict[Any, Any] = {
        "epoch": epoch,
        "names": _packed.encode(list(seen.tokens)),
        "tokens": b"|".join(seen.tokens.values()),
        "answer": _packed.encode(answer),
    }

    def write(client: Any) -> None:
        with client.pipeline(transaction=True) as pipe:
            pipe.hset(wanted.key, mapping=fields)
            pipe.pexpire(wanted.key, max(int(seconds * 1000), 1))
            pipe.execute()

    server.ask(write)

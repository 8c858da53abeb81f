"""record(): one request counted in memory, for a few microseconds; a thread writes the counts down once a second.

A request therefore never waits for Valkey, whatever state that is in. What could not be written is kept for an hour
and written when Valkey is back. A process that ends by SIGTERM writes its last counts; one that is killed loses a
second at most. A reader calls the other processes to write at once, so that it reads everything.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid
from collections.abc import Iterable
from multiprocessing.util import Finalize
from typing import Any

import orjson
import redis
from django.conf import settings

from monitoring.prometheus import requests
from monitoring.traffic import store
from monitoring.traffic.tally import Tally

log = logging.getLogger(__name__)

STARTED = time.time()  # this process, as good as
EVERY = 1.0  # seconds between two writes
MOST_AT_ONCE = 12  # frames written in one round trip; there are more only after an outage
MOST_ROUTES = 500  # of one frame; there are fewer patterns, unless somebody finds a way to invent them
OTHERS = "(others)"
OUTCOMES = {"HIT": 0, "MISS": 1, "BYPASS": 2}


class Frame:
    """What one process counted in ten seconds: a tally for each route, cache outcomes, and who was there."""

    __slots__ = ("active", "cache", "changed", "number", "routes")

    def __init__(self, number: int) -> None:
        self.number = number
        self.routes: dict[str, Tally] = {}
        self.cache = [0, 0, 0]
        self.active: dict[int, set[int]] = {}
        self.changed = True

    @property
    def minute(self) -> int:
        return self.number * store.FRAME // 60

    def count(self, route: str, status: int, seconds: float, cache: str | None) -> None:
        tally = self.routes.get(route)
        if tally is None:
            tally = self.routes.setdefault(route if len(self.routes) < MOST_ROUTES else OTHERS, Tally())
        tally.count(status, seconds)
        if cache is not None:
            self.cache[OUTCOMES[cache]] += 1
        self.changed = True

    def packed(self) -> bytes:
        routes = {route: tally.packed() for route, tally in self.routes.items()}
        return orjson.dumps({"routes": routes, "cache": self.cache})


class Counter:
    """The counts of this process that may still change or still have to be written."""

    def __init__(self) -> None:
        self.process = uuid.uuid4().hex[:12]
        self.frames: dict[int, Frame] = {}
        self.lock = threading.Lock()
        self.writing = threading.Lock()
        self.failing = False
        self.wrote_at = 0.0

    def start(self) -> None:
        """Begin to write: once a second from now on, and when the process ends."""
        threading.Thread(target=self._keep_writing, name="traffic", daemon=True).start()
        # Also at the end of a forked child, which leaves without a look at atexit.
        Finalize(None, self.end, exitpriority=10)

    def end(self) -> None:
        """Write the last counts, and count no more."""
        if self.write():
            store.client().hdel(store.PROCESSES, self.process)

    def count(
        self, route: str, status: int, seconds: float, user: int | None, organisation: int | None, cache: str | None
    ) -> None:
        with self.lock:
            # Asked for inside: a frame that is written and gone must not be begun again.
            number = int(time.time()) // store.FRAME
            frame = self.frames.get(number)
            if frame is None:
                frame = self.frames[number] = Frame(number)
            frame.count(route, status, seconds, cache)
            if user is not None and organisation is not None:
                frame.active.setdefault(organisation, set()).add(user)

    def write(self) -> bool:
        """Write down what has changed since the last time, in one round trip; whether all of it is written."""
        with self.writing:
            try:
                if self.failing:
                    store.client().ping()  # before an hour of counts is put together for nobody
                while self._write_some():
                    pass
            except redis.RedisError as error:
                self._failed(error)
                return False
            return True

    def _write_some(self) -> bool:
        """One round trip; whether there is more to write. Requests wait for the lock, so it is not held for long."""
        with self.lock:
            now = time.time()
            changed = [frame for frame in self.frames.values() if frame.changed]
            some = changed[:MOST_AT_ONCE]
            if not some and now - self.wrote_at < store.SILENT_AFTER / 3:
                return False
            pipeline = self._pipeline(some, now)
            for frame in some:
                frame.changed = False
        try:
            pipeline.execute()
        except redis.RedisError:
            with self.lock:
                for frame in some:
                    frame.changed = True
            raise
        self._succeeded(now)
        return len(changed) > len(some)

    def _pipeline(self, changed: Iterable[Frame], now: float) -> redis.client.Pipeline:
        pipeline = store.client().pipeline(transaction=False)
        for frame in changed:
            key = store.frame_key(frame.number)
            pipeline.hset(key, self.process, frame.packed())
            pipeline.expire(key, store.KEPT_FRAMES * store.FRAME * 2)
            for organisation, people in frame.active.items():
                at = float((frame.number + 1) * store.FRAME)
                pipeline.zadd(store.active_key(organisation), dict.fromkeys(map(str, people), at), gt=True)
                pipeline.expire(store.active_key(organisation), store.ACTIVE_FOR)
                pipeline.zadd(store.ORGANISATIONS, {str(organisation): at}, gt=True)
        for minute in {frame.minute for frame in changed}:
            key = store.hour_key(minute // 60)
            pipeline.hset(key, f"{minute}:{self.process}", self._minute(minute))
            pipeline.expire(key, (store.KEPT_HOURS + 1) * 3600)
        pipeline.hset(store.PROCESSES, self.process, f"{STARTED} {now}")
        return pipeline

    def _minute(self, minute: int) -> bytes:
        frames = [frame for frame in self.frames.values() if frame.minute == minute]
        total = Tally.of(tally for frame in frames for tally in frame.routes.values())
        cache = [sum(outcomes) for outcomes in zip(*(frame.cache for frame in frames), strict=True)]
        return orjson.dumps({"all": total.packed(), "cache": cache})

    def _succeeded(self, now: float) -> None:
        if self.failing:
            log.warning("Requests are counted in Valkey again; what was counted in between is there too.")
        self.failing, self.wrote_at = False, now
        with self.lock:
            # A minute's frames stay until all of it is written, for its sum is written whole; and a minute longer, for
            # clocks that are set back.
            kept = {frame.minute for frame in self.frames.values() if frame.changed}
            kept |= {int(now) // 60, int(now) // 60 - 1}
            self.frames = {number: frame for number, frame in self.frames.items() if frame.minute in kept}

    def _failed(self, error: Exception) -> None:
        if not self.failing:
            log.warning("Requests cannot be written down in Valkey (%s); they are kept for an hour.", error)
        self.failing = True
        with self.lock:
            for number in sorted(self.frames)[: -store.KEPT_FRAMES]:
                del self.frames[number]

    def _keep_writing(self) -> None:
        call: str | None = None
        while True:
            try:
                # Written once before the first call is waited for: readers call only processes that have written.
                if self.write() and call:
                    self._answer(call)
                call = self._called()
            except Exception as error:
                call = None
                if not isinstance(error, redis.RedisError):
                    log.exception("Requests could not be written down.")
                time.sleep(EVERY)

    def _called(self) -> str | None:
        """Wait a second for a reader's call. Raises redis.RedisError."""
        client = store.patient_client_of(settings.BROKER_URL, EVERY)
        called: Any = client.blpop([store.call_key(self.process)], timeout=EVERY)
        return called[1].decode() if called else None

    def _answer(self, call: str) -> None:
        pipeline = store.client().pipeline(transaction=False)
        pipeline.rpush(store.answer_key(call), self.process)
        pipeline.expire(store.answer_key(call), store.CALL_LASTS)
        pipeline.execute()


_counter: Counter | None = None
_starting = threading.Lock()


def counter() -> Counter:
    """The counter of this process, running from the first time that somebody asks for it."""
    global _counter
    if _counter is None:
        with _starting:
            if _counter is None:
                made = Counter()
                made.start()
                _counter = made
    return _counter


def written_by_all() -> None:
    """Have every process write down what it has counted up to now. Raises redis.RedisError.

    A process that does not answer in time is left alone: what it wrote a second ago stands.
    """
    if _counter is not None and not _counter.write():
        raise redis.ConnectionError("Valkey does not take what was counted.")  # and so would not answer either
    own = {_counter.process} if _counter else set()
    others = store.processes(time.time()).keys() - own
    call = uuid.uuid4().hex
    pipeline = store.client().pipeline(transaction=False)
    for process in others:
        pipeline.rpush(store.call_key(process), call)
        pipeline.expire(store.call_key(process), store.CALL_LASTS)
    pipeline.execute()
    _await(store.answer_key(call), len(others))


def _await(key: str, answers: int) -> None:
    until = time.monotonic() + store.PATIENCE
    for _ in range(answers):
        left = until - time.monotonic()
        # A time-out of nothing would be for ever.
        if left < 0.01 or not store.client().blpop([key], timeout=left):
            return


def _forget() -> None:
    """A forked child counts for itself: its parent's thread is not in it, and its parent's counts are its parent's."""
    global _counter, _starting
    _counter, _starting = None, threading.Lock()


os.register_at_fork(after_in_child=_forget)


def record(
    route: str,
    method: str,
    status: int,
    seconds: float,
    user: int | None = None,
    organisation: int | None = None,
    cache: str | None = None,
) -> None:
    """Count one answered request: the route's pattern (never the path), its status, and how long it took.

    `user` and `organisation` are ids of who asked, None where nobody signed in; `cache` is the answer's X-Cache.
    """
    cache = cache if cache in OUTCOMES else None
    counter().count(route, status, seconds, user, organisation, cache)
    requests.count(route, method, status, seconds, cache)

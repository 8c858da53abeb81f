"""Copies of what people ask for again and again, never stale, and not missed when the cache server is gone.

Read `ENTRIES` first: every kind of copy, how long it may live, whose it is, and which models make it stale.

A selector is wrapped with `@cached("entry")`; its arguments are the whole key. Beside each copy stands a seal made of
the *stamps* of everything it was read from; a change moves its stamps when it commits, so a copy whose seal no longer
matches is a copy of the past. Model signals do that; bulk writes say `touch()`. Why this and not deleting keys, and
what happens in an outage: docs/decisions/0010-copies-and-stamps.md.
"""

from config.caching.answers import cached_answer, cached_page
from config.caching.copies import Until, cached, good_until
from config.caching.entries import ENTRIES, Entry, Reads
from config.caching.server import Unavailable, clear
from config.caching.stamps import connect, touch, touch_everything, touch_own
from config.caching.tally import Figures, figures

__all__ = [
    "ENTRIES",
    "Entry",
    "Figures",
    "Reads",
    "Unavailable",
    "Until",
    "cached",
    "cached_answer",
    "cached_page",
    "clear",
    "connect",
    "figures",
    "good_until",
    "touch",
    "touch_everything",
    "touch_own",
]

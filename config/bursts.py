"""Counting what should be rare, exactly and for nothing: has it just come so often within so many seconds?

Counted on the cache server, in one round trip. Without that server nothing is counted: this warns, it refuses nobody.
"""

from __future__ import annotations

import hashlib
import secrets

from config.caching import server
from config.limits import FAIL


def reached(name: str, amount: int, seconds: int, *, thing: str = "") -> bool:
    """Count one more under a name; whether it is the one that makes `amount` within `seconds`.

    True once in that time however many follow. Of the same `thing` only one counts.
    """
    key = f"{server.PREFIX}limit:burst:{name}"
    member = hashlib.sha256(thing.encode()).hexdigest()[:32] if thing else secrets.token_hex(8)
    try:
        return bool(server.ask(lambda client: client.eval(FAIL, 2, key, f"{key}:told", amount, seconds * 1000, member)))
    except server.Unavailable:
        return False

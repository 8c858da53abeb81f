"""Where a change comes from: who, and through which request, job or command. The audit log reads it in the database.

Whoever answers a request or runs a job says so here; `config.tenancy` hands it to the transaction as it enters the
organisation, so that no write can be made without it and none has to mention it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

LONGEST_AGENT = 200


@dataclass(frozen=True)
class Origin:
    """A signed-in person, or by `name` what runs without one: "job outbox_sweep", "command import_staff"."""

    person: int | None = None
    name: str = ""
    address: str = ""
    agent: str = ""
    request_id: str = ""

    @cached_property
    def text(self) -> str:
        """As the transaction's `app.origin` carries it: JSON of what is known."""
        known = {name: value for name, value in self._fields().items() if value}
        return json.dumps(known) if known else ""

    def _fields(self) -> dict[str, int | str | None]:
        agent = self.agent[:LONGEST_AGENT]
        if not agent.isprintable():  # PostgreSQL's JSON takes no NUL, and no screen shows the others
            agent = "".join(letter for letter in agent if letter.isprintable())
        return {
            "person": self.person,
            "name": self.name,
            "address": self.address,
            "agent": agent,
            "request": self.request_id,
        }


def of_process() -> Origin:
    """What runs where nobody has said anything else: a command of manage.py, by its name."""
    if Path(sys.argv[0]).name == "manage.py" and len(sys.argv) > 1:
        return Origin(name=f"command {sys.argv[1]}"[:60])
    return Origin(name="system")


_current: ContextVar[Origin | None] = ContextVar("origin", default=None)


def current() -> Origin:
    """Where what is written now comes from."""
    return _current.get() or of_process()


@contextmanager
def of(origin: Origin) -> Iterator[None]:
    """Everything that is written in the organisations entered within the block comes from there."""
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)
